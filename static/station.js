// a station's page: the words are in the page already; this adds the map, the other language,
// "I got in", the report and what became of earlier ones
import { el, fill, pageData } from './dom.js';
import { addGround, pin, prepareMap } from './map.js';
import { once, post, tickets } from './outbox.js';
import { languageSwitch, onLanguage, problemText, say } from './words.js';

const at = (id) => document.getElementById(id);
const POSITION_MILLISECONDS = 6000;

languageSwitch(at('language'));

async function showPlace(frame) {
  const config = pageData('harbor-config');
  if (!await prepareMap(config)) { frame.hidden = true; return; }
  const place = [Number(frame.dataset.lat), Number(frame.dataset.lon)];
  const map = L.map(frame, { zoomControl: false, scrollWheelZoom: false, minZoom: 9, maxZoom: 19 }).setView(place, 16);
  L.control.scale({ imperial: false, position: 'bottomleft' }).addTo(map);
  addGround(map, config);
  L.marker(place, { icon: pin('pin here', say('港湾', 'Here'), [68, 34], true), alt: frame.getAttribute('aria-label') }).addTo(map);
}

/** What the plaque's QR code brought along; kept out of the address, which ends in histories and gets shared. */
function plaqueProof() {
  const given = new URLSearchParams(location.search).get('p') || '';
  if (given) history.replaceState(null, '', location.pathname + location.hash);
  return given;
}

/** Where the phone is, if it says so soon; the server compares it and forgets it. */
function position() {
  return new Promise((done) => {
    if (!window.isSecureContext || !navigator.geolocation) { done({}); return; }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => done({ lon: coords.longitude, lat: coords.latitude, datum: 'wgs84' }),
      () => done({}), { enableHighAccuracy: true, timeout: POSITION_MILLISECONDS, maximumAge: 60000 },
    );
  });
}

function checkIn(button, station, proof) {
  const token = once();
  button.addEventListener('click', async () => {
    button.disabled = true;
    const here = proof ? {} : await position();
    const got = await post('/api/v1/visits', { station: station.code, once: token, ...here, ...(proof ? { proof } : {}) });
    const told = at('visit-said');
    told.hidden = false;
    if (got.waits) told.textContent = say('已记下,有信号时自动发出。', 'Kept; it is sent when there is a signal.');
    else if (got.status >= 400) { told.textContent = problemText(got.body); button.disabled = false; }
    else told.textContent = got.body.proved
      ? say('谢谢!这里现在能进,大家都会看到。', 'Thank you! Everybody sees that this door opens.')
      : say('谢谢,已计一次到访。', 'Thank you, your visit was counted.');
  });
}

async function showTickets(station) {
  const mine = tickets().filter((one) => one.name === station.name || one.name === station.name_en);
  const list = at('my-tickets');
  if (!mine.length || !list) return;
  const rows = await Promise.all(mine.map(async (one) => {
    const answer = await fetch(`/api/v1/reports/${encodeURIComponent(one.ticket)}`, { headers: { Accept: 'application/json' } }).catch(() => null);
    const told = answer && answer.ok ? await answer.json() : null;
    const state = !told ? '–' : told.state === 'closed' ? say(told.answer_zh, told.answer_en) : say('处理中', 'Being dealt with');
    return el('li', {}, `${one.ticket} · ${state}`);
  }));
  fill(list, ...rows);
  at('my-reports').hidden = false;
}

function start() {
  const frame = at('map');
  if (frame) showPlace(frame);
  const data = at('station-data');
  if (!data) return;
  const station = JSON.parse(data.textContent);
  const proof = plaqueProof();
  checkIn(at('got-in'), station, proof);
  at('report').addEventListener('click', async () => {
    const [{ showReport }, here] = await Promise.all([import('./report.js'), proof ? {} : position()]);
    showReport(station, { proof, place: here.lon === undefined ? null : { ...here, at: Date.now() } });
  });
  showTickets(station);
  onLanguage(() => showTickets(station));
}

start();
