// what each station is worth: people it covers, people only it covers, the ones that add nothing
import { answered } from './plan_ask.js';
import { el, fill } from './dom.js';
import { button, number } from './plan_say.js';
import { asked, state } from './plan_state.js';
import { onLanguage, say } from './words.js';

const COLUMNS = [['name', '站点', 'Station'], ['sole', '只靠它的人', 'Only it'], ['night', '夜里只靠它', 'At night'], ['covers', '走得到的人', 'Covers']];
const PAGE = 60;

/** Build the tab; named: (station) => what it is called in the reader's language. */
export function buildWorth(box, { onStation, named }) {
  let by = 'sole';
  let down = true;
  let idle = false;
  let shown = PAGE;
  let words = '';

  function sorted(stations) {
    const kept = stations.filter((one) => (!idle || one.sole === 0) && (!words || `${one.name} ${named(one)} ${one.code}`.toLowerCase().includes(words)));
    const order = by === 'name' ? (a, b) => a.name.localeCompare(b.name, 'zh') : (a, b) => a[by] - b[by] || a.covers - b.covers;
    kept.sort((a, b) => (down ? -order(a, b) : order(a, b)));
    return kept;
  }

  function head([key, zh, en]) {
    const on = key === by;
    return el('th', { scope: 'col', class: key === 'name' ? '' : 'right', 'aria-sort': on ? (down ? 'descending' : 'ascending') : 'none' },
      el('button', { type: 'button', onclick: () => { down = on ? !down : key !== 'name'; by = key; part.redraw(); box.querySelector(`th[aria-sort]:not([aria-sort="none"]) button`)?.focus(); } }, say(zh, en), on ? (down ? ' ↓' : ' ↑') : ''));
  }

  const row = (one) => el('tr', { class: one.id === state.station ? 'is-on' : '' }, el('th', { scope: 'row' }, el('button', { type: 'button', class: 'link', onclick: () => onStation(one.id) }, named(one)), el('small', {}, one.code || '')),
    el('td', { class: one.sole ? '' : 'is-nothing' }, one.sole ? el('b', {}, number(one.sole)) : say('0 不增加', '0 adds none')), el('td', {}, number(one.night)), el('td', {}, number(one.covers)));

  function draw(found) {
    const focused = document.activeElement?.id === 'worth-words';
    const list = sorted(found.stations);
    const find = el('input', { type: 'search', id: 'worth-words', value: words, placeholder: say('按名称或编号找', 'Name or number'), 'aria-label': say('按名称或编号找', 'Name or number'), oninput: () => { words = find.value.trim().toLowerCase(); shown = PAGE; part.redraw(); } });
    fill(box, el('section', {}, el('h2', {}, say('少了它,谁走不到', 'Who is left out without it')), el('p', { class: 'definition' }, say('只靠它的人:撤了这个站点,再没有别的站点走得到。夜里:22 时到 6 时,按小时平均。', 'Only it: people who would reach no other station if this one closed. At night: from 22:00 to 6:00, the mean of an hour.')),
      el('div', { class: 'split' }, find, el('button', { type: 'button', class: 'chip', 'aria-pressed': String(idle), onclick: () => { idle = !idle; shown = PAGE; part.redraw(); } }, say(`不增加覆盖的 ${found.nothing} 站`, `${found.nothing} add nothing`)))),
    list.length ? el('table', { class: 'list' }, el('thead', {}, el('tr', {}, ...COLUMNS.map(head))), el('tbody', {}, ...list.slice(0, shown).map(row)))
      : el('p', { class: 'empty' }, say('没有符合的站点。换个词,或去掉筛选。', 'No station fits. Use another word, or take the filter away.')),
    list.length > shown ? button(`再看 ${Math.min(PAGE, list.length - shown)} 站(共 ${list.length})`, `${Math.min(PAGE, list.length - shown)} more of ${list.length}`, () => { shown += PAGE; part.redraw(); }, 'wide') : '');
    if (focused) { const field = box.querySelector('#worth-words'); field.focus(); field.setSelectionRange(field.value.length, field.value.length); }
  }

  const part = answered(box, '/plan/worth', asked, draw);
  onLanguage(part.redraw);
  return { show: part.show, redraw: part.redraw };
}
