// the changes of a scenario, as the server takes them: add, take back, say in a sentence
import { config } from './plan_ask.js';
import { change, state } from './plan_state.js';
import { say } from './words.js';

export const HOURS = [
  ['24/7', '全天', 'Day and night'], ['Mo-Su 06:00-22:00', '每天 6–22 时', 'Daily 6–22'], ['Mo-Su 08:00-20:00', '每天 8–20 时', 'Daily 8–20'],
  ['Mo-Fr 09:00-17:00', '工作日 9–17 时', 'Weekdays 9–17'], ['', '时间不明', 'Hours not known'],
];
const SIGNS = { open: '+', move: '→', close: '×', hours: '◷', services: '✓' };
let past = [];
// the highest number that a new station of this scenario ever had
let used = 0;
const highest = (changes) => Math.max(used, ...changes.filter((one) => one.kind === 'open').map((one) => Number(String(one.key).slice(1)) || 0));

/** Put other changes in place of all; the step can be taken back. */
export function setChanges(changes, { step = true, live = false } = {}) {
  used = highest(state.changes);
  if (!live) past = [...past.slice(-49), state.changes];
  change({ changes }, { step });
}

/** Forget what can be taken back: another scenario was opened. */
export function forgetPast() { past = []; used = 0; }
export const canUndo = () => past.length > 0;

/** Take the last step back. */
export function undo() {
  const before = past.pop();
  if (before) change({ changes: before }, { step: false });
}

/** The key of the next new station; one that was dropped leaves its key to nobody. */
const nextKey = (changes) => { used = highest(changes) + 1; return `n${used}`; };
const onto = (one, other) => (one.kind === other.kind && (one.kind === 'open' ? one.key === other.key : one.station === other.station));

/** Add a change; one of the same kind of the same station takes the place of the earlier. */
export function addChange(given, options) {
  const made = given.kind === 'open' && (!given.key || state.changes.some((one) => one.kind === 'open' && one.key === given.key && !options?.live && !options?.edit)) ? { ...given, key: nextKey(state.changes) } : given;
  const at = state.changes.findIndex((one) => onto(one, made));
  const changes = at < 0 ? [...state.changes, made] : state.changes.map((one, index) => (index === at ? made : one));
  setChanges(changes, options);
  return made;
}

/** Take one change out. */
export const dropChange = (given) => setChanges(state.changes.filter((one) => one !== given));

/** A new station at a place, with a name of its own. */
export function openAt(lon, lat) {
  const count = state.changes.filter((one) => one.kind === 'open').length + 1;
  return addChange({
    kind: 'open', name: `新站点 ${count}`, name_en: `New station ${count}`, lon: Number(lon.toFixed(6)), lat: Number(lat.toFixed(6)),
    services: state.services.length ? [...state.services] : ['toilet', 'water'].filter((code) => config.services.some((one) => one.code === code)), hours: '24/7',
  });
}

/** A change in words; name: (station id) => what the station is called. */
export function sayChange(one, name) {
  const called = one.kind === 'open' ? say(one.name, one.name_en) : name(one.station);
  const serving = (one.services || []).map((code) => config.services.find((service) => service.code === code)).filter(Boolean).map((service) => say(service.name, service.name_en)).join(say('、', ', '));
  const words = {
    open: () => say(`新设 ${called}`, `Open ${called}`), move: () => say(`迁移 ${called}`, `Move ${called}`), close: () => say(`撤销 ${called}`, `Close ${called}`),
    hours: () => say(`${called} 开放改为 ${hoursName(one.hours)}`, `${called}: open ${hoursName(one.hours)}`), services: () => say(`${called} 服务改为 ${serving || '无'}`, `${called}: offer ${serving || 'nothing'}`),
  };
  return { sign: SIGNS[one.kind], text: words[one.kind] ? words[one.kind]() : one.kind };
}

export function hoursName(text) {
  const known = HOURS.find(([value]) => value === (text || ''));
  return known ? say(known[1], known[2]) : text;
}
