// the answer in figures: one large one, the three rules beside each other, the districts
import { el, fill } from './dom.js';
import { config } from './plan_ask.js';
import { bar, countUp, number, people, percent, points, setBar, signed } from './plan_say.js';
import { onChange, state } from './plan_state.js';
import { onLanguage, say } from './words.js';

export const RULE_NAMES = {
  terrain: ['walk_terrain', '按地形步行', 'Walk, by terrain'], official: ['walk_official', '平路 4 公里/时', 'Walk, 4 km/h'], radius: ['radius_1km', '直线半径', 'Straight radius'],
};
const TIMES = ['', '', 'twice_', 'thrice_'];

/** The share covered as often as is asked for: of people, street or area. */
export const shareOf = (figures, kind = 'people') => figures[kind === 'people' && state.depth > 1 ? `${TIMES[state.depth]}share` : `${kind}_${TIMES[state.depth]}share`];
const COUNTED = [
  ['used', '计入', 'counted'], ['closed', '那时关门', 'closed then'], ['unknown', '开放不明', 'hours unknown'], ['lacking', '缺服务', 'lack the service'],
  ['suspended', '暂停', 'suspended'], ['outside', '不在路网上', 'off the network'],
];

/** Build the tab; zoom: (adcode) brings a district into view. */
export function buildCircle(box, { zoom }) {
  let found = null;
  const parts = {};

  function frame() {
    parts.figure = el('strong', { class: 'figure' });
    parts.count = el('p', { class: 'count' });
    parts.change = el('p', { class: 'difference', hidden: true });
    parts.definition = el('p', { class: 'definition' });
    parts.main = bar(0, { base: 0, look: 'is-large' });
    parts.rules = el('div', { class: 'rules' });
    parts.stations = el('p', { class: 'counted' });
    parts.districts = el('ul', { class: 'districts' });
    parts.run = el('p', { class: 'soft run' });
    parts.lapsed = el('div', {});
    parts.rows = new Map();
    const heading = { 1: ['走得到站点的人', 'People who reach a station'], 2: ['走得到两个站点的人', 'People who reach two stations'], 3: ['走得到三个站点的人', 'People who reach three stations'] }[state.depth];
    fill(box, el('section', { class: 'headline' }, el('h2', {}, say(...heading)), el('div', { class: 'figure-line' }, parts.figure, el('div', {}, parts.count, parts.change)), parts.main, parts.definition), parts.lapsed,
      el('section', {}, el('h3', {}, say('三种算法', 'Three rules side by side')), parts.rules),
      el('section', {}, el('h3', {}, say('站点', 'Stations')), parts.stations),
      el('section', {}, el('h3', {}, say('各区县', 'Districts')), parts.districts), parts.run);
  }

  function ruleRow([rule, [key, zh, en]]) {
    const figures = found.rules[key];
    const cell = (kind, share, more) => el('td', {}, el('b', {}, percent(share)), more ? el('small', {}, more) : '');
    const name = rule === 'radius' ? say(`直线 ${(state.minutes / 15).toFixed(2).replace(/\.?0+$/, '')} 公里`, `${(state.minutes / 15).toFixed(2).replace(/\.?0+$/, '')} km radius`) : say(zh, en);
    const known = figures.street_share !== undefined;
    return el('tr', { class: rule === state.rule ? 'is-on' : '' }, el('th', { scope: 'row' }, name), cell('people', shareOf(figures)),
      cell('street', known ? shareOf(figures, 'street') : null), cell('area', known ? shareOf(figures, 'area') : null));
  }

  function districts() {
    const key = RULE_NAMES[state.rule][0];
    const all = found.districts.map((one) => ({ ...one, share: shareOf(one.rules[key]), total: one.rules[key].people_total })).filter((one) => one.total > 0).sort((a, b) => (a.share ?? 2) - (b.share ?? 2));
    for (const [adcode, row] of parts.rows) if (!all.some((one) => one.adcode === adcode)) { row.item.remove(); parts.rows.delete(adcode); }
    all.forEach((one, index) => {
      let row = parts.rows.get(one.adcode);
      if (!row) {
        row = { value: el('b', {}), bar: bar(0), item: null };
        row.item = el('li', {}, el('button', { type: 'button', onclick: () => zoom(one.adcode) }, el('span', { class: 'name' }, say(one.name, one.name_en)), row.bar, row.value));
        parts.rows.set(one.adcode, row);
      }
      row.item.title = say(`${number(one.total)} 人`, `${number(one.total)} people`);
      countUp(row.value, one.share, percent);
      requestAnimationFrame(() => setBar(row.bar, one.share));
      if (parts.districts.children[index] !== row.item) parts.districts.insertBefore(row.item, parts.districts.children[index] || null);
    });
    if (!all.length) fill(parts.districts, el('li', { class: 'soft' }, say('没有导入区县:harbor districts import 文件 --datum gcj02。', 'No districts are imported: harbor districts import FILE --datum gcj02.')));
  }

  function difference(share, figures) {
    const base = found.base && found.base[RULE_NAMES[state.rule][0]];
    parts.change.hidden = !base;
    if (!base) return null;
    const before = shareOf(base);
    fill(parts.change, el('b', {}, signed((share - before) * figures.people_total)), say(` 人 · ${points(share - before)} 个百分点`, ` people · ${points(share - before)} points`));
    parts.change.classList.toggle('is-worse', share < before);
    return before;
  }

  function draw() {
    if (!found) return;
    if (!parts.figure || !parts.figure.isConnected) frame();
    const figures = found.rules[RULE_NAMES[state.rule][0]];
    const share = shareOf(figures);
    countUp(parts.figure, share ?? 0, percent);
    fill(parts.count, el('b', {}, number((share ?? 0) * figures.people_total)), ` / ${people(figures.people_total, unit())}`);
    const before = difference(share, figures);
    parts.main.classList.toggle('has-base', before !== null);
    requestAnimationFrame(() => setBar(parts.main, share, before ?? 0));
    fill(parts.definition, say(found.definition.zh, found.definition.en));
    const head = [['规则', 'Rule'], ['人', 'People'], ['街道', 'Streets'], ['面积', 'Area']].map(([zh, en], at) => el('th', { scope: 'col', class: at ? 'right' : '' }, say(zh, en)));
    fill(parts.rules, el('table', {}, el('thead', {}, el('tr', {}, ...head)), el('tbody', {}, ...Object.entries(RULE_NAMES).map(ruleRow))));
    fill(parts.stations, ...COUNTED.filter(([key]) => key === 'used' || found.stations[key]).map(([key, zh, en]) => el('span', { class: `tally is-${key}` }, el('b', {}, number(found.stations[key])), ` ${say(zh, en)}`)));
    fill(parts.lapsed, ...(found.lapsed || []).map((one) => el('p', { class: 'warning' }, say(one.zh, one.en))));
    districts();
    fill(parts.run, found.run ? say(`算例 ${found.run},随时可以重算出同样的数。`, `Run ${found.run}; it repeats to the same figures at any time.`) : '');
    byLive(share);
  }

  const unit = () => found.demand.unit;
  function byLive(share) {
    const live = document.getElementById('live');
    clearTimeout(live.timer);
    live.timer = setTimeout(() => { live.textContent = say(`${percent(share)} 的人走得到`, `${percent(share)} of people are covered`); }, 900);
  }

  const anew = () => { parts.figure = null; draw(); };
  onChange(['depth'], anew);
  onChange(['rule'], draw);
  onLanguage(anew);
  return {
    show(answer) {
      // streets and areas of the same question come a moment later; what stood there stays until then
      found = answer;
      draw();
    },
  };
}

/** The layer of people in use, for its unit. */
export const demandOf = () => config.demands.find((one) => one.name === (state.demand || config.demand)) || { unit: 'people' };
