// the sheet of an inspection: kept on the server as it is filled in, and on this phone without a network
import { keep, recall, say } from './words.js';
import { el } from './dom.js';

const form = document.getElementById('inspection');
const KEY = `harbor.inspection.${document.querySelector('[data-inspection]').dataset.inspection}`;
const WAIT = 1200;
const token = form && form.querySelector('[name="csrf_token"]').value;
const answered = form && form.querySelector('[data-answered]');
const kept = form && form.querySelector('[data-kept]');

// the answers on the server that this page builds on
let base = form && form.dataset.revision;
// what was sent last: if its answer is lost, the server may have it nevertheless
let sent = null;
// what this phone kept beside newer answers, until its owner has chosen
let undecided = null;

/** What is typed, without files and buttons. */
function typed() {
  const values = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value === 'string' && /^(verdict-|note-|remark$)/.test(name)) values[name] = value;
  }
  return values;
}

function forget() {
  try { localStorage.removeItem(KEY); } catch (error) { /* private window */ }
}

function count() {
  answered.textContent = String(form.querySelectorAll('.verdicts input:checked').length);
}

// ---- saved a moment after the last change; what did not arrive stays on this phone
let timer = null;
let running = null;
// a page that is asked for already may not show what is saved now: then this phone keeps it too
let leaving = false;

function leave() {
  leaving = true;
  clearTimeout(timer);
  setTimeout(() => { leaving = false; }, 4000);
}

/** Answers as the server keeps them, to be compared. */
function plain(values) {
  const entries = Object.entries(values).map(([name, value]) => [name, value.replaceAll('\r\n', '\n').trim()]);
  return JSON.stringify(entries.filter(([, value]) => value).sort());
}

function store() {
  if (!undecided) keep(KEY, { base, sent, values: typed() });
}

function later() {
  count();
  store();
  clearTimeout(timer);
  timer = setTimeout(save, WAIT);
}

async function save() {
  if (leaving || undecided) return;
  if (running) { await running; }
  const values = typed();
  const before = sent;
  sent = values;
  store();
  const body = new URLSearchParams({ ...values, revision: base });
  running = fetch(form.dataset.save, { method: 'POST', body, headers: { 'X-CSRF-Token': token } })
    .then(async (answer) => {
      if (answer.ok) {
        base = (await answer.json()).revision;
        sent = null;
        if (!leaving && plain(values) === plain(typed())) forget(); else store();
        kept.textContent = say('已保存', 'saved');
      } else if (answer.status === 409) {
        const there = await answer.json();
        if (!there.answers) { kept.textContent = say('已提交或作废,不能再改', 'handed in or thrown away already'); return; }
        base = there.revision;
        sent = null;
        // the answer to our own sending was lost, and nobody else was here
        const ours = [values, before].some((one) => one && plain(one) === plain(there.answers));
        if (ours) later(); else ask(values, there.answers);
      } else {
        kept.textContent = answer.status === 401
          ? say('登录已过期,内容保存在本机', 'login ended; kept on this phone')
          : say('没有保存上,内容在本机', 'not saved; kept on this phone');
      }
    })
    .catch(() => { kept.textContent = say('没有网络,内容保存在本机', 'no network; kept on this phone'); })
    .finally(() => { running = null; });
  await running;
}

function fill(values) {
  for (const radio of form.querySelectorAll('.verdicts input')) radio.checked = false;
  for (const [name, value] of Object.entries(values)) {
    const control = form.elements[name];
    if (control) control.value = value;
  }
  count();
}

/** Let the owner of this phone choose between its answers and those of the server. */
function ask(mine, theirs) {
  undecided = mine;
  keep(KEY, { base: '', sent: null, values: mine });
  fill(theirs);
  const bar = form.querySelector('[data-older]');
  const differ = [...form.querySelectorAll('[data-criterion]')].filter((field) => {
    const code = field.dataset.criterion;
    return ['verdict-', 'note-'].some((part) => (mine[part + code] || '').trim() !== (theirs[part + code] || '').trim());
  }).map((field) => field.querySelector('.criterion-name').innerText.trim());
  bar.querySelector('[data-older-differ]').textContent = differ.length ? say('不同的条目:', 'They differ in: ') + differ.join('、') : '';
  bar.hidden = false;
  bar.scrollIntoView({ block: 'center' });
}

function choose(whose) {
  const mine = undecided;
  undecided = null;
  form.querySelector('[data-older]').hidden = true;
  if (whose === 'theirs') { forget(); return; }
  fill(mine);
  later();
}

/** Put back what this phone kept and the server has not got; ask where it has got other answers. */
function restore() {
  const local = recall(KEY, null);
  if (!local) return;
  // what an earlier release kept names no answers that it builds on
  const values = local.values || local;
  if (plain(values) === plain(typed())) { forget(); return; }
  const known = local.base === base || (local.sent && plain(local.sent) === plain(typed()));
  if (!known) { ask(values, typed()); return; }
  fill(values);
  later();
}

// ---- photos go up as they are taken; one that did not stays in its field and goes with the form
async function shoot(input) {
  const field = input.closest('[data-criterion]');
  const state = field.querySelector('[data-shot-state]');
  const left = new DataTransfer();
  state.classList.remove('is-wrong');
  for (const file of [...input.files]) {
    state.textContent = say('正在上传…', 'uploading …');
    const body = new FormData();
    body.set('criterion', field.dataset.criterion);
    body.set('photo', file);
    try {
      const answer = await fetch(form.dataset.photos, { method: 'POST', body, headers: { 'X-CSRF-Token': token } });
      const said = await answer.json();
      if (answer.ok) { show(field, said); state.textContent = ''; continue; }
      state.textContent = said.wrong ? said.wrong.map((words) => say(...words)).join(' ') : say('没有上传成功', 'not uploaded');
      if (!said.wrong) left.items.add(file);
    } catch (error) {
      left.items.add(file);
      state.textContent = say('没有网络,照片随表单一起提交', 'no network; it goes up with the form');
    }
    state.classList.add('is-wrong');
  }
  input.files = left.files;
}

function show(field, photo) {
  const list = field.querySelector('[data-thumbs]');
  // sent again after a lost answer, it is the photo that is there
  if (list.querySelector(`[value="remove:${photo.id}"]`)) return;
  const name = say('照片', 'photo');
  list.append(el('li', {},
    el('a', { href: `/manage/files/${photo.file}`, target: '_blank', rel: 'noopener' },
      el('img', { src: `/manage/files/${photo.thumbnail}`, alt: name, width: 96, height: 72 })),
    el('button', { class: 'thumb-remove', name: 'do', value: `remove:${photo.id}`, 'aria-label': say('删去照片', 'Remove photo') }, '×')));
}

if (form) {
  form.addEventListener('input', (event) => { if (!event.target.matches('[data-shot]')) later(); });
  form.addEventListener('change', (event) => { if (event.target.matches('[data-shot]')) shoot(event.target); });
  form.addEventListener('click', (event) => { if (event.target.closest('[data-take]')) choose(event.target.closest('[data-take]').dataset.take); });
  form.addEventListener('submit', () => { sent = typed(); store(); leave(); });
  window.addEventListener('beforeunload', leave);
  window.addEventListener('online', save);
  restore();
  count();
} else {
  // it is submitted: nothing of it stays on this phone
  forget();
}
