// the desk: rail, drawer, languages, forms that are sent once, words after a change
import { languageSwitch, onLanguage, language, say } from './words.js';
import { el } from './dom.js';
import './files.js';

const byId = (id) => document.getElementById(id);

languageSwitch(byId('language'));
byId('rail-toggle').addEventListener('click', (event) => {
  const open = byId('rail').classList.toggle('is-open');
  event.currentTarget.setAttribute('aria-expanded', String(open));
});

/** Options of a list cannot hold two languages at once. */
function sayOptions(root) {
  for (const option of root.querySelectorAll('option[data-zh]')) option.textContent = option.dataset[language()] || option.dataset.zh;
  for (const node of root.querySelectorAll('[data-zh-placeholder]')) node.placeholder = say(node.dataset.zhPlaceholder, node.dataset.enPlaceholder);
}
sayOptions(document);
onLanguage(() => sayOptions(document));

/** Say something that passes. */
export function toast(text) {
  const shown = el('p', {}, text);
  byId('toasts').append(shown);
  setTimeout(() => shown.remove(), 5000);
}

// ---- the drawer: a row opens beside the list, and focus goes back to it
let cameFrom = null;
export function closeDrawer() {
  const drawer = byId('drawer');
  if (drawer.hidden) return;
  drawer.hidden = true;
  byId('drawer-body').replaceChildren();
  if (cameFrom && cameFrom.isConnected) cameFrom.focus();
}
byId('drawer-close').addEventListener('click', closeDrawer);
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') closeDrawer(); });
document.body.addEventListener('htmx:beforeRequest', (event) => {
  if (!event.detail.target || event.detail.target.id !== 'drawer-body') return;
  // the row whose record is shown, which may be another one than it was opened at
  if (byId('drawer').hidden || !byId('drawer').contains(document.activeElement)) cameFrom = document.activeElement;
});
document.body.addEventListener('htmx:afterSwap', (event) => {
  sayOptions(event.detail.target);
  if (event.detail.target.id === 'drawer-body') {
    byId('drawer').hidden = false;
    byId('drawer-close').focus();
  }
});
// a login that ended: the same request is made as a whole page, which asks for it and keeps the form
document.body.addEventListener('htmx:responseError', (event) => {
  if (event.detail.xhr.status !== 401) return;
  event.stopImmediatePropagation();
  const { verb, path, formData } = event.detail.requestConfig;
  if (verb === 'get') { location.reload(); return; }
  const form = el('form', { method: 'post', action: path, hidden: true });
  for (const [name, value] of formData || []) if (typeof value === 'string') form.append(el('input', { type: 'hidden', name, value }));
  document.body.append(form);
  form.submit();
});
document.body.addEventListener('htmx:responseError', () => toast(say('没有做成,请再试一次;填写的内容还在。', 'That failed; what you typed is still here. Try again.')));
document.body.addEventListener('htmx:sendError', () => toast(say('连不上服务器;填写的内容还在。', 'No connection; what you typed is still here.')));
document.body.addEventListener('harbor:said', (event) => toast(say(event.detail.zh, event.detail.en)));

// ---- a form is sent once, and asks before a step that cannot be taken back
const question = (node) => node.dataset && (language() === 'en' ? node.dataset.confirmEn : node.dataset.confirmZh);
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.hasAttribute('hx-post')) return;
  if (question(form) && !confirm(question(form))) { event.preventDefault(); return; }
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = 'yes';
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});
document.body.addEventListener('htmx:confirm', (event) => {
  const asked = question(event.detail.elt);
  if (!asked) return;
  event.preventDefault();
  if (confirm(asked)) event.detail.issueRequest(true);
});

const summary = byId('summary');
if (summary) summary.focus();
