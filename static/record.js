// a station's record: its place on a map, and the dialogs of its moves; works in a page and a drawer
import { addGround, pin, prepareMap } from './map.js';
import { keptKey } from './station_form_kept.js';
import { forget, say } from './words.js';

// a change that was asked for is kept by the register now
const [, asked] = location.pathname.match(/\/stations\/(\d+)$/) || [];
if (asked && new URLSearchParams(location.search).get('done') === 'asked') forget(keptKey(asked));

const byId = (id) => document.getElementById(id);

async function showPlace(frame) {
  if (frame.dataset.shown) return;
  frame.dataset.shown = 'yes';
  const config = JSON.parse(frame.dataset.config);
  if (!await prepareMap(config) || !frame.isConnected) { frame.hidden = true; return; }
  const place = [Number(frame.dataset.lat), Number(frame.dataset.lon)];
  const map = L.map(frame, { scrollWheelZoom: false, minZoom: 9, maxZoom: 19 }).setView(place, 16);
  L.control.scale({ imperial: false, position: 'bottomleft' }).addTo(map);
  addGround(map, config);
  L.marker(place, { icon: pin('pin here', '●', [28, 28], false), alt: frame.getAttribute('aria-label') }).addTo(map);
}
const showPlaces = (root) => { for (const frame of root.querySelectorAll('.record .place-map')) showPlace(frame); };

// ---- dialogs: opened when a form has come, and not lost by a slip of the finger
const dialog = () => byId('move-dialog');
const typed = (form) => form && [...form.elements].some((field) => ['textarea', 'text', 'date', 'file'].includes(field.type) && field.value !== field.defaultValue);

function close() {
  const form = dialog().querySelector('form');
  if (typed(form) && !window.confirm(say('放弃已填写的内容?', 'Throw away what you typed?'))) return;
  dialog().close();
  byId('move-slot').replaceChildren();
}

document.body.addEventListener('htmx:afterSwap', (event) => {
  const swapped = event.detail.target;
  showPlaces(document);
  if (swapped.id !== 'move-slot') return;
  if (!dialog().open) dialog().showModal();
  const first = swapped.querySelector('[aria-invalid="true"]') || swapped.querySelector('.field input, .field select, .field textarea') || swapped.querySelector('button');
  if (first) first.focus();
});
// a refusal is shown where the form was, whatever its status; where the login has ended, the
// form is sent again as a page, which asks for it and keeps what was typed
document.body.addEventListener('htmx:beforeSwap', (event) => {
  const { target, xhr, requestConfig } = event.detail;
  if (target.id !== 'move-slot') return;
  const form = requestConfig.elt;
  if (xhr.getResponseHeader('HX-Reswap')) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  } else if ([401, 403].includes(xhr.status) && form instanceof HTMLFormElement) {
    event.detail.isError = false;
    form.submit();
  }
});
document.addEventListener('click', (event) => {
  if (event.target.closest('[data-close-dialog]') && dialog() && dialog().open) { event.preventDefault(); close(); }
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !dialog() || !dialog().open) return;
  event.preventDefault();
  event.stopPropagation(); // the drawer behind it stays open
  close();
}, true);

showPlaces(document);
