// the form of a station: saves itself, says what it finds, keeps pin and degrees together
import { el, fill, pageData } from './dom.js';
import { openFormMap } from './station_form_map.js';
import { keepTyped } from './station_form_kept.js';
import { startWeek } from './station_form_week.js';
import { say, onLanguage } from './words.js';

const PAUSE = { hints: 500, save: 1500, find: 300 };
const byId = (id) => document.getElementById(id);
const form = byId('station-form');
const field = (name) => form.elements.namedItem(name);
const saved = byId('saved');
const HINTS = '/manage/stations/form/hints';
const SHARED = '/manage/stations/form/shared';

for (const node of document.querySelectorAll('[data-needs-script]')) node.hidden = false;

/** Call back when nothing more has come for a while. */
function paused(work, wait) {
  let timer = 0;
  return () => { clearTimeout(timer); timer = setTimeout(work, wait); };
}

// values of a person leave this page with a button alone, never by themselves
const PERSONAL = 'keeper_';
const personal = () => [...form.elements].filter((input) => input.name.startsWith(PERSONAL));
let unsavedPerson = false;

function impersonal() {
  const data = new FormData(form);
  for (const input of personal()) data.delete(input.name);
  return data;
}

async function send(url, data) {
  const answer = await fetch(url, { method: 'POST', body: data, headers: { Accept: 'application/json' } });
  let told = {};
  try { told = await answer.json(); } catch (error) { /* an answer without words */ }
  return { status: answer.status, told };
}

// ---- what is wrong stands beside its field, once somebody was there
const touched = new Set();
let said = {};

function showFaults() {
  for (const old of form.querySelectorAll('.fault[data-live]')) {
    const input = byId(old.dataset.live);
    if (input && !(input.id in said)) { input.removeAttribute('aria-invalid'); input.removeAttribute('aria-describedby'); }
    old.remove();
  }
  for (const [name, all] of Object.entries(said)) {
    const input = byId(name);
    if (!input || !touched.has(name)) continue;
    const written = byId(`${name}-fault`);
    if (written) written.remove();
    const fault = el('p', { class: 'fault', id: `${name}-fault`, 'data-live': name }, ...all.map((words) => el('span', {}, say(...words))));
    (input.closest('.field, .day, .detail') || input).append(fault);
    if (!input.matches('input, select, textarea')) continue;
    input.setAttribute('aria-invalid', 'true');
    input.setAttribute('aria-describedby', fault.id);
  }
}

/** What the server wrote beside a field is out of date once the field changes. */
function forgetFault(name) {
  const written = byId(`${name}-fault`);
  if (!written || written.dataset.live) return;
  written.remove();
  const input = byId(name);
  if (input) { input.removeAttribute('aria-invalid'); input.removeAttribute('aria-describedby'); }
}

// ---- what is found while the form is filled in
let leaving = false;
let asked = 0;
let week = null;
const intoWeek = byId('into-week');

async function askHints() {
  if (leaving) return;
  const mine = asked += 1;
  let answer;
  try { answer = await send(HINTS, impersonal()); } catch (error) { return; }
  // an older answer must not stand over a newer one
  if (mine !== asked || answer.status !== 200) return;
  const { slots, place, errors, warnings } = answer.told;
  for (const [id, markup] of Object.entries(slots)) byId(id).innerHTML = markup;
  said = { ...warnings, ...errors };
  delete said.place;
  delete said.hours_text;
  showFaults();
  week = answer.told.week;
  intoWeek.disabled = !week || field('hours_mode').value !== 'text';
  if (map) map.show(place);
}
const hintSoon = paused(askHints, PAUSE.hints);

// ---- saving by itself: one at a time, the last word wins
const autosave = form.dataset.autosave === 'yes';
let dirty = false;
let running = null;
let stopped = !autosave;

function tell(words, bad) {
  saved.classList.toggle('is-bad', Boolean(bad));
  saved.textContent = words ? say(...words) : '';
}

function take(told) {
  field('revision').value = told.revision;
  field('about').value = told.id;
  if (told.location) {
    form.setAttribute('action', told.location);
    field('once').value = told.once;
    history.replaceState(null, '', told.location);
    const next = form.querySelector('button[value="next"]');
    if (next) next.hidden = false;
  }
  tell(unsavedPerson
    ? [`已自动保存 ${told.at};负责人要点“保存”或“提交”`, `Saved ${told.at}; the keeper waits for Save or Submit`]
    : [`已自动保存 ${told.at}`, `Saved ${told.at}`]);
}

async function saveNow() {
  if (stopped || !dirty) return;
  if (!field('name').value.trim() || !field('union_id').value) { tell(['填好名称和所属工会后自动保存', 'It saves itself once name and union are there']); return; }
  if (running) { await running; return saveNow(); }
  dirty = false;
  const data = impersonal();
  data.set('autosave', '1');
  tell(['正在保存…', 'Saving…']);
  // a button called action hides the form's own property
  running = send(form.getAttribute('action'), data).then(({ status, told }) => {
    if (status === 200) return take(told);
    dirty = true;
    if (status === 409 && told.meanwhile) {
      stopped = true;
      return tell(['别人也改了这条记录:点“保存”,逐项选择', 'Somebody else changed it too: press Save and choose'], true);
    }
    if (status === 401 || status === 403) {
      stopped = true;
      return tell(['登录已过期:点“保存”,登录后接着保存,内容不会丢', 'Your login ended: press Save; nothing is lost'], true);
    }
    return tell(['还没有保存,请看提示', 'Not saved yet; see what is said beside the fields'], true);
  }, () => {
    dirty = true;
    tell(['连不上服务器,还没有保存', 'No connection; not saved yet'], true);
    saveSoon();
  }).finally(() => { running = null; });
  return running;
}
const saveSoon = paused(saveNow, PAUSE.save);

// a change request saves nothing by itself: what is typed is kept here, and leaving it is asked about
const asks = 'keeps' in form.dataset;
const kept = asks ? keepTyped(form, saved, impersonal) : null;
const keepSoon = kept && paused(kept.save, PAUSE.find);
dirty = Boolean(form.dataset.answered);

function changed(name) {
  dirty = true;
  if (kept) keepSoon();
  if (name) { touched.add(name); forgetFault(name); }
  hintSoon();
  if (autosave) saveSoon();
}
function typedPerson(input) {
  if (!input.name.startsWith(PERSONAL)) return false;
  forgetFault(input.id);
  forgetFault('keeper');
  unsavedPerson = personal().some((one) => !['checkbox', 'date'].includes(one.type) && one.value.trim());
  return true;
}
form.addEventListener('input', (event) => {
  if (!event.target.name || typedPerson(event.target)) return;
  if (['longitude', 'latitude', 'datum', 'shared'].includes(event.target.name)) forgetFault('place');
  changed(event.target.id || event.target.name);
});
form.addEventListener('change', (event) => { if (event.target.name && !typedPerson(event.target)) changed(event.target.id || event.target.name); });

// a button waits for what is being saved, so that it carries the newest revision
form.addEventListener('submit', (event) => {
  stopped = true;
  if (running && !leaving) {
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    running.finally(() => form.requestSubmit(button));
    return;
  }
  leaving = true;
  setTimeout(() => { leaving = false; stopped = !autosave; }, 4000);
}, true);
window.addEventListener('beforeunload', (event) => {
  if (kept && dirty) kept.save();
  if ((dirty || unsavedPerson) && !leaving && (autosave || asks)) event.preventDefault();
});

// ---- the place
let map = null;

function setPlace(longitude, latitude, datum) {
  field('longitude').value = longitude;
  field('latitude').value = latitude;
  field('datum').value = datum;
  forgetFault('place');
  changed('longitude');
}
const onMap = (lon, lat) => setPlace(lon.toFixed(6), lat.toFixed(6), 'wgs84');

async function readShared() {
  const box = field('shared');
  const text = box.value.trim();
  if (!text) return;
  const data = new FormData();
  data.set('csrf_token', field('csrf_token').value);
  data.set('shared', text);
  const words = byId('shared-said');
  const { status, told } = await send(SHARED, data);
  if (field('shared').value.trim() !== text) return;
  if (status !== 200) { fill(words, ...((told.errors || {}).shared || []).map((pair) => el('span', {}, say(...pair)))); return; }
  setPlace(told.longitude, told.latitude, told.datum || told.likely || '');
  box.value = '';
  if (told.datum) {
    words.textContent = say(`已读取${told.source[0]}的位置`, `Read from ${told.source[1]}`);
  } else {
    words.textContent = say('已读取坐标,请在下面选择坐标来自哪种地图', 'Read; say below which map the degrees come from');
    field('datum').focus();
  }
}
field('shared').addEventListener('input', paused(readShared, PAUSE.hints));

byId('here').addEventListener('click', () => {
  const words = byId('shared-said');
  if (!navigator.geolocation) { words.textContent = say('这台设备不提供位置', 'This device gives no position'); return; }
  words.textContent = say('正在定位…', 'Looking for your position…');
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      onMap(coords.longitude, coords.latitude);
      words.textContent = say(`已用您的位置,误差约 ${Math.round(coords.accuracy)} 米`, `Your position, within ${Math.round(coords.accuracy)} m`);
    },
    () => { words.textContent = say('没有得到位置:请允许定位,或点地图', 'No position: allow it, or click the map'); },
    { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 },
  );
});

// ---- search in the names of the map
const find = byId('find');
const results = byId('find-results');
const KINDS = { station: ['站点', 'station'], street: ['街道', 'street'] };

function hideResults() { results.hidden = true; results.replaceChildren(); }

const search = paused(async () => {
  const words = find.value.trim();
  if (!words) { hideResults(); return; }
  let answer;
  try { answer = await fetch(`/api/v1/search?q=${encodeURIComponent(words)}`); } catch (error) { return; }
  if (!answer.ok || find.value.trim() !== words) return;
  const { places } = await answer.json();
  results.hidden = false;
  fill(results, ...(places.length ? places.map((one) => el('li', {}, el('button', {
    type: 'button',
    onclick: () => { hideResults(); find.value = one.name; if (map) map.look(one.lon, one.lat); find.focus(); },
  }, one.name, KINDS[one.kind] ? ` · ${say(...KINDS[one.kind])}` : ''))) : [el('li', { class: 'hint' }, say('没有找到,换个写法或直接点地图', 'Nothing found; try other words, or click the map'))]));
}, PAUSE.find);
find.addEventListener('input', search);
find.addEventListener('keydown', (event) => {
  if (event.key === 'Enter') { event.preventDefault(); const first = results.querySelector('button'); if (first) first.click(); }
  if (event.key === 'Escape') hideResults();
  if (event.key === 'ArrowDown') { const first = results.querySelector('button'); if (first) { event.preventDefault(); first.focus(); } }
});
results.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const all = [...results.querySelectorAll('button')];
  const next = all[all.indexOf(document.activeElement) + step];
  event.preventDefault();
  (next || find).focus();
});

// ---- what is said of a service in detail stands where there is something to say
function shapeDetails() {
  for (const row of form.querySelectorAll('.detail')) {
    const code = row.dataset.service;
    const here = form.querySelector(`input[name="services"][value="${code}"]`).checked;
    const near = byId(`near.${code}`);
    near.closest('.tick').hidden = here && !near.checked;
    row.hidden = !here && !near.checked && ![...row.querySelectorAll('input')].some((input) => input.value);
  }
}
form.addEventListener('change', (event) => { if (['services', 'near'].includes(event.target.name)) shapeDetails(); });
shapeDetails();

startWeek(form, changed);
intoWeek.addEventListener('click', () => {
  if (!week) return;
  form.dispatchEvent(new CustomEvent('harbor:week', { detail: week }));
});
intoWeek.disabled = true;
onLanguage(showFaults);

openFormMap(byId('form-map'), pageData('harbor-config'), { onPlace: onMap }).then((opened) => {
  map = opened;
  if (!map) { for (const id of ['centre', 'pin-help']) byId(id).hidden = true; byId('degrees').open = true; }
  byId('centre').addEventListener('click', () => { if (map) map.toCentre(); });
  askHints();
});
for (const summary of ['preview', 'meanwhile']) if (byId(summary)) byId(summary).scrollIntoView({ block: 'start' });
