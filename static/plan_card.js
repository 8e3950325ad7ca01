// one station: its own circle on the map, its people, who would go where; and what may be changed about it
import { ask, config, drop, into } from './plan_ask.js';
import { addChange, dropChange, HOURS } from './plan_changes.js';
import { el, fill } from './dom.js';
import { button, hourName, number, WEEKDAYS } from './plan_say.js';
import { asked, change, onChange, state } from './plan_state.js';
import { onLanguage, say } from './words.js';

function week(hours) {
  const most = Math.max(...hours, 1);
  const rows = WEEKDAYS.map(([zh, en], day) => el('tr', {}, el('th', { scope: 'row' }, say(zh, en)), ...Array.from({ length: 24 }, (_, hour) => {
    const cell = el('td', { title: `${hourName(day * 24 + hour)} · ${number(hours[day * 24 + hour])}` });
    cell.style.setProperty('--heat', (hours[day * 24 + hour] / most).toFixed(3));
    return cell;
  })));
  return el('table', { class: 'heat-table is-small' }, el('caption', {}, say(`只靠它的人,按小时(最多 ${number(most)})`, `People only it covers, by the hour (at most ${number(most)})`)), el('tbody', {}, ...rows));
}

/** Choose hours among usual ones, or write them as in OpenStreetMap; leave: what is as registered stays so. */
export function hoursField(value, onPick, { leave = null } = {}) {
  const same = leave && value === undefined;
  const known = same || HOURS.some(([text]) => text === (value || ''));
  const own = el('input', { type: 'text', value: value || '', 'aria-label': say('开放时间', 'Opening hours'), hidden: known, placeholder: 'Mo-Fr 09:00-17:00', onchange: () => onPick(own.value.trim() || null) });
  const box = el('select', { 'aria-label': say('开放时间', 'Opening hours'), onchange: () => { own.hidden = box.value !== '*'; if (box.value === '*') own.focus(); else if (box.value === '=') leave(); else onPick(box.value || null); } },
    leave ? el('option', { value: '=', selected: same }, say('照登记', 'As registered')) : '',
    ...HOURS.map(([text, zh, en]) => el('option', { value: text, selected: !same && known && text === (value || '') }, say(zh, en))), el('option', { value: '*', selected: !known }, say('自己写…', 'Write them…')));
  return el('div', { class: 'field' }, el('span', { class: 'label' }, say('开放时间', 'Hours')), box, own);
}

/** Choose services. */
export function servicesField(chosen, onPick) {
  return el('div', { class: 'field' }, el('span', { class: 'label' }, say('服务', 'Services')), el('div', { class: 'chips' }, ...config.services.map((one) => el('button', {
    type: 'button', class: 'chip', 'aria-pressed': String(chosen.includes(one.code)), onclick: () => onPick(chosen.includes(one.code) ? chosen.filter((code) => code !== one.code) : [...chosen, one.code]),
  }, say(one.name, one.name_en)))));
}

/** The card of the chosen station; stations: by id, of the register. */
export function buildCard(box, { map, stations }) {
  let open = null;
  let worth = null;
  let reach = null;

  const changeOf = (kind) => state.changes.find((one) => one.kind === kind && one.station === open);
  const known = () => stations().get(open);

  function close() {
    box.hidden = true;
    open = null;
    map?.reach(null);
    drop('catchment');
    drop('worth-of');
    if (state.station) change({ station: 0 });
  }

  function edits(one) {
    const closed = changeOf('close');
    return el('details', { class: 'edit', open: state.tab === 'scenario' }, el('summary', {}, say('在方案里改动', 'Change it in the scenario')),
      el('div', { class: 'buttons' }, closed ? button('恢复', 'Keep it after all', () => dropChange(closed), 'small') : button('撤销站点', 'Close it', () => addChange({ kind: 'close', station: open }), 'small is-brick'),
        changeOf('move') ? button('放回原处', 'Back to its place', () => dropChange(changeOf('move')), 'small') : el('small', { class: 'soft' }, say('要迁移:在“方案”里把它的标记拖走。', 'To move it, drag its sign while the tab Scenario is open.'))),
      hoursField(changeOf('hours')?.hours, (hours) => addChange({ kind: 'hours', station: open, hours }), { leave: () => { if (changeOf('hours')) dropChange(changeOf('hours')); } }),
      servicesField(changeOf('services')?.services || one.services || [], (services) => addChange({ kind: 'services', station: open, services })));
  }

  const named = (other) => { const one = stations().get(other.id); return one ? say(one.name, one.name_en) : other.name; };

  function draw() {
    const one = known();
    const title = one ? say(one.name, one.name_en) : worth?.name || '';
    const facts = el('dl', { class: 'facts' }, ...[
      [say('走得到的人', 'People in reach'), reach && number(reach.people)], [say('只靠它的人', 'Only it'), worth ? number(worth.sole) : reach && number(reach.sole)],
      [say('街道', 'Streets'), reach && (reach.street_km === null ? '–' : `${reach.street_km.toFixed(1)} km`)],
    ].flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value ?? '…')]));
    const falls = worth && el('div', {}, el('p', { class: 'soft' }, worth.falls_to.length ? say('撤了它,这些人会去:', 'Without it, its people would go to:') : say('撤了它,没有人能去别处。', 'Without it, nobody has another.')),
      el('ul', { class: 'falls' }, ...worth.falls_to.slice(0, 4).map((other) => el('li', {}, el('button', { type: 'button', class: 'link', onclick: () => show(other.id) }, named(other)), ` ${number(other.people)}`))),
      worth.extra_minutes ? el('p', { class: 'soft' }, say(`平均多走 ${worth.extra_minutes.toFixed(1)} 分钟`, `${worth.extra_minutes.toFixed(1)} minutes more on average`)) : '');
    fill(box, el('button', { type: 'button', class: 'close', 'aria-label': say('关闭', 'Close'), onclick: close }, '×'), el('h2', {}, title), one ? el('p', { class: 'soft' }, one.code || '', ' ', el('a', { href: `/manage/stations/${one.id}` }, say('打开记录', 'Open the record'))) : '',
      facts, falls || '', worth && Math.max(...worth.hours) > 0 ? week(worth.hours) : '', one ? edits(one) : '');
  }

  function load() {
    const at = open;
    // who is closed covers nobody any more: its circle of before stays
    if (changeOf('close')) return;
    const more = el('div', {});
    box.append(more);
    into(more, () => ask('/plan/catchment', { ...asked(), station: at }, { channel: 'catchment' }), (found) => {
      if (open !== at) return;
      reach = found;
      const one = known();
      map?.reach(found.polygon, one && (changeOf('move') ? [changeOf('move').lat, changeOf('move').lon] : [one.lat, one.lon]));
      draw();
    });
    into(el('div', {}), () => ask(`/plan/worth/${at}`, asked(), { channel: 'worth-of' }), (found) => { if (open === at) { worth = found; draw(); } });
  }

  function show(id, { step = true } = {}) {
    if (open !== id) { reach = null; worth = null; }
    open = id;
    box.hidden = false;
    draw();
    load();
    change({ station: id }, { step });
  }

  onChange(['scope', 'demand', 'minutes', 'services', 'at', 'as_of', 'rule', 'changes'], () => { if (open) { draw(); load(); } });
  onChange(['station'], () => { if (state.station === (open || 0)) return; if (state.station) show(state.station, { step: false }); else close(); });
  onLanguage(() => { if (open) draw(); });
  box.addEventListener('keydown', (event) => { if (event.key === 'Escape') close(); });
  return { show };
}
