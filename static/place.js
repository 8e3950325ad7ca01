// where the rider is: given by the address, told by the phone, or the last place known
import { keep, recall } from './words.js';

const LAST = 'harbor.place';
const LOCATE_MILLISECONDS = 10000;
// a phone in a pocket tells a new position every second
const STEP_METRES = 30;
const STEP_MILLISECONDS = 5000;

/** What a phone that gives no position says, by its code; 0 where a page may not even ask. */
export const REFUSALS = {
  0: ['这个网页不能定位(需要 HTTPS)。', 'This page cannot find your position (it needs HTTPS).'],
  1: ['浏览器没有允许定位。', 'The browser did not allow your position.'],
  2: ['手机没有给出位置。', 'The phone gave no position.'],
  3: ['定位太久没有结果。', 'The position took too long.'],
};

/** Metres between two places a few kilometres apart, as on a plane. */
export function apart(one, other) {
  const degree = 111320;
  const east = (one.lon - other.lon) * degree * Math.cos(((one.lat + other.lat) * Math.PI) / 360);
  return Math.hypot(east, (one.lat - other.lat) * degree);
}

/** Whether two places are so near that they have one list. */
export const isSpot = (one, other) => apart(one, other) < STEP_METRES;

/** Read lon and lat from the address, then keep them out of it: an address ends in logs and histories.
 * Null where there are none; { unreadable: true } for what is no place. */
export function givenPlace(config) {
  const given = new URLSearchParams(location.search);
  if (!given.has('lon') && !given.has('lat')) return null;
  history.replaceState(null, '', location.pathname + location.hash);
  const words = { zh: '给定的地方', en: 'The given place' };
  const datum = (given.get('datum') || 'wgs84').toLowerCase();
  if (config.origin) return { ...config.origin, ...words };
  const lon = Number.parseFloat(given.get('lon'));
  const lat = Number.parseFloat(given.get('lat'));
  const known = Number.isFinite(lon) && Number.isFinite(lat) && ['wgs84', 'cgcs2000'].includes(datum);
  return known ? { lon, lat, ...words } : { unreadable: true };
}

/** The place of the last visit on this device. */
export function lastPlace() {
  const last = recall(LAST, null);
  return last && Number.isFinite(last.lon) && Number.isFinite(last.lat) ? { ...last, zh: '上次的地方', en: 'The last place' } : null;
}

/** Remember a place for the next visit. */
export function keepPlace({ lon, lat }) { keep(LAST, { lon, lat }); }

/** Follow the phone; `onPlace` hears the first position and each that is some steps on, `onTrouble` why there is none.
 * Returns what ends it. */
export function follow(onPlace, onTrouble) {
  if (!window.isSecureContext || !navigator.geolocation) {
    onTrouble(REFUSALS[0]);
    return () => {};
  }
  let last = null;
  const watch = navigator.geolocation.watchPosition(({ coords }) => {
    const place = {
      lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy, zh: '我的位置', en: 'My position', at: Date.now(),
    };
    const still = last && (isSpot(place, last) || place.at - last.at < STEP_MILLISECONDS);
    const better = last && place.accuracy < last.accuracy / 2;
    if (still && !better) return;
    const first = !last;
    last = place;
    onPlace(place, { first });
  }, (error) => { if (!last) onTrouble(REFUSALS[error.code] || REFUSALS[2]); }, {
    enableHighAccuracy: true, timeout: LOCATE_MILLISECONDS, maximumAge: 60000,
  });
  return () => navigator.geolocation.clearWatch(watch);
}
