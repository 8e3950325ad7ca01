// the sheet where a place is chosen: by the phone, on the map, or by name; loaded when asked for
import { el, fill } from './dom.js';
import { searchPack } from './offline.js';
import { closeSheet, openSheet } from './sheets.js';
import { problemText, say } from './words.js';

const at = (id) => document.getElementById(id);
let ready = null;

const KINDS = { station: ['站点', 'station'], street: ['街道', 'street'], premises: ['地标', 'landmark'] };
const kind = (place) => say(...(KINDS[place.kind] || ['地名', 'place']));

async function find(event, onPlace) {
  event.preventDefault();
  const query = at('query').value.trim();
  if (!query) return;
  const list = at('places');
  const tell = (text) => fill(list, el('li', { class: 'soft' }, text));
  const row = (place) => el('li', {}, el('button', {
    type: 'button', onclick: () => onPlace({ lon: place.lon, lat: place.lat, zh: place.name, en: place.name }),
  }, place.name, el('span', {}, kind(place))));
  try {
    const response = await fetch(`/api/v1/search?q=${encodeURIComponent(query)}`);
    const body = await response.json();
    if (!response.ok) tell(problemText(body));
    else if (body.places.length) fill(list, ...body.places.map(row));
    else tell(say(`没有叫“${query}”的地方。换个写法,或在地图上点选。`, `Nothing is called “${query}”. Try other words, or pick on the map.`));
  } catch (error) {
    const kept = searchPack(query);
    if (kept.length) fill(list, ...kept.map(row));
    else tell(say('没有信号,手机里存的站点中也没有。', 'No signal, and none of the stations kept on this phone.'));
  }
}

function prepare({ onLocate, onPick, onPlace }) {
  const sheet = at('sheet');
  const then = (action) => (value) => { closeSheet(sheet); action(value); };
  at('close').addEventListener('click', () => closeSheet(sheet));
  at('locate').addEventListener('click', () => then(onLocate)());
  at('pick').hidden = !onPick;
  at('pick').addEventListener('click', () => then(onPick)());
  at('search').addEventListener('submit', (event) => find(event, then(onPlace)));
  return new Promise((done) => {
    document.head.append(el('link', { rel: 'stylesheet', href: new URL('sheet.css', import.meta.url).href, onload: done, onerror: done }));
  });
}

/** Show the sheet; the callbacks are taken at the first call. */
export async function showSearch(callbacks) {
  if (!ready) ready = prepare(callbacks);
  await ready;
  openSheet(at('sheet'));
  at('query').focus();
}
