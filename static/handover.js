// one tap to the map app on the phone: https links work inside WeChat, app schemes do not
import { say } from './words.js';

const SOURCE = 'yugong-harbor';
const BAIDU = (Math.PI * 3000) / 180;

/** BD-09 of a GCJ-02 place, as Baidu publishes it; degrees, lon before lat. */
export function baidu([lon, lat]) {
  const far = Math.hypot(lon, lat) + 0.00002 * Math.sin(lat * BAIDU);
  const turn = Math.atan2(lat, lon) + 0.000003 * Math.cos(lon * BAIDU);
  return [far * Math.cos(turn) + 0.0065, far * Math.sin(turn) + 0.006];
}

const degrees = (value) => value.toFixed(6);

/** Links that lead a person to a station in each map app, in that app's own datum.
 * The station's page may not know where the reader is, so all of them begin where the phone is. */
export function handover(station, { ride = false } = {}) {
  const [lon, lat] = station.gcj02;
  const [blon, blat] = baidu(station.gcj02);
  const name = encodeURIComponent(station.name);
  return [
    { app: 'amap', name: say('高德', 'Amap'),
      href: `https://uri.amap.com/navigation?to=${degrees(lon)},${degrees(lat)},${name}&mode=${ride ? 'ride' : 'walk'}&coordinate=gaode&callnative=1&src=${SOURCE}` },
    { app: 'baidu', name: say('百度', 'Baidu'),
      href: `https://api.map.baidu.com/marker?location=${degrees(blat)},${degrees(blon)}&title=${name}&content=${name}&coord_type=bd09ll&output=html&src=${SOURCE}` },
    { app: 'tencent', name: say('腾讯', 'Tencent'),
      href: `https://apis.map.qq.com/uri/v1/routeplan?type=${ride ? 'bike' : 'walk'}&to=${name}&tocoord=${degrees(lat)},${degrees(lon)}&fromcoord=CurrentLocation&referer=${SOURCE}` },
    { app: 'apple', name: say('苹果', 'Apple'),
      href: `https://maps.apple.com/?daddr=${degrees(lat)},${degrees(lon)}&dirflg=w` },
  ];
}
