// rows of stations, in the list and where many are reviewed: mouse and keys, boxes, the drawer
import { closeDrawer } from './console.js';
import { say } from './words.js';

const whole = document.getElementById('list');
// where everything was done there are no rows
const list = whole || document.getElementById('rows') || document.createElement('div');
const drawer = document.getElementById('drawer');
const links = () => [...list.querySelectorAll('.row-link')];
const boxes = () => [...list.querySelectorAll('input[name="chosen"]:not(:disabled)')];

/** The bar is there once something is chosen; without this script it always is. */
function count() {
  const all = boxes();
  const chosen = all.filter((box) => box.checked).length;
  const bar = document.getElementById('bulk-bar');
  const words = document.getElementById('bulk-count');
  const every = document.getElementById('pick-all');
  if (bar) bar.hidden = chosen === 0;
  if (words) words.textContent = say(`已选 ${chosen} 个`, `${chosen} chosen`);
  if (every) {
    every.hidden = false;
    every.checked = chosen > 0 && chosen === all.length;
    every.indeterminate = chosen > 0 && chosen < all.length;
  }
}

list.addEventListener('change', (event) => {
  if (event.target.id === 'pick-all') for (const box of boxes()) box.checked = event.target.checked;
  count();
});

// what was typed was looked for already when the field is left
document.getElementById('q')?.addEventListener('change', (event) => event.stopPropagation());

// another day has other unions, districts and orders to choose from: the whole page is asked for
document.getElementById('f-as_of')?.addEventListener('change', (event) => {
  event.stopPropagation();
  const said = [...new FormData(event.target.form)].filter(([, value]) => value);
  location.assign(`/manage/stations?${new URLSearchParams(said)}`);
});

// a click anywhere in a row opens it; boxes and links do what they do
list.addEventListener('click', (event) => {
  const row = event.target.closest('tbody tr');
  if (!row || event.target.closest('a, input, button, label') || String(getSelection())) return;
  row.querySelector('.row-link').click();
});

list.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const all = links();
  const at = all.indexOf(event.target);
  if (step && at >= 0) {
    event.preventDefault();
    const next = all[at + step];
    if (!next) return;
    next.focus();
    if (!drawer.hidden) next.click();
  }
  if (event.key === 'x' && at >= 0) {
    const box = all[at].closest('tr').querySelector('input[name="chosen"]:not(:disabled)');
    if (box) { box.checked = !box.checked; count(); }
  }
});

// the drawer takes the focus when it opens; whoever walks the list with the arrows keeps it
let walking = null;
list.addEventListener('click', (event) => { walking = event.target.closest('.row-link') && !drawer.hidden ? event.target.closest('.row-link') : null; }, true);
document.body.addEventListener('htmx:afterSwap', (event) => {
  if (event.detail.target.id === 'drawer-body') {
    for (const link of links()) link.closest('tr').classList.toggle('is-open', event.detail.pathInfo.requestPath === link.getAttribute('hx-get'));
    if (walking) walking.focus();
  }
  if (event.detail.target.id === 'list') {
    if (!moved) closeDrawer();
    moved = false;
    count();
  }
});

// what became of a station is seen in the list, too, and its drawer stays
let moved = false;
document.body.addEventListener('harbor:moved', () => {
  moved = true;
  window.htmx.ajax('GET', location.href, { target: '#list', swap: 'innerHTML' });
});
count();
