// two scenarios or more side by side: a table of figures, and the map split by a slider
import { ask, into } from './plan_ask.js';
import { el, fill } from './dom.js';
import { RULE_NAMES, shareOf } from './plan_circle.js';
import { button, number, percent, points, signed } from './plan_say.js';
import { change, onChange, question, QUESTION, state } from './plan_state.js';
import { streetsIn } from './plan_streets.js';
import { onTheme } from './theme.js';
import { onLanguage, say } from './words.js';

/** Cut two panes along a line that a hand moves. */
function split(plan, stage) {
  const { map } = plan;
  const left = streetsIn(map, 'streets');
  const right = streetsIn(map, 'streets-b');
  const names = [el('span', {}), el('span', {})];
  const slider = el('input', { type: 'range', min: 0, max: 1000, value: 500, class: 'splitter', 'aria-label': say('左右对比的分界', 'Line between the two maps') });
  const line = el('div', { class: 'split-line', 'aria-hidden': 'true' });
  const frame = el('div', { class: 'split-frame' }, line, slider, el('p', { class: 'split-names' }, ...names));
  let keys = ['', ''];
  function cut() {
    const size = map.getSize();
    const x = (slider.value / 1000) * size.x;
    const from = map.containerPointToLayerPoint([0, 0]);
    const to = map.containerPointToLayerPoint([size.x, size.y]);
    const at = map.containerPointToLayerPoint([x, 0]).x;
    const box = (a, b) => `polygon(${a}px ${from.y}px, ${b}px ${from.y}px, ${b}px ${to.y}px, ${a}px ${to.y}px)`;
    map.getPane('streets').style.clipPath = box(from.x, at);
    map.getPane('streets-b').style.clipPath = box(at, to.x);
    line.style.left = `${x}px`;
  }
  const by = () => (state.layers.includes('overlap') ? 'overlap' : 'streets');
  const draw = () => { left.show(keys[0], by()); right.show(keys[1], by()); };
  slider.addEventListener('input', cut);
  map.on('move zoom viewreset resize zoomend', cut);
  stage.append(frame);
  onTheme(() => { left.anew(keys[0], by()); right.anew(keys[1], by()); });
  return {
    show(two, titles) { keys = two; names.forEach((node, index) => fill(node, titles[index])); draw(); cut(); },
    end() {
      map.off('move zoom viewreset resize zoomend', cut);
      left.show('', null);
      right.show('', null);
      for (const pane of ['streets', 'streets-b']) map.getPane(pane).style.clipPath = '';
      frame.remove();
    },
  };
}

/** Build the comparison in a box above the tabs; it ends by itself when nothing is compared. */
export function buildCompare(box, { plan, stage }) {
  let parts = null;
  let found = null;
  let pair = [0, 1];

  function table() {
    const rule = RULE_NAMES[state.rule][0];
    const base = shareOf(found[0].rules[rule]);
    const total = found[0].rules[rule].people_total;
    const row = (name, of, more) => el('tr', {}, el('th', { scope: 'row' }, name), ...found.map((one, index) => el('td', {}, el('b', {}, of(one)), more && index ? el('small', {}, more(one)) : '')));
    const districts = found[0].districts.map((one, at) => row(say(one.name, one.name_en), (each) => percent(shareOf(each.districts[at].rules[rule]))));
    return el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': say('方案对比表', 'Scenarios compared') }, el('table', { class: 'compare' }, el('thead', {}, el('tr', {}, el('td', {}), ...found.map((one) => el('th', { scope: 'col' }, title(one))))), el('tbody', {},
      row(say('走得到的人', 'People covered'), (one) => percent(shareOf(one.rules[rule])), (one) => `${signed((shareOf(one.rules[rule]) - base) * total)} · ${points(shareOf(one.rules[rule]) - base)}`),
      row(say('两个站点', 'Two stations'), (one) => percent(one.rules[rule].twice_share)), row(say('街道', 'Streets'), (one) => percent(shareOf(one.rules[rule], 'street'))), row(say('面积', 'Area'), (one) => percent(shareOf(one.rules[rule], 'area'))),
      row(say('计入站点', 'Stations counted'), (one) => number(one.stations.used)), ...districts)));
  }

  function draw() {
    if (!found) return;
    const pick = (side) => el('select', { 'aria-label': side ? say('右边的地图', 'Map on the right') : say('左边的地图', 'Map on the left'), onchange: (event) => { pair[side] = Number(event.target.value); draw(); } }, ...found.map((one, index) => el('option', { value: index, selected: index === pair[side] }, title(one))));
    fill(box, el('div', { class: 'split' }, el('h2', {}, say('方案对比', 'Compare')), button('结束对比', 'End', () => change({ compare: [] }, { step: true }), 'small')), table(),
      plan ? el('div', { class: 'split pair-pick' }, el('label', {}, say('左 ', 'Left '), pick(0)), el('label', {}, say('右 ', 'Right '), pick(1))) : '');
    if (!plan) return;
    parts = parts || split(plan, stage);
    parts.show(pair.map((index) => found[index].key), pair.map((index) => title(found[index])));
  }

  const load = async () => (await ask('/plan/compare', { question: question(), scenarios: state.compare.filter((one) => one > 0) }, { channel: 'compare' }))?.compared ?? null;
  const title = (one) => (one.id ? one.name : say('现状', 'As it is'));

  function show() {
    box.hidden = !state.compare.length;
    document.body.classList.toggle('is-comparing', !box.hidden);
    plan?.hush(!box.hidden);
    if (box.hidden) { parts?.end(); parts = null; found = null; fill(box); return; }
    into(box, load, (answer) => { found = answer; pair = found.length > 2 ? [1, 2] : [0, 1]; draw(); });
  }
  onChange(['compare', ...QUESTION], (names) => { if (state.compare.length || names.has('compare')) show(); });
  onChange(['layers'], draw);
  onLanguage(() => { if (state.compare.length) show(); });
  show();
}
