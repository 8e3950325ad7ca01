// the sheet where a place is chosen: by the phone, on the map, or by name; loaded when asked for
import { el, fill } from './dom.js';
import { problemText, say } from './words.js';

const at = (id) => document.getElementById(id);
let ready = null;

async function find(event, onPlace) {
  event.preventDefault();
  const query = at('query').value.trim();
  if (!query) return;
  const list = at('places');
  const tell = (text) => fill(list, el('li', { class: 'soft' }, text));
  const row = (place) => el('li', {}, el('button', {
    type: 'button', onclick: () => onPlace({ lon: place.lon, lat: place.lat, zh: place.name, en: place.name }),
  }, place.name, el('span', {}, place.kind === 'station' ? say('站点', 'station') : say('地名', 'place'))));
  try {
    const response = await fetch(`/api/v1/search?q=${encodeURIComponent(query)}`);
    const body = await response.json();
    if (!response.ok) tell(problemText(body));
    else if (body.places.length) fill(list, ...body.places.map(row));
    else tell(say(`没有叫“${query}”的地方。换个写法,或在地图上点选。`, `Nothing is called “${query}”. Try other words, or pick on the map.`));
  } catch (error) {
    tell(say('没有连上服务器,再试一次。', 'The server did not answer. Try again.'));
  }
}

function prepare({ onLocate, onPick, onPlace }) {
  const sheet = at('sheet');
  const close = () => { if (sheet.close) sheet.close(); else sheet.removeAttribute('open'); };
  const then = (action) => (value) => { close(); action(value); };
  at('close').addEventListener('click', close);
  at('locate').addEventListener('click', () => then(onLocate)());
  at('pick').hidden = !onPick;
  at('pick').addEventListener('click', () => then(onPick)());
  at('search').addEventListener('submit', (event) => find(event, then(onPlace)));
  return new Promise((done) => {
    document.head.append(el('link', { rel: 'stylesheet', href: new URL('sheet.css', import.meta.url).href, onload: done, onerror: done }));
  });
}

/** Show the sheet; the callbacks are taken at the first call. */
export async function showSheet(callbacks) {
  if (!ready) ready = prepare(callbacks);
  await ready;
  const sheet = at('sheet');
  if (sheet.open) return;
  if (sheet.showModal) sheet.showModal(); else sheet.setAttribute('open', '');
  at('query').focus();
}
