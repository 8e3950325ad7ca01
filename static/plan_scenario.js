// a scenario: stations dragged in, moved, closed; figures follow; what was done can be taken back
import { addChange, canUndo, dropChange, openAt, sayChange, setChanges, undo } from './plan_changes.js';
import { hoursField, servicesField } from './plan_card.js';
import { el, fill } from './dom.js';
import { buildSaved } from './plan_saved.js';
import { buildPasted } from './plan_pasted.js';
import { RULE_NAMES, shareOf } from './plan_circle.js';
import { button, countUp, number, percent, points, signed } from './plan_say.js';
import { change, onChange, state } from './plan_state.js';
import { onLanguage, say } from './words.js';

const FAR_PIXELS = 6;

/** Let a button be carried onto the map; a tap arms the map for the next tap instead. */
function carried(handle, map, { onDrop, onArm }) {
  let ended = 0;
  handle.addEventListener('pointerdown', (event) => {
    if (event.button) return;
    const from = [event.clientX, event.clientY];
    let ghost = null;
    const move = (to) => {
      if (!ghost && Math.hypot(to.clientX - from[0], to.clientY - from[1]) < FAR_PIXELS) return;
      if (!ghost) { ghost = el('div', { class: 'ghost', 'aria-hidden': 'true' }, '+'); document.body.append(ghost); }
      ghost.style.transform = `translate(${to.clientX}px, ${to.clientY}px)`;
      to.preventDefault();
    };
    const end = (to) => {
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', end);
      removeEventListener('pointercancel', end);
      if (!ghost) return;
      ghost.remove();
      ended = performance.now();
      const under = document.elementFromPoint(to.clientX, to.clientY);
      if (to.type === 'pointerup' && under && map.getContainer().contains(under)) {
        const box = map.getContainer().getBoundingClientRect();
        onDrop(map.containerPointToLatLng([to.clientX - box.left, to.clientY - box.top]));
      }
    };
    addEventListener('pointermove', move, { passive: false });
    addEventListener('pointerup', end);
    addEventListener('pointercancel', end);
  });
  // a click right after is the end of that way, not a tap
  handle.addEventListener('click', () => { if (performance.now() - ended > 80) onArm(); });
}

/** Build the tab. card opens a station; stations: () => by id. */
export function buildScenario(box, { plan, card, stations, onCompare }) {
  let found = null;
  let edited = null;
  let arming = null;
  const head = el('section', { class: 'headline' });
  const tools = el('section', { class: 'tools' });
  const list = el('section', {});
  const lapsed = el('div', { role: 'status' });
  const savedBox = el('section', {});
  const pastedBox = el('section', {});
  const figure = el('strong', { class: 'figure' });
  const detail = el('p', { class: 'count' });
  const name = (id) => { const one = stations().get(id); return one ? say(one.name, one.name_en) : `#${id}`; };

  function put(latlng) {
    const made = openAt(latlng.lng, latlng.lat);
    edited = made.key;
    disarm();
    draw();
  }

  function arm() {
    if (!plan) return;
    if (arming) { disarm(); return; }
    const bar = el('div', { class: 'arm', role: 'status' }, el('span', {}, say('点地图放下站点', 'Tap the map to put the station')),
      button('放在地图中间', 'Put it in the middle', () => put(plan.middle()), 'small'), button('取消', 'Cancel', disarm, 'small'));
    plan.map.getContainer().parentElement.append(bar);
    plan.map.getContainer().classList.add('is-arming');
    const onTap = (event) => put(event.latlng);
    plan.map.once('click', onTap);
    arming = () => { bar.remove(); plan.map.off('click', onTap); plan.map.getContainer().classList.remove('is-arming'); arming = null; };
    bar.querySelector('button').focus({ preventScroll: true });
  }
  function disarm() { arming?.(); }

  function drawHead() {
    const rule = RULE_NAMES[state.rule][0];
    const now = found && found.rules[rule];
    const base = found && found.base && found.base[rule];
    if (!now || !base || !state.changes.length) {
      countFrom(0);
      fill(head, el('h2', {}, say('方案', 'Scenario')), el('p', { class: 'definition' }, say('加站、迁站、撤站、改时间、改服务,看走得到的人怎样变。登记里的站点不会动。', 'Add, move or close stations, change hours or services, and see who is covered then. The register itself stays as it is.')));
      return;
    }
    const gained = (shareOf(now) - shareOf(base)) * now.people_total;
    fill(head, el('h2', {}, say('比现状', 'Against what is now')), el('div', { class: 'figure-line' }, figure, detail));
    figure.classList.toggle('is-worse', gained < 0);
    countUp(figure, gained, signed);
    fill(detail, say(`${percent(shareOf(base))} → `, `${percent(shareOf(base))} → `), el('b', {}, percent(shareOf(now))), el('br'), say(`${points(shareOf(now) - shareOf(base))} 个百分点 · ${number(now.people_total)} 人`, `${points(shareOf(now) - shareOf(base))} points of ${number(now.people_total)} people`));
  }
  const countFrom = (value) => { figure.shown = value; };

  function drawTools() {
    const handle = el('button', { type: 'button', class: 'main', id: 'put-station' }, el('span', { class: 'plus', 'aria-hidden': 'true' }, '+'), say('放一个站点:拖到图上,或点一下', 'A station: drag it onto the map, or tap'));
    if (plan) carried(handle, plan.map, { onDrop: put, onArm: arm });
    else handle.disabled = true;
    fill(tools, handle, el('div', { class: 'buttons' }, canUndo() ? button('撤回一步', 'Undo', undo, 'small') : '', state.changes.length ? button('全部清除', 'Clear all', () => { edited = null; setChanges([]); change({ scenario: 0 }); }, 'small') : ''));
  }

  function editor(one) {
    const put_ = (patch) => addChange({ ...one, ...patch }, { edit: true });
    const called = el('input', { type: 'text', value: say(one.name, one.name_en), 'aria-label': say('名称', 'Name'), maxlength: 100, onchange: () => put_({ name: called.value.trim() || one.name, name_en: called.value.trim() || one.name }) });
    return el('div', { class: 'editor' }, el('div', { class: 'field' }, el('span', { class: 'label' }, say('名称', 'Name')), called), hoursField(one.hours, (hours) => put_({ hours })), servicesField(one.services || [], (services) => put_({ services })));
  }

  function row(one) {
    const told = sayChange(one, name);
    const key = one.kind === 'open' ? one.key : one.station;
    const go = () => {
      const known = stations().get(one.station);
      const at = one.lat === undefined ? known : one;
      if (at) plan?.go(at.lat, at.lon);
      if (one.kind === 'open') { edited = edited === key ? null : key; draw(); } else card.show(one.station);
    };
    return el('li', { class: `change is-${one.kind}` }, el('button', { type: 'button', class: 'change-head', onclick: go, 'aria-expanded': one.kind === 'open' ? String(edited === key) : null }, el('i', { 'aria-hidden': 'true' }, told.sign), el('span', {}, told.text)),
      el('button', { type: 'button', class: 'close', 'aria-label': say(`去掉:${told.text}`, `Take out: ${told.text}`), onclick: () => dropChange(one) }, '×'), one.kind === 'open' && edited === key ? editor(one) : '');
  }

  function drawList() {
    const shown = state.changes.slice(0, 200);
    fill(list, el('h3', {}, say(`改动 ${state.changes.length} 项`, state.changes.length === 1 ? '1 change' : `${state.changes.length} changes`)), state.changes.length ? el('ul', { class: 'changes' }, ...shown.map(row))
      : el('p', { class: 'empty' }, say('还没有改动。把上面的标记拖到图上,点一个已有站点,或在“缺口”里试一试。', 'No changes yet. Drag the sign above onto the map, click a station, or try a mend under Gaps.')));
  }

  function draw() { drawHead(); drawTools(); drawList(); }

  fill(box, head, tools, lapsed, list, pastedBox, savedBox);
  const saved = buildSaved(savedBox, { onCompare });
  buildPasted(pastedBox);
  draw();
  onChange(['changes', 'tab'], (names) => { if (names.has('tab')) disarm(); draw(); });
  onLanguage(draw);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') disarm();
    if ((event.ctrlKey || event.metaKey) && event.key === 'z' && state.tab === 'scenario' && !event.target.closest('input, textarea') && canUndo()) { event.preventDefault(); undo(); }
  });
  return {
    show() { draw(); saved.show(); },
    figures(answer) { found = answer; drawHead(); fill(lapsed, ...(answer.lapsed || []).map((one) => el('p', { class: 'warning' }, say(one.zh, one.en)))); },
    edit(key) { edited = key; draw(); },
  };
}
