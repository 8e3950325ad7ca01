// one draft at a time: a place is picked, pasted, found or measured; Enter saves, N goes on
import { el, fill, pageData } from './dom.js';
import { addGround, pin, prepareMap } from './map.js';
import { onLanguage, say } from './words.js';

const byId = (id) => document.getElementById(id);
const desk = byId('placing');
const station = desk.dataset.station;
const csrf = document.querySelector('#save [name=csrf_token]').value;
let map = null;
let marker = null;
let circle = null;
let options = null;
let asked = 0;
let told = null;

// ---- asking the server what a place is
async function ask(path, fields) {
  const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
  const answer = await fetch(path, { method: 'POST', headers: { 'X-CSRF-Token': csrf, Accept: 'application/json' }, body });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function sayFault(lines) {
  const fault = byId('read-fault');
  fault.hidden = !lines.length;
  fill(fault, ...lines.map((line) => el('span', {}, say(line.zh, line.en))));
}

function forget() {
  told = null;
  for (const name of ['longitude', 'latitude', 'way', 'warned']) byId(name).value = '';
  fill(byId('chosen'));
  fill(byId('warnings'));
}

/** Ask what speaks against a place and show it; an older answer never overtakes a newer one. */
async function choose(fields, { accuracy = 0, view = true } = {}) {
  asked += 1;
  const mine = asked;
  sayFault([]);
  let found;
  try {
    found = await ask(`/manage/placing/${station}/point`, fields);
  } catch (error) {
    if (mine === asked) sayFault([{ zh: '没有问到服务器,请再试一次。', en: 'The server did not answer; try again.' }]);
    return;
  }
  if (mine !== asked) return;
  if (found.wrong) { forget(); sayFault(found.wrong); return; }
  if (found.ask) { forget(); askDatum(found); return; }
  told = { ...found, accuracy };
  show(view);
}

function askDatum(found) {
  const select = byId('datum');
  sayFault([{ zh: '这组坐标来自哪种地图?请在下面选择,差错会有几百米。', en: 'Which map do these come from? Choose below; a wrong one is hundreds of metres off.' }]);
  if (found.likely) select.value = found.likely;
  select.focus();
}

function sayChosen() {
  if (!told) return;
  const parts = [
    el('b', {}, say('已选位置', 'Chosen')), ' ', el('span', { class: 'mono' }, `${told.lon.toFixed(6)}, ${told.lat.toFixed(6)}`),
    told.district ? ` · ${told.district}` : '', ` · ${say(told.source.zh, told.source.en)}`,
    told.accuracy ? ` · ${say(`误差约 ${Math.round(told.accuracy)} 米`, `within ${Math.round(told.accuracy)} m`)}` : '',
  ];
  fill(byId('chosen'), el('p', { class: 'chosen-place' }, ...parts));
  const warnings = told.warnings.map((one) => el('p', { class: 'warning' }, say(one.zh, one.en)));
  if (told.accuracy > 100) warnings.push(el('p', { class: 'warning' }, say('定位误差大,请在地图上核对。', 'The position is coarse: check it on the map.')));
  for (const one of told.near) {
    warnings.push(el('p', { class: 'warning' }, say(`${one.metres} 米处已有站点:`, `${one.metres} m away there is: `), el('a', { href: `/manage/stations/${one.id}`, target: '_blank' }, one.name)));
  }
  fill(byId('warnings'), ...warnings);
}

function show(view) {
  byId('longitude').value = told.longitude;
  byId('latitude').value = told.latitude;
  byId('datum').value = told.datum === 'cgcs2000' ? 'wgs84' : told.datum;
  byId('way').value = told.way;
  // the warnings of this place stand on the page from now on
  byId('warned').value = told.mark;
  sayChosen();
  if (!map) return;
  const at = [told.lat, told.lon];
  if (!marker) {
    marker = L.marker(at, { icon: pin('place-pin', '', [26, 26], true), draggable: true, keyboard: true, zIndexOffset: 1000, title: say('站点位置', 'The place') }).addTo(map);
    marker.on('dragend', () => picked(marker.getLatLng(), false));
  } else marker.setLatLng(at);
  if (circle) circle.remove();
  circle = told.accuracy ? L.circle(at, { radius: told.accuracy, weight: 1, fillOpacity: 0.12 }).addTo(map) : null;
  if (view) map.setView(at, Math.max(map.getZoom(), 16));
}

const picked = (latlng, view) => choose({ longitude: latlng.lng, latitude: latlng.lat, datum: 'wgs84', way: 'map' }, { view });

// ---- the map
async function openMap() {
  const frame = byId('place-map');
  const config = pageData('harbor-config');
  if (!await prepareMap(config)) { frame.classList.add('is-list'); byId('map-hint').hidden = true; return; }
  map = L.map(frame, { minZoom: 8, maxZoom: 19, keyboard: false }).setView(config.centre, 13);
  L.control.scale({ imperial: false, position: 'bottomleft' }).addTo(map);
  addGround(map, config);
  options = L.layerGroup().addTo(map);
  frame.tabIndex = 0;
  map.on('click', (event) => picked(event.latlng, false));
  frame.addEventListener('keydown', nudge);
  if (told) show(true);
  showOptions();
}

// arrows move the mark by two pixels, with Shift the map
function nudge(event) {
  const steps = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  const step = steps[event.key];
  if (event.key === '+' || event.key === '=') map.zoomIn();
  else if (event.key === '-') map.zoomOut();
  else if (step && event.shiftKey) map.panBy([step[0] * 80, step[1] * 80]);
  else if (step) {
    const from = map.latLngToContainerPoint(marker ? marker.getLatLng() : map.getCenter());
    picked(map.containerPointToLatLng([from.x + 2 * step[0], from.y + 2 * step[1]]), false);
  } else return;
  event.preventDefault();
}

function showOptions() {
  const buttons = [...document.querySelectorAll('.candidate')];
  if (!map) return;
  options.clearLayers();
  buttons.forEach((button, index) => {
    if (button.dataset.datum !== 'wgs84') return;
    L.marker([Number(button.dataset.lat), Number(button.dataset.lon)], { icon: pin('option-pin', String(index + 1), [22, 22]), keyboard: false, title: button.textContent.trim() })
      .on('click', () => take(button)).addTo(options);
  });
  const places = options.getLayers().map((one) => one.getLatLng());
  if (!told && places.length) map.fitBounds(L.latLngBounds(places.slice(0, 3)).pad(0.3), { maxZoom: 16 });
}

function take(button) {
  for (const one of document.querySelectorAll('.candidate.is-on')) one.classList.remove('is-on');
  button.classList.add('is-on');
  choose({ longitude: button.dataset.lon, latitude: button.dataset.lat, datum: button.dataset.datum, way: button.dataset.way });
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('.candidate');
  if (button) take(button);
});
document.body.addEventListener('htmx:afterSwap', (event) => { if (event.detail.target.id === 'candidates') showOptions(); });

// ---- what is pasted
const shared = byId('shared');
const read = () => {
  if (shared.value.trim()) choose({ shared: shared.value, datum: byId('datum').value });
};
// what was pasted decides the datum, unless somebody chooses one for it
shared.addEventListener('paste', () => { byId('datum').value = ''; setTimeout(read); });
shared.addEventListener('change', () => { byId('datum').value = ''; read(); });
byId('datum').addEventListener('change', read);

// ---- where the phone is, and where a photo was taken
const here = byId('here');
if (navigator.geolocation && window.isSecureContext) {
  here.hidden = false;
  here.addEventListener('click', () => {
    here.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => { here.disabled = false; choose({ longitude: coords.longitude, latitude: coords.latitude, datum: 'wgs84', way: 'phone' }, { accuracy: coords.accuracy }); },
      () => { here.disabled = false; sayFault([{ zh: '手机没有给出位置。请允许定位,或用别的办法。', en: 'The phone gave no position. Allow it, or use another way.' }]); },
      { enableHighAccuracy: true, timeout: 20000, maximumAge: 0 },
    );
  });
}
byId('photo-label').hidden = false;
byId('photo').addEventListener('change', async (event) => {
  const [file] = event.target.files;
  if (!file) return;
  const form = new FormData();
  form.append('photo', file);
  event.target.value = '';
  try {
    const found = await ask('/manage/placing/photo', form);
    if (found.wrong) sayFault(found.wrong);
    else if (found.ask) {
      forget();
      shared.value = `${found.longitude}, ${found.latitude}`;
      byId('datum').value = '';
      askDatum(found);
    } else choose({ longitude: found.longitude, latitude: found.latitude, datum: found.datum, way: found.way });
  } catch (error) { sayFault([{ zh: '照片没有读成。', en: 'The photo could not be read.' }]); }
});

// ---- keys: Enter saves a chosen place, N goes on
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const inField = event.target.closest('input, textarea, select, button, a, summary');
  if (event.key === 'Enter' && event.target === shared && !event.shiftKey) { event.preventDefault(); read(); byId('save-button').focus(); return; }
  if (inField) return;
  if (event.key === 'Enter' && told) { event.preventDefault(); byId('save').requestSubmit(); }
  if (event.key === 'n' || event.key === 'N') window.location.assign(desk.dataset.next);
});

onLanguage(sayChosen);
if (desk.dataset.point) told = { ...JSON.parse(desk.dataset.point), accuracy: 0 };
openMap();
