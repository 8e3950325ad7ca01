// what is asked and what is shown; the address bar holds all of it
import { recall, keep, forget } from './words.js';

export const TABS = ['circle', 'week', 'gaps', 'worth', 'scenario', 'siting', 'curve', 'report'];
export const RULES = ['terrain', 'official', 'radius'];
export const LAYERS = ['streets', 'overlap', 'uncovered', 'districts', 'scopes', 'stations'];
/** The parts of a question, as the server takes them. */
export const QUESTION = ['scope', 'demand', 'minutes', 'services', 'at', 'as_of', 'rule', 'depth'];
const FIRST = {
  scope: '', demand: '', minutes: 15, services: [], at: '', as_of: '', rule: 'terrain', depth: 1,
  scenario: 0, compare: [], tab: 'circle', station: 0, layers: ['streets', 'scopes', 'stations'], map: null, changes: [],
};
// an address longer than this is cut by some of what carries it
const MOST_IN_ADDRESS = 6000;
const DRAFT = 'harbor.plan.changes';

// the changes of scenarios as they were saved, by id
const saved = new Map();
const listeners = [];
export const state = { ...FIRST };

const whole = (text, least, most, otherwise) => {
  const value = Number(text);
  return text !== null && Number.isInteger(value) && value >= least && value <= most ? value : otherwise;
};
const among = (value, known, otherwise) => (known.includes(value) ? value : otherwise);
const list = (text) => (text || '').split(',').filter(Boolean);
const moment = (text) => (/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text || '') ? text : '');
const day = (text) => (/^\d{4}-\d\d-\d\d$/.test(text || '') ? text : '');

function place(text) {
  const parts = (text || '').split('/').map(Number);
  return parts.length === 3 && parts.every(Number.isFinite) ? { zoom: parts[0], lat: parts[1], lon: parts[2] } : null;
}

/** Changes that no scenario holds yet travel in the fragment, which no server is told. */
function changesOf(hash, scenario) {
  const text = new URLSearchParams(hash.slice(1)).get('changes');
  if (!text) return saved.get(scenario) || [];
  try {
    const found = text === 'kept' ? recall(DRAFT, []) : JSON.parse(text);
    return Array.isArray(found) ? found : [];
  } catch (error) { return []; }
}

function read() {
  const given = new URLSearchParams(location.search);
  return {
    scope: given.get('scope') || '', demand: given.get('demand') || '', minutes: whole(given.get('minutes'), 5, 30, FIRST.minutes),
    services: list(given.get('services')), at: moment(given.get('at')), as_of: day(given.get('as_of')), rule: among(given.get('rule'), RULES, FIRST.rule),
    depth: whole(given.get('depth'), 1, 3, 1), scenario: whole(given.get('scenario'), 1, 2 ** 31, 0),
    compare: list(given.get('compare')).map(Number).filter((one) => Number.isInteger(one) && one >= 0),
    tab: among(given.get('tab'), TABS, FIRST.tab), station: whole(given.get('station'), 1, 2 ** 31, 0),
    layers: given.has('layers') ? list(given.get('layers')).filter((one) => LAYERS.includes(one)) : FIRST.layers,
    map: place(given.get('map')), changes: changesOf(location.hash, whole(given.get('scenario'), 1, 2 ** 31, 0)),
  };
}

function address() {
  const told = new URLSearchParams();
  for (const name of [...QUESTION, 'scenario', 'compare', 'tab', 'station']) {
    const value = Array.isArray(state[name]) ? state[name].join(',') : state[name];
    if (String(value) !== String(Array.isArray(FIRST[name]) ? FIRST[name].join(',') : FIRST[name])) told.set(name, value);
  }
  if (state.layers.join() !== FIRST.layers.join()) told.set('layers', state.layers.join(','));
  if (state.map) told.set('map', `${state.map.zoom}/${state.map.lat.toFixed(5)}/${state.map.lon.toFixed(5)}`);
  const query = told.toString().replace(/%2C/g, ',').replace(/%2F/g, '/').replace(/%3A/g, ':');
  return `${location.pathname}${query ? `?${query}` : ''}${fragment()}`;
}

function fragment() {
  if (same(state.changes, saved.get(state.scenario) || [])) { forget(DRAFT); return ''; }
  const text = JSON.stringify(state.changes);
  if (text.length < MOST_IN_ADDRESS) return `#changes=${encodeURIComponent(text)}`;
  keep(DRAFT, state.changes);
  return '#changes=kept';
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function take(patch) {
  const changed = new Set(Object.keys(patch).filter((name) => !same(patch[name], state[name])));
  Object.assign(state, patch);
  return changed;
}

function tell(changed) {
  for (const { names, listener } of listeners) if (names.some((name) => changed.has(name))) listener(changed);
}

/** Change what is asked or shown; a deliberate step can be taken back by the browser's own button. */
export function change(patch, { step = false } = {}) {
  const changed = take(patch);
  if (!changed.size) return;
  history[step ? 'pushState' : 'replaceState'](null, '', address());
  tell(changed);
}

/** Call back with the set of changed names after one of them changed. */
export function onChange(names, listener) { listeners.push({ names, listener }); }

/** The question as the server takes it. */
export const question = () => Object.fromEntries(QUESTION.map((name) => [name, state[name] === '' ? null : state[name]]));

/** What every answer depends on, as the server takes it. */
export const asked = () => ({ question: question(), changes: state.changes });

/** Note what a scenario holds, so that the address need not repeat it. */
export function remember(id, changes) { saved.set(id, changes); }

/** Whether what a scenario holds is known. */
export const isKnown = (id) => saved.has(id);

/** Whether the address brought changes of its own. */
export const hasChanges = () => location.hash.startsWith('#changes=');

take(read());
window.addEventListener('popstate', () => tell(take(read())));
