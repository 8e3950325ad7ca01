// the rider's page: a place, the needs, and the stations in order of walking minutes
import { el, fill, pageData } from './dom.js';
import { ago, band, keep, languageSwitch, metres, minutes, onLanguage, openLine, problemText, reason, recall, say } from './words.js';

const NEEDS = ['toilet', 'water', 'seat', 'cooling', 'warmth', 'hot_meal', 'charging', 'first_aid'];
const STEP = 5;
const MOST = 20;
const LOCATE_MILLISECONDS = 10000;

const config = pageData('harbor-config');
const at = (id) => document.getElementById(id);
const services = new Map(config.services.map((service) => [service.code, service]));
// what a body needs comes before what a phone or a bicycle needs
const ordered = [...new Set([...NEEDS, ...services.keys()])];
const state = {
  place: null, aim: null, needs: new Set(recall('harbor.needs', []).filter((code) => services.has(code))),
  open: recall('harbor.open', 'arrival') === 'any' ? 'any' : 'arrival',
  k: STEP, answer: null, problem: null, busy: false, choice: null, notice: null,
};
let asking = null;
let map = null;

async function ask({ fit }) {
  if (!state.place) return;
  if (asking) asking.abort();
  const mine = new AbortController();
  asking = mine;
  state.busy = true;
  render();
  try {
    const response = await fetch('/api/v1/nearest', {
      method: 'POST', signal: mine.signal, headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify({
        lon: state.place.lon, lat: state.place.lat, k: state.k, services: [...state.needs], open: state.open, datum: 'wgs84',
      }),
    });
    const body = await response.json();
    state.problem = response.ok ? null : body;
    state.answer = response.ok ? body : null;
  } catch (error) {
    if (error.name === 'AbortError') return;
    state.problem = { lost: true };
  }
  state.busy = false;
  const list = state.answer ? state.answer.stations : [];
  if (!list.some((station) => station.code === state.choice)) state.choice = null;
  drawMap({ fit });
  render();
}

function drawMap({ fit }) {
  if (!map || !state.place || state.busy) return;
  map.showMe(state.place);
  // from a place that cannot be used, the city is what there is to look at
  const others = state.problem ? config.bounds.map(([lat, lon]) => ({ lat, lon })) : [state.place, state.aim].filter(Boolean);
  map.showStations(state.answer ? state.answer.stations : [], { fit, choice: state.choice, others });
}

function goTo(place, { remember = true } = {}) {
  state.place = place;
  state.notice = null;
  state.k = STEP;
  state.choice = null;
  if (remember) keep('harbor.place', { lon: place.lon, lat: place.lat, zh: place.zh, en: place.en, at: Date.now() });
  if (map) { map.pick(false); map.showMe(place); }
  ask({ fit: true });
}

function pickOnMap() {
  map.pick(true);
  state.notice = { zh: '点一下地图上你所在的地方。', en: 'Tap the map where you are.' };
  render();
  at('map').scrollIntoView({ block: 'center' });
}

const REFUSALS = {
  1: ['浏览器没有允许定位。', 'The browser did not allow your position.'],
  2: ['手机没有给出位置。', 'The phone gave no position.'],
  3: ['定位太久没有结果。', 'The position took too long.'],
};

function locate() {
  const failed = (zh, en) => {
    const kept = state.place
      ? ['先按这个地方找。', 'Searching from this place for now.']
      : ['请搜地名,或点一下地图上你的地方。', 'Search for a place, or tap it on the map.'];
    state.notice = { zh: zh + kept[0], en: `${en} ${kept[1]}`, warn: true };
    if (map && !state.place) map.pick(true);
    render();
  };
  if (!window.isSecureContext || !navigator.geolocation) {
    failed('这个网页不能定位(需要 HTTPS)。', 'This page cannot find your position (it needs HTTPS).');
    return;
  }
  if (!state.place) { state.notice = { zh: '正在定位…', en: 'Finding your position…' }; render(); }
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => goTo({ lon: coords.longitude, lat: coords.latitude, zh: '我的位置', en: 'My position' }),
    (error) => failed(...(REFUSALS[error.code] || REFUSALS[2])),
    { enableHighAccuracy: true, timeout: LOCATE_MILLISECONDS, maximumAge: 60000 },
  );
}

// ---- what is on the page

function stationCard(station) {
  const line = openLine(station);
  const name = say(station.name, station.name_en);
  const door = config.doors[station.door];
  const all = [...station.services].sort((a, b) => ordered.indexOf(a) - ordered.indexOf(b));
  const wanted = all.filter((code) => state.needs.has(code));
  const rest = all.filter((code) => !state.needs.has(code));
  const shown = [...wanted, ...rest].slice(0, Math.max(wanted.length, say(5, 3)));
  const chips = shown.map((code) => el('li', { class: state.needs.has(code) && 'wanted' },
    services.has(code) ? say(services.get(code).name, services.get(code).name_en) : code));
  const more = station.services.length - shown.length;
  const proof = [
    station.last_proved && say(`${ago(station.last_proved)}有人确认`, `confirmed ${ago(station.last_proved)}`),
    station.verified === false && say('资料未核实', 'record not verified yet'),
  ].filter(Boolean).join(' · ');
  const card = el('li', { class: `card band-${band(station.walk_seconds)}`, 'data-code': station.code, onclick: () => choose(station.code) },
    el('p', { class: 'minutes' }, el('b', {}, String(minutes(station.walk_seconds))), el('span', {}, say('分钟', 'min'))),
    el('div', { class: 'about' },
      el('h2', {}, el('a', { href: `/s/${encodeURIComponent(station.code)}` }, name)),
      el('p', { class: `state is-${station.open}` }, el('i', { 'aria-hidden': 'true' }, line.sign), line.text,
        door ? el('span', {}, say(...door)) : null),
      reason(station.reason) ? el('p', { class: 'soft' }, reason(station.reason) + (station.note ? ` · ${station.note}` : '')) : null,
      el('p', { class: 'way' },
        el('b', {}, say('走 ', 'Walk ') + metres(station.walk_metres)),
        station.climb_metres >= 3 ? el('b', { title: say('上坡', 'climb') }, ` ↑${metres(station.climb_metres)}`) : null,
        el('span', {}, say(' · 直线 ', ' · straight ') + metres(station.straight_metres))),
      el('ul', { class: 'has' }, ...chips, more > 0 ? el('li', {}, `+${more}`) : null),
      proof ? el('p', { class: 'soft' }, proof) : null));
  if (station.code === state.choice) card.classList.add('is-chosen');
  return card;
}

const skeleton = () => el('li', { class: 'card skeleton', 'aria-hidden': 'true' }, el('p', {}), el('div', {}, el('p', {}), el('p', {}), el('p', {})));
const action = (zh, en, onclick, main) => el('button', { type: 'button', class: main ? 'main' : 'plain', onclick }, say(zh, en));

function message(title, detail, ...actions) {
  return el('li', { class: 'message' }, el('h2', {}, title), detail ? el('p', {}, detail) : null, el('div', { class: 'actions' }, ...actions.filter(Boolean)));
}

const pickAction = () => map && action('在地图上点选', 'Pick on the map', pickOnMap);
const searchAction = () => action('搜地名', 'Search for a place', openSheet);

function listItems() {
  const stations = state.answer ? state.answer.stations : [];
  if (state.problem && state.problem.lost) {
    return [message(say('没有连上服务器', 'The server did not answer'),
      say('你的位置和选择都还在。网络好了再试一次。', 'Your place and choices are kept. Try again when the network is back.'),
      action('再试一次', 'Try again', () => ask({ fit: true }), true)), ...stations.map(stationCard)];
  }
  if (state.problem) {
    const outside = state.problem.type === 'urn:harbor:problem:outside-network';
    const detail = outside ? say('这里离能走的街道太远,也许不在本市。请换一个地方。', '') : '';
    return [message(say('这个地方找不了', 'Cannot search from this place'), detail || problemText(state.problem), searchAction(), pickAction()),
      detail && el('li', { class: 'soft message-detail', lang: 'en' }, problemText(state.problem))].filter(Boolean);
  }
  if (!state.answer && (state.busy || (state.notice && !state.notice.warn && !map))) return [skeleton(), skeleton(), skeleton()];
  if (!state.answer) {
    return [message(say('你在哪里?', 'Where are you?'), say('告诉我们地方,就按走路的分钟数排好站点。', 'Name a place and the stations are listed by walking minutes.'),
      action('用手机定位', 'Use my position', locate, true), searchAction(), pickAction())];
  }
  if (!stations.length) {
    return [message(say('附近没有合适的站点', 'No station here fits'), say('放宽条件再看看。', 'Ask for less and look again.'),
      state.needs.size ? action('不限服务', 'Any services', () => { state.needs.clear(); saveNeeds(); }, true) : null,
      state.open === 'any' ? null : action('也看已关门的', 'Show closed ones too', toggleOpen),
      action('换个地方', 'Another place', openSheet))];
  }
  const more = stations.length >= state.k && state.k < MOST
    ? el('li', { class: 'more' }, action('再看 5 个', 'Five more', () => { state.k += STEP; ask({ fit: true }); })) : null;
  return [...stations.map(stationCard), more].filter(Boolean);
}

function renderNeeds() {
  const chip = (on, text, onclick, extra) => el('li', {}, el('button', { type: 'button', class: `chip ${extra || ''}`, 'aria-pressed': String(on), onclick }, text));
  const codes = ordered.filter((code, index) => services.has(code) && (state.allNeeds || index < NEEDS.length || state.needs.has(code)));
  const row = at('needs');
  const left = row.scrollLeft;
  fill(row, chip(state.open === 'arrival', say('到时开门', 'Open when I arrive'), toggleOpen, 'when'),
    ...codes.map((code) => chip(state.needs.has(code), say(services.get(code).name, services.get(code).name_en), () => {
      if (!state.needs.delete(code)) state.needs.add(code);
      saveNeeds();
    })), state.allNeeds ? '' : el('li', {}, el('button', { type: 'button', class: 'chip rest', onclick: () => { state.allNeeds = true; renderNeeds(); } }, say('更多…', 'More…'))));
  row.scrollLeft = left;
}

function render() {
  const place = state.place;
  at('where-name').textContent = place ? say(place.zh, place.en) : say('选择地方', 'Choose a place');
  const notice = at('notice');
  notice.hidden = !state.notice;
  notice.classList.toggle('warn', Boolean(state.notice && state.notice.warn));
  notice.textContent = state.notice ? say(state.notice.zh, state.notice.en) : '';
  renderNeeds();
  const list = at('list');
  list.setAttribute('aria-busy', String(state.busy));
  fill(list, ...listItems());
  const stations = state.answer && !state.problem ? state.answer.stations : [];
  const best = stations.find((station) => station.open !== 'closed') || stations[0];
  const go = at('go');
  at('thumb').hidden = !best;
  if (best) {
    go.href = `/s/${encodeURIComponent(best.code)}`;
    fill(go, say('带我去最近的', 'Take me to the nearest'), el('span', { class: 'time' }, say(`${minutes(best.walk_seconds)} 分钟`, `${minutes(best.walk_seconds)} min`)));
  }
  if (map) { map.relabel(); map.showAim(inList(state.aim) ? null : state.aim, say('要去的', 'Aim')); }
}

const inList = (aim) => aim && state.answer && state.answer.stations.some((station) => station.code === aim.code);

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

function toggleOpen() {
  state.open = state.open === 'any' ? 'arrival' : 'any';
  keep('harbor.open', state.open);
  if (state.place) ask({ fit: true }); else render();
}

function saveNeeds() {
  keep('harbor.needs', [...state.needs]);
  if (state.place) ask({ fit: true }); else render();
}

/** Open the sheet where a place is chosen; it is loaded when first asked for. */
async function openSheet() {
  const { showSheet } = await import('./sheet.js');
  showSheet({ onLocate: locate, onPick: map && pickOnMap, onPlace: goTo });
}

// ---- where to begin

/** Read lon, lat from the address, then keep them out of it: an address ends in logs and histories. */
function givenPlace() {
  const given = new URLSearchParams(location.search);
  const hash = new URLSearchParams(location.hash.slice(1));
  const aim = (hash.get('to') || '').split(',');
  if (aim.length === 3) state.aim = { code: aim[0], lon: Number(aim[1]), lat: Number(aim[2]) };
  if (!given.has('lon') && !given.has('lat')) return null;
  history.replaceState(null, '', location.pathname + location.hash);
  const words = { zh: '给定的地方', en: 'The given place' };
  const datum = (given.get('datum') || 'wgs84').toLowerCase();
  if (config.origin) return { ...config.origin, ...words };
  const lon = Number.parseFloat(given.get('lon'));
  const lat = Number.parseFloat(given.get('lat'));
  if (Number.isFinite(lon) && Number.isFinite(lat) && ['wgs84', 'cgcs2000'].includes(datum)) return { lon, lat, ...words };
  state.notice = { warn: true, zh: '地址里的位置读不懂:需要 lon 和 lat 两个数字。', en: 'The place in the address cannot be read: it takes lon and lat as numbers.' };
  return null;
}

/** Let the map join; the list never waits for it. */
async function joinMap() {
  const { openMap, prepareMap } = await import('./map.js');
  if (!await prepareMap(config)) { document.body.classList.add('no-map'); return; }
  map = openMap(at('map'), config, {
    onPlace: (place) => goTo({ ...place, zh: '地图上选的地方', en: 'Picked on the map' }), onStation: chooseFromMap,
  });
  if (!state.place && state.notice && state.notice.warn) map.pick(true);
  drawMap({ fit: true });
  render();
}

function start() {
  languageSwitch(at('language'));
  onLanguage(render);
  at('where').addEventListener('click', openSheet);
  const given = givenPlace();
  const last = recall('harbor.place', null);
  if (given) goTo(given, { remember: false });
  else {
    if (last && Number.isFinite(last.lon)) goTo({ ...last, zh: '上次的地方', en: 'The last place' }, { remember: false });
    else render();
    if (!state.notice) locate();
  }
  joinMap();
}

start();
