// a station of the list, opened: the way drawn on our own map, one tap to a map app, the report
import { isLost, post } from './ask.js';
import { offers, stateLine, wayLine } from './card.js';
import { el, fill } from './dom.js';
import { handover } from './handover.js';
import { closeSheet, openSheet } from './sheets.js';
import { stylesheet } from './styles.js';
import { metres, minutes, problemText, say } from './words.js';

const KINDS = {
  steps: ['梯坎', 'stairs'], lift: ['电梯', 'lift'], escalator: ['扶梯', 'escalator'], bridge: ['天桥', 'bridge'], tunnel: ['地道', 'tunnel'],
};
const sheet = () => document.getElementById('detail');
let asking = null;

// the sheet's own first: what is said of a station comes after it
const style = () => Promise.all([stylesheet('sheet.css'), stylesheet('detail.css')]);

// what is worth knowing before one sets out: climb, and everything that is not a street
function wayInWords(route) {
  const facts = [
    route.climb_metres >= 3 && say(`上坡 ${metres(route.climb_metres)}`, `climb ${metres(route.climb_metres)}`),
    route.descent_metres >= 3 && say(`下坡 ${metres(route.descent_metres)}`, `descent ${metres(route.descent_metres)}`),
    route.steps > 0 && say(`${route.steps} 级台阶`, `${route.steps} steps`),
    !route.steps && route.stairs_metres >= 1 && say(`梯坎 ${metres(route.stairs_metres)}`, `stairs ${metres(route.stairs_metres)}`),
    ...['lift', 'escalator', 'bridge', 'tunnel'].filter((kind) => route.parts.some((part) => part.kind === kind)).map((kind) => say(...KINDS[kind])),
  ].filter(Boolean);
  return facts.length ? facts.join(' · ') : say('平路', 'level way');
}

function wayList(route) {
  return el('details', { class: 'parts' }, el('summary', {}, say('一段一段看', 'Step by step')),
    el('ol', {}, ...route.parts.filter((part) => part.metres >= 5).map((part) => el('li', {},
      el('b', {}, part.name || say(...(KINDS[part.kind] || ['街道', 'street']))), ` ${metres(part.metres)}`,
      part.climb_metres >= 2 ? ` ↑${metres(part.climb_metres)}` : ''))));
}

async function drawRoute(route, station, { config, place }) {
  const frame = document.getElementById('detail-map');
  const library = await import('./map.js').catch(() => null);
  if (!library || !await library.prepareMap(config)) { frame.hidden = true; return; }
  library.openRoute(frame, config, { route, station, place });
}

async function askRoute(station, around) {
  if (asking) asking.abort();
  const mine = new AbortController();
  asking = mine;
  const { place, mode } = around;
  const way = document.getElementById('detail-way');
  let got;
  try {
    got = await post('/api/v1/route', { lon: place.lon, lat: place.lat, to: station.code, mode, datum: 'wgs84' }, { signal: mine.signal });
  } catch (error) { return; }
  if (isLost(got)) { fill(way, el('p', { class: 'soft' }, say('没有信号,路线画不出来;可用下面的地图应用。', 'No signal: the way cannot be drawn. Use a map app below.'))); return; }
  if (got.status >= 400) {
    // it may have closed for good since the list was made
    fill(way, el('p', { class: 'soft why' }, problemText(got.body)));
    if (got.status === 404 || got.status === 409) around.onGone();
    return;
  }
  if (asking !== mine) return;
  const route = got.body;
  document.getElementById('detail-minutes').textContent = minutes(route.seconds);
  fill(way, el('p', { class: 'way-words' }, wayInWords(route)), wayList(route));
  drawRoute(route, station, around);
}

function content(station, around) {
  const { config, mode } = around;
  const links = handover(station, { ride: mode === 'ebike' }).map((link) => el('a', {
    class: 'app', href: link.href, 'data-app': link.app, rel: 'noreferrer noopener', target: '_blank' }, link.name));
  const report = async () => (await import('./report.js')).showReport(station, { place: around.place });
  return [
    el('div', { class: 'sheet-head' },
      el('button', { type: 'button', class: 'back', onclick: leave }, el('span', { 'aria-hidden': 'true' }, '‹ '), say('列表', 'List')),
      el('a', { href: `/s/${encodeURIComponent(station.code)}` }, say('站点页', 'Station page'))),
    el('div', { class: 'detail-top' },
      el('p', { class: 'minutes' }, el('b', { id: 'detail-minutes' }, `${station.estimated ? '~' : ''}${minutes(station.seconds)}`), el('span', {}, say('分钟', 'min'))),
      el('div', {}, el('h2', { id: 'detail-title', tabindex: -1 }, say(station.name, station.name_en)), wayLine(station, mode))),
    ...stateLine(station, config.doors[station.door]),
    offers(station, { ...around, most: 30 }),
    around.offline ? null : el('div', { class: 'detail-map', id: 'detail-map', role: 'region', 'aria-label': say('路线图', 'Map of the way') }),
    el('div', { id: 'detail-way', 'aria-live': 'polite' }, around.offline ? null : el('p', { class: 'soft' }, say('正在算路线…', 'Working out the way…'))),
    el('h3', {}, say('用地图应用带路', 'Lead me with a map app')),
    el('div', { class: 'apps' }, ...links),
    el('button', { type: 'button', class: 'plain report', onclick: report }, say('报告问题', 'Report a problem')),
  ].filter(Boolean);
}

/** Back to the list: to the page before, unless this page was entered by the address of the station. */
function leave() {
  if (history.state && history.state.fromList) history.back();
  else { history.replaceState(null, '', location.pathname); hideDetail(); }
}

/** Open a station over the list. */
export async function showDetail(station, around) {
  if (asking) asking.abort();
  await style();
  const dialog = sheet();
  fill(dialog, ...content(station, around));
  if (!dialog.dataset.ready) {
    dialog.dataset.ready = 'yes';
    dialog.addEventListener('close', () => { if (location.hash.startsWith('#s=')) leave(); });
  }
  openSheet(dialog);
  document.getElementById('detail-title').focus();
  if (!around.offline && around.place) askRoute(station, around);
}

/** Close it again. */
export function hideDetail() {
  if (asking) asking.abort();
  closeSheet(sheet());
}
