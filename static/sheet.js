// the sheet where a place is chosen: by the phone, on the map, or by name; loaded when asked for
import { isLost, searchNames } from './ask.js';
import { el, fill } from './dom.js';
import { searchPack } from './offline.js';
import { closeSheet, openSheet } from './sheets.js';
import { stylesheet } from './styles.js';
import { problemText, say } from './words.js';

const at = (id) => document.getElementById(id);
// a pause in typing that is worth an answer
const TYPED_MILLISECONDS = 250;
let ready = null;
let waiting = null;
// who asked last: an earlier answer that comes late is not shown
let asking = null;

const tell = (text) => fill(at('places'), el('li', { class: 'soft' }, text));

function show(places, onPlace) {
  fill(at('places'), ...places.map((place) => el('li', {}, el('button', {
    type: 'button', onclick: () => onPlace({ lon: place.lon, lat: place.lat, zh: place.name, en: place.name_en || place.name }),
  }, say(place.name, place.name_en), el('span', {}, say(place.kind_zh, place.kind_en))))));
}

function showAnswer(query, body, onPlace) {
  if (body.places.length) show(body.places, onPlace);
  else if (!body.complete) tell(say('地图上的名字还在读取,请过一会儿再搜。', 'The names of the map are still being read. Search again in a moment.'));
  else tell(say(`没有叫“${query}”的地方。换个写法,或在地图上点选。`, `Nothing is called “${query}”. Try other words, or pick on the map.`));
}

function showKept(query, problem, onPlace) {
  const kept = searchPack(query);
  if (kept.length) show(kept, onPlace);
  else if (problem) tell(problemText(problem));
  else tell(say('没有信号,手机里存的站点中也没有。', 'No signal, and none of the stations kept on this phone.'));
}

async function find(onPlace) {
  clearTimeout(waiting);
  if (asking) asking.abort();
  const query = at('query').value.trim();
  if (!query) { fill(at('places')); return; }
  const mine = new AbortController();
  asking = mine;
  let got;
  try { got = await searchNames(query, { signal: mine.signal }); } catch (error) { return; }
  if (got.status === 200) showAnswer(query, got.body, onPlace);
  else if (isLost(got)) showKept(query, got.body, onPlace);
  else tell(problemText(got.body));
}

/** Search at every pause in typing; what is half written in an input method is left alone. */
function typed(event, onPlace) {
  clearTimeout(waiting);
  if (!event.isComposing) waiting = setTimeout(() => find(onPlace), TYPED_MILLISECONDS);
}

function prepare({ onLocate, onPick, onPlace }) {
  const sheet = at('sheet');
  const then = (action) => (value) => { closeSheet(sheet); action(value); };
  at('close').addEventListener('click', () => closeSheet(sheet));
  at('locate').addEventListener('click', () => then(onLocate)());
  at('pick').addEventListener('click', () => then(onPick)());
  at('search').addEventListener('submit', (event) => { event.preventDefault(); find(then(onPlace)); });
  at('query').addEventListener('input', (event) => typed(event, then(onPlace)));
  at('query').addEventListener('compositionend', (event) => typed(event, then(onPlace)));
  return stylesheet('sheet.css');
}

/** Show the sheet; the callbacks are taken at the first call, `canPick` is whether there is a map. */
export async function showSearch({ canPick, ...callbacks }) {
  if (!ready) ready = prepare(callbacks);
  await ready;
  at('pick').hidden = !canPick;
  at('query').placeholder = say('地名、地标、拼音', 'Place or landmark');
  openSheet(at('sheet'));
  at('query').focus();
}
