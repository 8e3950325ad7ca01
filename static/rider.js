// the rider's page: a place, the needs, and the stations in order of the minutes to them
import { nearest, question } from './ask.js';
import { stationCard } from './card.js';
import { el, fill, pageData } from './dom.js';
import { follow, givenPlace, isSpot, keepPlace, lastPlace } from './place.js';
import { keep, languageSwitch, minutes, onLanguage, problemText, recall, say } from './words.js';

const NEEDS = ['toilet', 'water', 'hot_meal', 'charging', 'cooling', 'warmth', 'seat', 'first_aid', 'baby_room'];
const STEP = 5;
const MOST = 20;
// what the phone says of itself: farther off than this the list is widened, than that it is no help
const VAGUE_METRES = 200;
const LOST_METRES = 5000;
const OPEN = ['arrival', 'night', 'any'];

const config = pageData('harbor-config');
const at = (id) => document.getElementById(id);
const services = new Map(config.services.map((service) => [service.code, service]));
// what a body needs comes before what a phone or a bicycle needs
const ordered = [...new Set([...NEEDS, ...services.keys()])];
const state = {
  place: null, needs: new Set(recall('harbor.needs', []).filter((code) => services.has(code))),
  open: OPEN.includes(recall('harbor.open', 'arrival')) ? recall('harbor.open', 'arrival') : 'arrival',
  mode: recall('harbor.mode', 'walk') === 'ebike' ? 'ebike' : 'walk',
  k: STEP, answer: null, problem: null, busy: false, choice: null, notice: null, allNeeds: false,
};
const wide = window.matchMedia('(min-width: 900px)');
let early = window.harborEarly;
let asking = null;
let askedFrom = null;
let map = null;
let unfollow = null;
// an address that names a station is followed once there is a place to set out from
let aimed = location.hash.startsWith('#s=');
const RETRY_MILLISECONDS = 15000;
const UNDECIDED_MILLISECONDS = 12000;
let retry = null;

// ---- asking

async function ask({ fit, quiet = false } = {}) {
  if (!state.place) return;
  if (asking) asking.abort();
  const mine = new AbortController();
  asking = mine;
  // a question that somebody waits for is not answered by the silence of the one that replaces it
  const silent = quiet && !state.busy;
  state.busy = !silent;
  askedFrom = state.place;
  if (!silent) render();
  const asked = question(state);
  const begun = early && early.asked === JSON.stringify(asked) ? early.answer : null;
  early = null;
  try {
    const got = await nearest(asked, { signal: mine.signal, early: begun });
    // a list that is being read is not taken away by a moment without signal
    if (silent && got.problem) return;
    Object.assign(state, got);
  } catch (error) {
    if (error.name === 'AbortError') return;
    throw error;
  }
  state.busy = false;
  const list = state.answer ? state.answer.stations : [];
  if (!list.some((station) => station.code === state.choice)) state.choice = null;
  render();
  drawMap({ fit });
  afterAnswer();
  if (aimed) { aimed = false; followHash(); }
}

/** What may wait until the list is there: the stations around for later, reports that had no signal. */
function afterAnswer() {
  clearTimeout(retry);
  if (state.problem && state.problem.lost) retry = setTimeout(() => ask({ fit: true }), RETRY_MILLISECONDS);
  if (!state.answer || state.answer.offline) return;
  const later = window.requestIdleCallback || ((work) => setTimeout(work, 800));
  const place = state.place;
  later(async () => {
    const offline = await import('./offline.js').catch(() => null);
    if (offline) offline.keepPack(place);
    const outbox = recall('harbor.outbox', []).length ? await import('./outbox.js').catch(() => null) : null;
    if (outbox) outbox.flush();
  });
}

function goTo(place, { remember = true } = {}) {
  const moved = state.place && place.at && state.place.at;
  // the phone finds itself where the list is on its way from: asked anew it would come later
  const same = state.busy && place.at && isSpot(place, askedFrom) && !(place.accuracy > VAGUE_METRES);
  state.place = place;
  if (!moved) {
    state.k = place.accuracy > VAGUE_METRES ? 2 * STEP : STEP;
    state.choice = null;
    state.notice = null;
  }
  if (place.accuracy > VAGUE_METRES) state.notice = vague(place.accuracy);
  else if (state.notice && state.notice.vague) state.notice = null;
  if (remember) keepPlace(place);
  if (map) { map.pick(false); map.showMe(place); }
  if (same) { render(); return; }
  ask({ fit: !moved, quiet: Boolean(moved && state.answer) });
}

const vague = (metres) => {
  const far = metres >= 1000 ? `${(metres / 1000).toFixed(1)} km` : `${Math.round(metres / 10) * 10} m`;
  return { warn: true, vague: true, zh: `定位误差约 ${far},多列了几个站点,请看清路。`, en: `Your position may be off by ${far}: more stations are listed. Mind the way.` };
};

function locate() {
  if (unfollow) unfollow();
  if (!state.place) { state.notice = { zh: '正在定位…', en: 'Finding your position…' }; render(); }
  // who neither allows nor refuses is shown the other ways
  const asked = state.notice;
  setTimeout(() => { if (!state.place && state.notice === asked) noPosition(['还没有得到位置。', 'No position yet.']); }, UNDECIDED_MILLISECONDS);
  unfollow = follow((place, { first }) => {
    if (place.accuracy > LOST_METRES) { if (first) noPosition(['手机只知道大概在哪一带,不够用。', 'The phone only knows roughly where you are.']); return; }
    goTo(place);
  }, noPosition);
}

function noPosition([zh, en]) {
  const kept = state.place
    ? ['先按这个地方找。', 'Searching from this place for now.']
    : ['请搜地名或地标,或在地图上点一下。', 'Search for a place or a landmark, or tap it on the map.'];
  state.notice = { zh: zh + kept[0], en: `${en} ${kept[1]}`, warn: true };
  if (map && !state.place) map.pick(true);
  render();
}

/** A place that a person named stays, whatever the phone says later. */
function choosePlace(place) {
  if (unfollow) unfollow();
  unfollow = null;
  goTo(place);
}

async function pickOnMap() {
  await showMap(true);
  if (!map) return;
  map.pick(true);
  state.notice = { zh: '点一下地图上你所在的地方。', en: 'Tap the map where you are.' };
  render();
  at('map').scrollIntoView({ block: 'center' });
}

// ---- parts of the page that come when they are asked for

/** What an import brings, or null and a word about it where there is no signal. */
async function loaded(part) {
  try { return await part; } catch (error) {
    state.notice = { warn: true, zh: '没有信号,这部分没有取到。网络好了再点一次。', en: 'No signal: this part did not arrive. Tap again when the network is back.' };
    render();
    return null;
  }
}

// ---- the map, opened on a tap on phones

function drawMap({ fit }) {
  if (!map || !state.place || state.busy) return;
  map.showMe(state.place);
  // from a place that cannot be used, the city is what there is to look at
  const others = state.problem ? (config.bounds || []).map(([lat, lon]) => ({ lat, lon })) : [state.place];
  map.showStations(state.answer ? state.answer.stations : [], { fit, choice: state.choice, others });
}

function mapFailed() {
  showMap(false);
  state.notice = { warn: true, zh: '地图没有取到,网络好了再点一次。', en: 'The map did not arrive. Tap again when the network is back.' };
  render();
}

async function showMap(open) {
  document.body.classList.toggle('map-open', open);
  at('map-toggle').setAttribute('aria-pressed', String(open));
  if (!open || map) return;
  const library = await loaded(import('./map.js'));
  if (library && !library.allowed(config)) { document.body.classList.add('no-map'); return; }
  if (!library || !await library.prepareMap(config)) { mapFailed(); return; }
  // tapped twice while it was on its way
  if (map) return;
  map = library.openMap(at('map'), config, {
    onPlace: (place) => choosePlace({ ...place, zh: '地图上选的地方', en: 'Picked on the map' }), onStation: chooseFromMap,
  });
  if (!state.place && state.notice && state.notice.warn) map.pick(true);
  drawMap({ fit: true });
}

function choose(code) {
  state.choice = code;
  for (const card of at('list').querySelectorAll('[data-code]')) card.classList.toggle('is-chosen', card.dataset.code === code);
  if (map) map.choose(code);
}

function chooseFromMap(code) {
  choose(code);
  const card = at('list').querySelector(`[data-code="${code}"]`);
  if (card) card.scrollIntoView({ block: 'nearest' });
}

// ---- a station of the list, opened

const stationOf = (code) => state.answer && state.answer.stations.find((one) => one.code === code);

async function openStation(station) {
  choose(station.code);
  const detail = await loaded(import('./detail.js'));
  if (!detail) return;
  detail.showDetail(station, {
    config, place: state.place, mode: state.mode, needs: state.needs, ordered, services, offline: Boolean(state.answer && state.answer.offline),
    onGone: () => ask({ fit: true }),
  });
  if (location.hash !== `#s=${station.code}`) history.pushState({ fromList: true }, '', `#s=${station.code}`);
}

/** Open what the address names, also a station that is not in the list, or close it. */
async function followHash() {
  const code = new URLSearchParams(location.hash.slice(1)).get('s');
  if (!code) {
    const detail = await loaded(import('./detail.js'));
    if (detail) detail.hideDetail();
    return;
  }
  const listed = stationOf(code);
  if (listed) { openStation(listed); return; }
  if (!state.place) return;
  const { answer, problem } = await nearest({ ...question(state), code, k: 1, services: [], open: 'any' });
  // gone back in the meantime
  if (new URLSearchParams(location.hash.slice(1)).get('s') !== code) return;
  if (answer && answer.stations.length) openStation(answer.stations[0]);
  else if (problem && !problem.lost) { state.notice = { warn: true, zh: problemText(problem), en: problemText(problem) }; render(); }
}

// ---- what is on the page

const skeleton = () => el('li', { class: 'card skeleton', 'aria-hidden': 'true' }, el('p', {}), el('div', {}, el('p', {}), el('p', {}), el('p', {})));
const action = (zh, en, onclick, main) => el('button', { type: 'button', class: main ? 'main' : 'plain', onclick }, say(zh, en));

function message(title, detail, ...actions) {
  return el('li', { class: 'message' }, el('h2', {}, title), detail ? el('p', {}, detail) : null, el('div', { class: 'actions' }, ...actions.filter(Boolean)));
}

const pickAction = () => (document.body.classList.contains('no-map') ? null : action('在地图上点选', 'Pick on the map', pickOnMap));
const searchAction = () => action('搜地名', 'Search for a place', openSearch);
const names = (codes) => codes.map((code) => (services.has(code) ? say(services.get(code).name, services.get(code).name_en) : code)).join(say('、', ', '));

function problemItems() {
  if (state.problem.lost) {
    return [message(say('没有连上服务器', 'The server did not answer'),
      say('你的位置和选择都还在。网络好了再试一次。', 'Your place and choices are kept. Try again when the network is back.'),
      action('再试一次', 'Try again', () => ask({ fit: true }), true))];
  }
  const outside = state.problem.type === 'urn:harbor:problem:outside-network';
  const detail = outside ? say('这里离能走的街道太远:也许在江里,也许不在本市。请换一个地方。', 'Too far from any street: perhaps in the river, or outside the city. Choose another place.') : problemText(state.problem);
  return [message(say('这个地方找不了', 'Cannot search from this place'), detail, searchAction(), pickAction())];
}

/** Nothing near has what is needed: say so, and show the nearest that does. */
function nothingItems() {
  const missing = state.answer.missing;
  const found = missing && missing.station;
  const title = missing
    ? (found ? say(`附近没有${names(missing.services)}`, `Nothing near with: ${names(missing.services)}`)
      : say(`全市都没有登记${names(missing.services)}`, `No station has: ${names(missing.services)}`))
    : say('附近没有合适的站点', 'No station here fits');
  return [message(title, found ? say('最近的一个在这里:', 'The nearest that has it:') : say('放宽条件再看看。', 'Ask for less and look again.'),
    state.needs.size ? action('不限服务', 'Any services', () => { state.needs.clear(); saveNeeds(); }, true) : null,
    state.open === 'any' ? null : action('也看已关门的', 'Show closed ones too', () => setOpen('any')),
    action('换个地方', 'Another place', openSearch)), found ? cardOf(found) : null].filter(Boolean);
}

const cardOf = (station) => stationCard(station, {
  mode: state.mode, doors: config.doors, chosen: station.code === state.choice, onOpen: openStation, needs: state.needs, ordered, services,
});

function listItems() {
  const stations = state.answer ? state.answer.stations : [];
  if (state.problem) return problemItems();
  if (!state.answer && (state.busy || (state.notice && !state.notice.warn))) return [skeleton(), skeleton(), skeleton()];
  if (!state.answer) {
    return [message(say('你在哪里?', 'Where are you?'), say('告诉我们地方,就按走路的分钟数排好站点。', 'Name a place and the stations are listed by walking minutes.'),
      action('用手机定位', 'Use my position', locate, true), searchAction(), pickAction())];
  }
  if (!stations.length) return nothingItems();
  const more = stations.length >= state.k && state.k < MOST
    ? el('li', { class: 'more' }, action('再看 5 个', 'Five more', () => { state.k += STEP; ask({ fit: true }); })) : null;
  return [...stations.map(cardOf), more].filter(Boolean);
}

function chip(on, text, onclick, extra) {
  return el('li', {}, el('button', { type: 'button', class: `chip ${extra || ''}`, 'aria-pressed': String(on), onclick }, text));
}

function renderNeeds() {
  const codes = ordered.filter((code, index) => services.has(code) && (state.allNeeds || index < NEEDS.length || state.needs.has(code)));
  const row = at('needs');
  const left = row.scrollLeft;
  const toggled = (value) => () => setOpen(state.open === value ? 'any' : value);
  fill(row, chip(state.open === 'arrival', say('到时开门', 'Open when I arrive'), toggled('arrival'), 'when'),
    chip(state.open === 'night', say('夜间开门', 'Open at night'), toggled('night'), 'when'),
    ...codes.map((code) => chip(state.needs.has(code), say(services.get(code).name, services.get(code).name_en), () => {
      if (!state.needs.delete(code)) state.needs.add(code);
      saveNeeds();
    })), state.allNeeds ? '' : el('li', {}, el('button', { type: 'button', class: 'chip rest', onclick: () => { state.allNeeds = true; renderNeeds(); } }, say('更多…', 'More…'))));
  row.scrollLeft = left;
}

function renderThumb() {
  const stations = state.answer && !state.problem ? state.answer.stations : [];
  const best = stations.find((station) => station.open !== 'closed') || stations[0];
  const go = at('go');
  go.hidden = !best;
  if (!best) return;
  go.href = `/s/${encodeURIComponent(best.code)}`;
  go.onclick = (event) => { event.preventDefault(); openStation(best); };
  fill(go, say('带我去最近的', 'Take me to the nearest'), el('span', { class: 'time' }, say(`${minutes(best.seconds)} 分钟`, `${minutes(best.seconds)} min`)));
}

function notices() {
  const offline = state.answer && state.answer.offline && {
    warn: true, zh: `没有信号:用的是手机里存的站点(${state.answer.as_of.slice(0, 10)}),标“~”的分钟数按直线估计。`,
    en: `No signal: stations kept on this phone (${state.answer.as_of.slice(0, 10)}); minutes marked ~ are estimated from the straight line.`,
  };
  return [offline, state.notice].filter(Boolean);
}

function render() {
  const place = state.place;
  at('where-name').textContent = place ? say(place.zh, place.en) : say('选择地方', 'Choose a place');
  const said = notices();
  const notice = at('notice');
  notice.hidden = !said.length;
  notice.classList.toggle('first', !place && said.length > 0);
  notice.classList.toggle('warn', said.some((one) => one.warn));
  notice.textContent = said.map((one) => say(one.zh, one.en)).join(' ');
  for (const button of at('modes').querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.value === state.mode));
  renderNeeds();
  const list = at('list');
  list.setAttribute('aria-busy', String(state.busy));
  fill(list, ...listItems());
  renderThumb();
  if (map) map.relabel();
}

// ---- choices, remembered

function again() {
  state.k = STEP;
  if (state.place) ask({ fit: true }); else render();
}

function setOpen(value) {
  state.open = value;
  keep('harbor.open', value);
  again();
}

function saveNeeds() {
  keep('harbor.needs', [...state.needs]);
  again();
}

function setMode(mode) {
  state.mode = mode;
  keep('harbor.mode', mode);
  again();
}

async function openSearch() {
  const sheet = await loaded(import('./sheet.js'));
  if (sheet) sheet.showSearch({ onLocate: locate, onPick: pickOnMap, onPlace: choosePlace, canPick: !document.body.classList.contains('no-map') });
}

// ---- where to begin

function startPlace() {
  const given = givenPlace(config);
  if (given && !given.unreadable) { goTo(given, { remember: false }); return; }
  const last = lastPlace();
  if (last) goTo(last, { remember: false }); else render();
  if (given) {
    state.notice = { warn: true, zh: '地址里的位置读不懂:需要 lon 和 lat 两个数字。', en: 'The place in the address cannot be read: it takes lon and lat as numbers.' };
    render();
    return;
  }
  locate();
}

function start() {
  languageSwitch(at('language'));
  onLanguage(render);
  at('where').addEventListener('click', openSearch);
  at('menu').addEventListener('click', async () => { const menu = await loaded(import('./menu.js')); if (menu) menu.showMenu(config); });
  at('map-toggle').addEventListener('click', () => showMap(!document.body.classList.contains('map-open')));
  for (const button of at('modes').querySelectorAll('button')) button.addEventListener('click', () => setMode(button.value));
  window.addEventListener('popstate', followHash);
  window.addEventListener('online', () => { if (state.place) ask({ quiet: Boolean(state.answer && !state.answer.offline) }); });
  startPlace();
  if (wide.matches) showMap(true);
  if ('serviceWorker' in navigator && window.isSecureContext) window.addEventListener('load', () => navigator.serviceWorker.register('/sw.js').catch(() => { /* the page works without it */ }));
}

start();
