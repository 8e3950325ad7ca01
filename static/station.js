// a station's page: the words are in the page already; this adds the map and the other language
import { pageData } from './dom.js';
import { addGround, pin, prepareMap } from './map.js';
import { languageSwitch } from './words.js';

languageSwitch(document.getElementById('language'));

async function showPlace(frame) {
  const config = pageData('harbor-config');
  if (!await prepareMap(config)) { frame.hidden = true; return; }
  const place = [Number(frame.dataset.lat), Number(frame.dataset.lon)];
  const map = L.map(frame, { zoomControl: false, scrollWheelZoom: false, minZoom: 9, maxZoom: 19 }).setView(place, 16);
  L.control.scale({ imperial: false, position: 'bottomleft' }).addTo(map);
  addGround(map, config);
  L.marker(place, { icon: pin('pin here', frame.dataset.mark, [68, 34], true), alt: frame.getAttribute('aria-label') }).addTo(map);
}

const frame = document.getElementById('map');
if (frame) showPlace(frame);
