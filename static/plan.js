// the planner's workbench: settings on the left, the map beneath, answers on the right
import { areaDialog } from './plan_areas.js';
import { answered, ask, config, into, settled, throttled, Trouble, trouble } from './plan_ask.js';
import { buildCard } from './plan_card.js';
import { buildCircle, RULE_NAMES, shareOf } from './plan_circle.js';
import { buildCompare } from './plan_compare.js';
import { buildControls } from './plan_controls.js';
import { buildCurve } from './plan_curve.js';
import { el, fill } from './dom.js';
import { buildGaps } from './plan_gaps.js';
import { drawLegend, openPlanMap } from './plan_map.js';
import { buildReport } from './plan_report.js';
import { openScenario } from './plan_saved.js';
import { buildScenario } from './plan_scenario.js';
import { buildSiting } from './plan_siting.js';
import { loadStations, stationsOn } from './plan_stations.js';
import { asked, change, hasChanges, isKnown, onChange, QUESTION, state, TABS } from './plan_state.js';
import { buildWeek } from './plan_week.js';
import { buildWorth } from './plan_worth.js';
import { languageSwitch, onLanguage, say } from './words.js';

const byId = (id) => document.getElementById(id);
const NAMES = {
  circle: ['圈', 'Circle'], week: ['一周', 'Week'], gaps: ['缺口', 'Gaps'], worth: ['价值', 'Worth'], scenario: ['方案', 'Scenario'], siting: ['选址', 'Siting'], curve: ['历年', 'Over time'], report: ['报告', 'Report'],
};
// a hand that drags is followed this often; streets and areas come once it rests
const FOLLOW = 90;
const REST = 260;
const ASKED = [...QUESTION, 'changes'];

languageSwitch(byId('language'));
let stations = new Map();
let figures = null;
const named = (one) => { const known = stations.get(one.id); return known ? say(known.name, known.name_en) : one.name; };
const panel = (name) => byId(`tab-${name}`);

// ---- tabs
function drawTabs() {
  fill(byId('tabs'), el('button', { type: 'button', role: 'tab', id: 'of-controls', class: 'only-narrow', 'aria-controls': 'controls', 'aria-selected': 'false', onclick: () => face(true) }, say('条件', 'Settings')),
    ...TABS.map((name) => el('button', { type: 'button', role: 'tab', id: `of-${name}`, 'aria-controls': `tab-${name}`, 'aria-selected': 'false', onclick: () => { face(false); change({ tab: name, compare: [] }, { step: true }); } }, say(...NAMES[name]))));
  mark();
}
function face(controls) { document.body.classList.toggle('is-setting', controls); mark(); }
function mark() {
  const setting = document.body.classList.contains('is-setting');
  byId('of-controls').setAttribute('aria-selected', String(setting));
  for (const name of TABS) {
    const on = name === state.tab;
    byId(`of-${name}`).setAttribute('aria-selected', String(on && !setting));
    byId(`of-${name}`).tabIndex = on ? 0 : -1;
    panel(name).hidden = !on;
  }
  byId(`of-${state.tab}`).scrollIntoView({ block: 'nearest', inline: 'nearest' });
}
byId('tabs').addEventListener('keydown', (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = TABS[(TABS.indexOf(state.tab) + step + TABS.length) % TABS.length];
  face(false);
  change({ tab: next });
  byId(`of-${next}`).focus();
});
drawTabs();

const controls = buildControls();
drawLegend(byId('legend'));
onChange(['layers', 'minutes'], () => drawLegend(byId('legend')));
onLanguage(() => { drawTabs(); drawLegend(byId('legend')); });

const plan = await openPlanMap(byId('map'), config);
const card = buildCard(byId('card'), { map: plan, stations: () => stations });
const siting = buildSiting(panel('siting'), { plan, districts: () => figures?.districts || [] });
const tabs = {
  circle: buildCircle(panel('circle'), { zoom: (adcode) => plan?.district(adcode) }),
  week: buildWeek(panel('week')),
  gaps: buildGaps(panel('gaps'), { map: plan, onStation: card.show, named, districts: () => figures?.districts || [] }),
  worth: buildWorth(panel('worth'), { named, onStation: (id) => { card.show(id); const one = stations.get(id); if (one) plan?.go(one.lat, one.lon); } }),
  scenario: buildScenario(panel('scenario'), { plan, card, stations: () => stations, onCompare: (ids) => change({ compare: ids }, { step: true }) }),
  siting,
  curve: buildCurve(panel('curve')),
  report: buildReport(panel('report'), { figures: () => figures, siting: () => siting.stored() }),
};
buildCompare(byId('compare'), { plan, stage: byId('stage') });
const areas = areaDialog({ plan, onMade: () => { controls.places(); loadAreas(); } });
byId('controls-body').addEventListener('click', (event) => { if (event.target.closest('#new-area')) areas.open(); else if (event.target.closest('#drop-area')) areas.remove(config.scopes.find((one) => one.code === state.scope)); });

// ---- the figures: people at once, streets and areas when the hand rests
const box = panel('circle');
async function measure(parts) {
  byId('answers').setAttribute('aria-busy', 'true');
  try {
    const found = await ask('/plan/figures', { ...asked(), parts }, { channel: 'figures' });
    if (!found) return;
    byId('fault').hidden = true;
    // streets and areas of a moment ago stay until theirs are counted anew
    if (parts === 'people' && figures) for (const [rule, now] of Object.entries(found.rules)) found.rules[rule] = { ...figures.rules[rule], ...now };
    figures = found;
    tabs.circle.show(found);
    tabs.scenario.figures(found);
    siting.districts();
    plan?.areas.shares(new Map(found.districts.map((one) => [one.adcode, shareOf(one.rules[RULE_NAMES[state.rule][0]])])));
    if (parts === 'all') { plan?.streets(found.key); rest(); }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    byId('fault').hidden = false;
    fill(byId('fault'), trouble(error.message, () => measure('all')));
    box.querySelector('.bones')?.remove();
  } finally { byId('answers').removeAttribute('aria-busy'); }
}
const follow = throttled(() => measure('people'), FOLLOW);
const whole = settled(() => measure('all'), REST);

// ---- what else is seen of the same question
const uncovered = plan && answered(byId('layer-said'), '/plan/uncovered', asked, (found) => { fill(byId('layer-said')); plan.uncovered.fill(found.points); });
function rest() {
  if (state.tab !== 'circle' && state.tab !== 'scenario' && state.tab !== 'report' && state.tab !== 'siting') tabs[state.tab].show();
  if (plan && state.layers.includes('uncovered')) uncovered.show();
}
onChange(ASKED, () => { follow(); whole(); });
onChange(['layers'], () => { if (plan && state.layers.includes('uncovered')) uncovered.show(); });
onChange(['tab'], () => { mark(); plan?.mark([]); tabs[state.tab].show(figures || undefined); });

async function loadAreas() {
  if (!plan) return;
  for (const name of ['scopes', 'districts']) into(byId('layer-said'), () => ask(`/manage/map/${name === 'scopes' ? 'scope' : name}.geojson`, undefined, { channel: name }), (found) => { fill(byId('layer-said')); plan.areas.fill(name, found); });
}

/** Open the scenario of the address, unless it brings changes made since. */
async function opened() {
  if (!state.scenario || isKnown(state.scenario) || hasChanges()) return;
  try { await openScenario(state.scenario); } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    fill(byId('fault'), trouble(error.message));
    byId('fault').hidden = false;
  }
}
onChange(['scenario'], opened);

async function begin() {
  await opened();
  await measure('all');
  loadAreas();
  stations = await loadStations();
  if (plan) stationsOn(plan.map, stations, (id) => { if (typeof id === 'number') card.show(id); else { change({ tab: 'scenario' }, { step: true }); tabs.scenario.edit(id); } });
  if (state.station) card.show(state.station, { step: false });
  if (state.tab !== 'circle') tabs[state.tab].show();
}
begin();
