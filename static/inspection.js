// the sheet of an inspection: kept on the server as it is filled in, and on this phone without a network
import { keep, recall, say } from './words.js';
import { el } from './dom.js';

const form = document.getElementById('inspection');
const KEY = `harbor.inspection.${document.querySelector('[data-inspection]').dataset.inspection}`;
const WAIT = 1200;
const token = form && form.querySelector('[name="csrf_token"]').value;
const answered = form && form.querySelector('[data-answered]');
const kept = form && form.querySelector('[data-kept]');

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

function later() {
  count();
  keep(KEY, typed());
  clearTimeout(timer);
  timer = setTimeout(save, WAIT);
}

async function save() {
  if (leaving) return;
  if (running) { await running; }
  const values = typed();
  const body = new URLSearchParams(values);
  running = fetch(form.dataset.save, { method: 'POST', body, headers: { 'X-CSRF-Token': token } })
    .then((answer) => {
      if (answer.ok) {
        if (!leaving && JSON.stringify(values) === JSON.stringify(typed())) forget();
        kept.textContent = say('已保存', 'saved');
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

/** Put back what this phone kept and the server has not got. */
function restore() {
  const values = recall(KEY, null);
  if (!values) return;
  if (JSON.stringify(values) === JSON.stringify(typed())) { forget(); return; }
  for (const [name, value] of Object.entries(values)) {
    const control = form.elements[name];
    if (control) control.value = value;
  }
  count();
  save();
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
  const name = say('照片', 'photo');
  list.append(el('li', {},
    el('a', { href: `/manage/files/${photo.file}`, target: '_blank', rel: 'noopener' },
      el('img', { src: `/manage/files/${photo.thumbnail}`, alt: name, width: 96, height: 72 })),
    el('button', { class: 'thumb-remove', name: 'do', value: `remove:${photo.id}`, 'aria-label': say('删去照片', 'Remove photo') }, '×')));
}

if (form) {
  form.addEventListener('input', (event) => { if (!event.target.matches('[data-shot]')) later(); });
  form.addEventListener('change', (event) => { if (event.target.matches('[data-shot]')) shoot(event.target); });
  form.addEventListener('submit', () => { keep(KEY, typed()); leave(); });
  window.addEventListener('beforeunload', leave);
  window.addEventListener('online', save);
  restore();
  count();
} else {
  // it is submitted: nothing of it stays on this phone
  forget();
}
