// two stations on one map; another survivor changes which fields stay, unless one was chosen
import { pageData } from './dom.js';
import { addGround, pin, prepareMap } from './map.js';

async function showPair(frame) {
  const config = pageData('harbor-config');
  if (!await prepareMap(config)) { frame.classList.add('is-list'); return; }
  const map = L.map(frame, { scrollWheelZoom: false, minZoom: 8, maxZoom: 19 });
  L.control.scale({ imperial: false, position: 'bottomleft' }).addTo(map);
  const places = config.places.map((one) => [one.lat, one.lon]);
  map.fitBounds(L.latLngBounds(places).pad(0.4), { maxZoom: 18 });
  addGround(map, config);
  config.places.forEach((one, index) => {
    // two at one spot are drawn beside each other
    const icon = L.divIcon({ className: 'mark-pin', html: pin('', one.mark, [28, 28]).options.html, iconSize: [28, 28], iconAnchor: [index ? 2 : 26, 14] });
    L.marker([one.lat, one.lon], { icon, title: `${one.mark} ${one.name}`, alt: one.mark }).addTo(map);
  });
  if (places.length === 2) L.polyline(places, { weight: 2, dashArray: '4 4', interactive: false }).addTo(map);
}

const frame = document.getElementById('pair-map');
if (frame) showPair(frame);

const touched = new Set();
const form = document.getElementById('merge');
form.addEventListener('change', (event) => {
  const { name, value } = event.target;
  if (name.startsWith('field_')) { touched.add(name); return; }
  if (name !== 'survivor') return;
  for (const row of form.querySelectorAll('tr.differs')) {
    const radios = [...row.querySelectorAll('input[type=radio]')];
    if (!radios.length || touched.has(radios[0].name)) continue;
    // the survivor's own value stays, unless it has none
    const lacking = row.dataset.lacking.split(' ').includes(value);
    for (const radio of radios) radio.checked = (radio.value === value) !== lacking;
  }
});
