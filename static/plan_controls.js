// the panel of settings: what is asked, and what the map shows of it
import { config } from './plan_ask.js';
import { el, fill } from './dom.js';
import { segmented, WEEKDAYS } from './plan_say.js';
import { change, onChange, state } from './plan_state.js';
import { onLanguage, say } from './words.js';

const byId = (id) => document.getElementById(id);
// when nobody said a day, the coming one of a name: Friday is the day of the planner's question
const QUICK = [[4, 12, '周五 12 时', 'Fri 12:00'], [4, 22, '周五 22 时', 'Fri 22:00'], [6, 15, '周日 15 时', 'Sun 15:00']];
const LAYERS = [
  ['uncovered', '走不到的人', 'People uncovered'], ['districts', '区县覆盖率', 'Share by district'],
  ['scopes', '考核范围', 'Scopes'], ['stations', '站点', 'Stations'],
];

/** The coming day of a weekday (0 is Monday), counted from the register's own today. */
export function coming(weekday) {
  const today = new Date(`${state.as_of || config.today}T12:00Z`);
  const ahead = (weekday - ((today.getUTCDay() + 6) % 7) + 7) % 7;
  today.setUTCDate(today.getUTCDate() + ahead);
  return today.toISOString().slice(0, 10);
}

/** How a moment reads: a day of the week, a date, an hour. */
export function momentName(at) {
  const weekday = (new Date(`${at.slice(0, 10)}T12:00Z`).getUTCDay() + 6) % 7;
  return `${say(...WEEKDAYS[weekday])} ${at.slice(5, 10)} ${at.slice(11)}`;
}

const field = (label, ...inside) => el('div', { class: 'field' }, el('span', { class: 'label' }, label), ...inside);

function select(id, label, options, chosen, onPick) {
  const box = el('select', { id, onchange: () => onPick(box.value) }, ...options.map(([value, zh, en]) => el('option', { value, selected: value === chosen }, say(zh, en))));
  return el('div', { class: 'field' }, el('label', { for: id, class: 'label' }, label), box);
}

function places() {
  const scopes = config.scopes.map((one) => [one.code, one.name, one.name_en]);
  const layers = config.demands.map((one) => [one.name, one.title, one.title_en]);
  return [
    select('scope', say('范围', 'Scope'), scopes, state.scope || config.scope, (scope) => change({ scope: scope === config.scope ? '' : scope }, { step: true })),
    config.may_save ? el('p', { class: 'under' }, el('button', { type: 'button', class: 'link', id: 'new-area' }, say('画一块或导入范围…', 'Draw or import an area…')), config.scopes.some((one) => one.drawn && one.code === state.scope) ? el('button', { type: 'button', class: 'link', id: 'drop-area' }, say('删除这一块', 'Delete this one')) : '') : '',
    layers.length ? select('demand', say('数谁', 'Who is counted'), layers, state.demand || config.demand, (demand) => change({ demand: demand === config.demand ? '' : demand }, { step: true }))
      : el('p', { class: 'under trouble' }, say('还没有人口图层:harbor population import 文件。', 'There is no layer of people yet: harbor population import FILE.')),
  ];
}

function circle() {
  const output = el('output', { for: 'minutes' });
  const tell = () => { fill(output, el('b', {}, String(state.minutes)), say(' 分钟', ' min')); };
  const slider = el('input', { id: 'minutes', type: 'range', min: 5, max: 30, step: 1, value: state.minutes, oninput: () => { change({ minutes: Number(slider.value) }); } });
  tell();
  onMinutes = () => { slider.value = state.minutes; tell(); };
  return [
    el('div', { class: 'field' }, el('div', { class: 'split' }, el('label', { for: 'minutes', class: 'label' }, say('步行时限', 'Walk within')), output), slider,
      el('div', { class: 'ticks', 'aria-hidden': 'true' }, ...[5, 10, 15, 20, 25, 30].map((one) => el('span', {}, String(one))))),
    field(say('至少几个站点走得到', 'Stations within reach'), segmented(['至少几个站点走得到', 'Stations within reach'], [[1, '一个', 'One'], [2, '两个', 'Two'], [3, '三个', 'Three']], state.depth, (depth) => change({ depth }))),
    field(say('地图按哪种走法', 'Rule on the map'), segmented(['地图按哪种走法', 'Rule on the map'], [['terrain', '地形', 'Terrain'], ['official', '平路', 'Flat'], ['radius', '半径', 'Radius']], state.rule, (rule) => change({ rule }))),
  ];
}
let onMinutes = () => {};
let onHour = () => {};

function when() {
  const any = !state.at;
  const day = state.at ? state.at.slice(0, 10) : coming(4);
  const hour = state.at ? Number(state.at.slice(11, 13)) : 22;
  const set = (date, of, step = false) => { if (date) change({ at: `${date}T${String(of).padStart(2, '0')}:00` }, { step }); };
  const pick = segmented(['哪个钟点', 'Which hour'], [['any', '不论钟点', 'Whatever hour'], ['at', '某日某时', 'Day and hour']], any ? 'any' : 'at',
    (which) => (which === 'any' ? change({ at: '' }, { step: true }) : set(day, hour, true)));
  if (any) { onHour = () => {}; return [field(say('哪个钟点', 'Which hour'), pick)]; }
  const output = el('output', { for: 'hour' });
  const date = el('input', { id: 'day', type: 'date', value: day, 'aria-label': say('哪一天', 'Which day'), onchange: () => set(date.value, slider.value, true) });
  const slider = el('input', { id: 'hour', type: 'range', min: 0, max: 23, step: 1, value: hour, 'aria-label': say('几点', 'Hour'), oninput: () => set(date.value, slider.value) });
  onHour = () => { date.value = state.at.slice(0, 10); slider.value = Number(state.at.slice(11, 13)); fill(output, el('b', {}, momentName(state.at))); };
  onHour();
  const quick = QUICK.map(([weekday, of, zh, en]) => el('button', { type: 'button', class: 'chip', onclick: () => set(coming(weekday), of, true) }, say(zh, en)));
  return [field(say('哪个钟点', 'Which hour'), pick, el('div', { class: 'split' }, date, output), slider, el('div', { class: 'chips' }, ...quick))];
}

function services() {
  const toggle = (code) => change({ services: config.services.map((one) => one.code).filter((one) => (one === code) !== state.services.includes(one)) });
  const shown = config.services.filter((one) => every || one.core || state.services.includes(one.code));
  const chips = shown.map((one) => el('button', { type: 'button', class: 'chip', 'aria-pressed': String(state.services.includes(one.code)), onclick: () => toggle(one.code) }, say(one.name, one.name_en)));
  return field(say('要有哪些服务', 'Needs'), el('div', { class: 'chips', role: 'group', 'aria-label': say('要有哪些服务', 'Needs') }, ...chips,
    el('button', { type: 'button', class: 'link', 'aria-expanded': String(every), onclick: () => { every = !every; onServices(); } }, every ? say('收起', 'Fewer') : say('更多…', 'More…'))));
}
let every = false;
let onServices = () => {};

function asOf() {
  const date = el('input', { id: 'as-of', type: 'date', max: config.today, value: state.as_of || config.today, onchange: () => change({ as_of: date.value === config.today ? '' : date.value }, { step: true }) });
  return el('div', { class: 'field' }, el('label', { for: 'as-of', class: 'label' }, say('登记截至', 'Register as of')),
    el('div', { class: 'split' }, date, state.as_of ? el('button', { type: 'button', class: 'link', onclick: () => change({ as_of: '' }, { step: true }) }, say('回到今天', 'Today')) : el('span', { class: 'soft' }, say('今天', 'today'))));
}

function shown() {
  const streets = state.layers.includes('overlap') ? 'overlap' : state.layers.includes('streets') ? 'streets' : 'none';
  const others = state.layers.filter((one) => one !== 'streets' && one !== 'overlap');
  const rows = LAYERS.map(([id, zh, en]) => {
    const box = el('input', { type: 'checkbox', id: `layer-${id}`, onchange: () => change({ layers: box.checked ? [...state.layers, id] : state.layers.filter((one) => one !== id) }) });
    box.checked = state.layers.includes(id);
    return el('label', { class: 'check', for: `layer-${id}` }, box, say(zh, en));
  });
  return field(say('地图上显示', 'On the map'),
    segmented(['街道颜色', 'Colour of streets'], [['streets', '分钟数', 'Minutes'], ['overlap', '站点数', 'Overlap'], ['none', '不上色', 'Plain']], streets,
      (which) => change({ layers: which === 'none' ? others : [which, ...others] })), el('div', { class: 'checks' }, ...rows));
}

/** Build the panel and keep it what the state is. */
export function buildControls() {
  const parts = { places, circle, when, services: () => [services()], past: () => [asOf()], shown: () => [shown()] };
  const boxes = Object.fromEntries(Object.keys(parts).map((name) => [name, el('section', { class: `set-${name}` })]));
  fill(byId('controls-body'), ...Object.values(boxes));
  const draw = (...names) => {
    for (const name of names) {
      // what has the focus keeps it
      const at = boxes[name].contains(document.activeElement) ? [...boxes[name].querySelectorAll('button, input, select')].indexOf(document.activeElement) : -1;
      fill(boxes[name], ...parts[name]().filter(Boolean));
      if (at >= 0) boxes[name].querySelectorAll('button, input, select')[at]?.focus();
    }
  };
  const all = () => draw(...Object.keys(parts));
  onServices = () => draw('services');
  all();
  onLanguage(all);
  onChange(['minutes'], () => onMinutes());
  onChange(['scope', 'demand'], () => draw('places'));
  onChange(['depth', 'rule'], () => draw('circle'));
  onChange(['at'], () => { if (state.at && byId('hour')) onHour(); else draw('when'); });
  onChange(['services'], () => draw('services'));
  onChange(['as_of'], () => draw('past', 'when'));
  onChange(['layers'], () => draw('shown'));
  return { places() { draw('places'); } };
}
