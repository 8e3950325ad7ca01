// coverage on past days as lines, and what opened and closed between two of them
import { answered } from './plan_ask.js';
import { el, fill } from './dom.js';
import { button, number, percent, svg } from './plan_say.js';
import { asked, change, state } from './plan_state.js';
import { onLanguage, say } from './words.js';

const WIDE = 420;
const HIGH = 190;
const EDGE = { left: 34, right: 92, top: 12, bottom: 22 };
const LONGEST = 13;
// a label stands in the margin at the right
const short = (name) => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name);
const MOST_LINES = 5;
const DEPTHS = ['', 'share', 'twice_share', 'thrice_share'];

/** Build the tab. */
export function buildCurve(box) {
  const chosen = new Set();
  let given = null;
  let found = null;
  let from = 0;
  let to = 0;

  function scale() {
    const lines = [found.share, ...found.districts.filter((one) => chosen.has(one.adcode)).map((one) => one.share)].flat().filter((one) => one !== null);
    const low = Math.max(0, Math.floor((Math.min(...lines) - 0.02) * 20) / 20);
    const high = Math.min(1, Math.ceil((Math.max(...lines) + 0.02) * 20) / 20);
    const times = found.days.map((day) => Date.parse(day));
    const span = times[times.length - 1] - times[0] || 1;
    return {
      low, high, x: (index) => EDGE.left + ((times[index] - times[0]) / span) * (WIDE - EDGE.left - EDGE.right),
      y: (share) => EDGE.top + (1 - (share - low) / (high - low || 1)) * (HIGH - EDGE.top - EDGE.bottom),
    };
  }

  function chart() {
    const { low, high, x, y } = scale();
    // a share holds until the next day that is counted
    const path = (shares) => shares.map((share, index) => (share === null ? '' : `${index && shares[index - 1] !== null ? `H${x(index).toFixed(1)}V` : `M${x(index).toFixed(1)} `}${y(share).toFixed(1)}`)).join('');
    const lines = [{ name: say('全部', 'All'), share: found.share, look: 'is-all' }, ...found.districts.filter((one) => chosen.has(one.adcode)).map((one, index) => ({ name: say(one.name, one.name_en), share: one.share, look: `is-${index}` }))];
    const ends = lines.map((line) => ({ ...line, y: y(line.share[line.share.length - 1] ?? low) })).sort((a, b) => a.y - b.y);
    // labels stand at the end of their lines, pushed apart where lines meet
    for (let i = 1; i < ends.length; i += 1) ends[i].y = Math.max(ends[i].y, ends[i - 1].y + 13);
    const apart = high - low > 0.3 ? 0.1 : 0.05;
    const steps = Array.from({ length: Math.round((high - low) / apart) + 1 }, (_, index) => low + index * apart);
    return svg('svg', { viewBox: `0 0 ${WIDE} ${HIGH}`, class: 'curve', role: 'img', 'aria-label': say(`走得到的人:${found.days[0]} ${percent(found.share[0])},${found.days.at(-1)} ${percent(found.share.at(-1))}`, `People covered: ${percent(found.share[0])} on ${found.days[0]}, ${percent(found.share.at(-1))} on ${found.days.at(-1)}`) },
      ...steps.flatMap((share) => [svg('line', { x1: EDGE.left, x2: WIDE - EDGE.right, y1: y(share), y2: y(share), class: 'grid' }), svg('text', { x: EDGE.left - 5, y: y(share) + 4, 'text-anchor': 'end' }, percent(share, 0))]),
      ...[from, to].map((index) => svg('line', { x1: x(index), x2: x(index), y1: EDGE.top, y2: HIGH - EDGE.bottom, class: 'moment' })),
      ...lines.map((line) => svg('path', { d: path(line.share), class: `line ${line.look}` })),
      ...ends.map((line) => svg('text', { x: WIDE - EDGE.right + 5, y: line.y + 4, class: `name ${line.look}` }, short(line.name))),
      svg('text', { x: EDGE.left, y: HIGH - 6 }, found.days[0]), svg('text', { x: WIDE - EDGE.right, y: HIGH - 6, 'text-anchor': 'end' }, found.days.at(-1)));
  }

  const day = (id, label, value, onPick) => el('select', { id, 'aria-label': label, onchange: (event) => onPick(Number(event.target.value)) }, ...found.days.map((one, index) => el('option', { value: index, selected: index === value }, `${one} · ${percent(found.share[index])}`)));

  function between() {
    const [first, last] = [Math.min(from, to), Math.max(from, to)];
    const events = found.events.filter((one) => one.day > found.days[first] && one.day <= found.days[last]);
    const of = (kind) => ({ count: events.reduce((sum, one) => sum + one[`${kind}_count`], 0), names: events.flatMap((one) => one[kind].map((name) => ({ day: one.day, name }))) });
    const block = (kind, zh, en) => { const { count, names } = of(kind); return el('div', {}, el('h4', {}, say(`${zh} ${number(count)} 个`, `${number(count)} ${en}`)), names.length ? el('ul', { class: `events is-${kind}`, tabindex: 0, 'aria-label': say(zh, en) }, ...names.slice(0, 40).map((one) => el('li', {}, el('time', {}, one.day), ' ', one.name))) : el('p', { class: 'soft' }, say('没有', 'none'))); };
    const moved = found.share[last] - found.share[first];
    return el('section', {}, el('h3', {}, say('两个日子之间', 'Between two days')), el('div', { class: 'split' }, day('curve-from', say('从哪天', 'From'), from, (value) => { from = value; draw(); }), day('curve-to', say('到哪天', 'To'), to, (value) => { to = value; draw(); })),
      el('p', {}, say(`走得到的人从 ${percent(found.share[first])} 到 ${percent(found.share[last])}(${moved >= 0 ? '+' : '−'}${Math.abs(moved * 100).toFixed(1)} 个百分点),站点从 ${number(found.stations[first])} 到 ${number(found.stations[last])}。`, `People covered from ${percent(found.share[first])} to ${percent(found.share[last])} (${moved >= 0 ? '+' : '−'}${Math.abs(moved * 100).toFixed(1)} points), stations from ${number(found.stations[first])} to ${number(found.stations[last])}.`)),
      el('div', { class: 'two' }, block('opened', '新开', 'opened'), block('closed', '退出', 'closed')), button(`看 ${found.days[last]} 的地图`, `Map of ${found.days[last]}`, () => change({ as_of: found.days[last] }, { step: true }), 'small'));
  }

  function draw() {
    if (!found) return;
    if (found.days.length < 2) { fill(box, el('p', { class: 'empty' }, say('登记里只有一天的历史,过些日子再看。', 'The register has a single day of history; come back later.'))); return; }
    const chips = found.districts.map((one) => el('button', { type: 'button', class: 'chip', 'aria-pressed': String(chosen.has(one.adcode)), disabled: !chosen.has(one.adcode) && chosen.size >= MOST_LINES, onclick: () => { if (!chosen.delete(one.adcode)) chosen.add(one.adcode); draw(); } }, say(one.name, one.name_en)));
    const focused = box.contains(document.activeElement) ? document.activeElement.id : '';
    fill(box, el('section', {}, el('h2', {}, say('历年走得到的人', 'People covered over time')), el('p', { class: 'definition' }, say('按登记的历史版本逐月算;路网、人口、区县边界用今天的。', 'By the history of the register, month by month; streets, people and districts are those of today.')), chart(), el('div', { class: 'chips', role: 'group', 'aria-label': say('加上区县', 'Add districts') }, ...chips)), between());
    if (focused) document.getElementById(focused)?.focus();
  }

  const part = answered(box, '/plan/curve', () => ({ question: { ...asked().question, as_of: null } }), (answer) => {
    if (answer !== given) { given = answer; found = { ...answer, districts: state.depth === 1 ? answer.districts : [], share: answer[DEPTHS[state.depth]] }; from = 0; to = found.days.length - 1; }
    draw();
  });
  onLanguage(draw);
  return { show: part.show };
}
