// what is typed into a change request stays on this device until it is sent: nothing else saves it
import { el, fill } from './dom.js';
import { forget, keep, recall, say, onLanguage } from './words.js';

const WEEK = 7 * 24 * 3600 * 1000;
// belongs to the page that was loaded
const OF_THE_PAGE = new Set(['csrf_token', 'once', 'revision', 'about', 'action']);

export const keptKey = (station) => `harbor.change.${station}`;

/** Put typed values into the controls of a form, boxes and repeated names included. */
function putBack(form, values) {
  const left = new Map();
  for (const [name, value] of values) left.set(name, [...(left.get(name) || []), value]);
  for (const input of form.elements) {
    if (!input.name || OF_THE_PAGE.has(input.name) || input.type === 'file') continue;
    const given = left.get(input.name) || [];
    if (['checkbox', 'radio'].includes(input.type)) input.checked = given.includes(input.value);
    else if (given.length) input.value = given.shift();
  }
}

/** Keep what a form of a change request holds, and offer what was kept before.
 * values: () => FormData without anything personal. Returns {save()}. */
export function keepTyped(form, place, values) {
  const key = keptKey(form.dataset.keeps);
  const revision = form.elements.namedItem('revision').value;
  const save = () => {
    const typed = [...values()].filter(([name, value]) => !OF_THE_PAGE.has(name) && typeof value === 'string');
    keep(key, { revision, at: Date.now(), typed });
  };
  const kept = recall(key, null);
  // a page that came back with words of ours has all that was typed
  if (form.dataset.answered) { save(); return { save }; }
  if (!kept) return { save };
  if (kept.revision !== revision || Date.now() - kept.at > WEEK) { forget(key); return { save }; }
  const done = () => fill(place, '');
  const offer = () => fill(place, say('上次填写、没有发送的修改还在这台设备上。', 'What you typed last time and did not send is still on this device.'), ' ',
    el('button', { type: 'button', class: 'btn btn-sm', id: 'kept-back', onclick: () => {
      putBack(form, kept.typed);
      for (const input of form.elements) if (input.name && !OF_THE_PAGE.has(input.name)) input.dispatchEvent(new Event('change', { bubbles: true }));
      // a control that followed another's change says what was typed again
      putBack(form, kept.typed);
      done();
    } }, say('恢复', 'Put it back')), ' ',
    el('button', { type: 'button', class: 'btn btn-sm', id: 'kept-away', onclick: () => { forget(key); done(); } }, say('丢弃', 'Throw it away')));
  offer();
  onLanguage(() => { if (place.childElementCount) offer(); });
  return { save };
}
