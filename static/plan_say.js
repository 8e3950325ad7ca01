// figures and small shapes as the workbench shows them
import { el } from './dom.js';
import { language, say } from './words.js';

const still = window.matchMedia('(prefers-reduced-motion: reduce)');
const TURN = 450;
export const WEEKDAYS = [['周一', 'Mon'], ['周二', 'Tue'], ['周三', 'Wed'], ['周四', 'Thu'], ['周五', 'Fri'], ['周六', 'Sat'], ['周日', 'Sun']];

const locale = () => (language() === 'en' ? 'en' : 'zh-CN');
export const number = (value) => (value === null || value === undefined ? '–' : Math.round(value).toLocaleString(locale()));
export const percent = (share, digits = 1) => (share === null || share === undefined ? '–' : `${(share * 100).toFixed(digits)}%`);
export const signed = (value) => `${value > 0 ? '+' : value < 0 ? '−' : '±'}${number(Math.abs(value))}`;
export const points = (share) => `${share > 0 ? '+' : share < 0 ? '−' : '±'}${Math.abs(share * 100).toFixed(2)}`;
export const walk = (minutes) => (minutes === null || minutes === undefined ? say('60 分钟以上', 'over 60 min') : say(`${Math.round(minutes)} 分钟`, `${Math.round(minutes)} min`));
export const hourName = (index) => `${say(...WEEKDAYS[Math.floor(index / 24)])} ${String(index % 24).padStart(2, '0')}:00`;

/** People with their unit: a layer may count depots or tables. */
export const people = (value, unit) => (unit && unit !== 'people' ? `${number(value)} ${unit}` : say(`${number(value)} 人`, `${number(value)} people`));

/** Let a figure run from what it showed to what it shows now. */
export function countUp(node, value, format) {
  const from = node.shown ?? value;
  cancelAnimationFrame(node.frame);
  if (still.matches || from === value || document.hidden) { node.shown = value; node.textContent = format(value); return; }
  const begun = performance.now();
  const step = (at) => {
    const part = Math.min(1, (at - begun) / TURN);
    const eased = 1 - (1 - part) ** 3;
    node.shown = from + (value - from) * eased;
    node.textContent = format(node.shown);
    if (part < 1) node.frame = requestAnimationFrame(step);
  };
  node.frame = requestAnimationFrame(step);
}

/** A bar that grows to its share; a base draws a notch where it was without the changes. */
export function bar(share, { base = null, look = '' } = {}) {
  const made = el('span', { class: `bar ${look}`, 'aria-hidden': 'true' }, el('i'), base === null ? '' : el('b'));
  setBar(made, share, base);
  return made;
}

/** Move a bar to another share. */
export function setBar(made, share, base = null) {
  made.style.setProperty('--share', String(Math.max(0, Math.min(1, share || 0))));
  if (base !== null) made.style.setProperty('--base', String(Math.max(0, Math.min(1, base))));
}

/** A row of buttons of which one is pressed; options: [value, zh, en]. */
export function segmented(name, options, chosen, onPick) {
  const group = el('div', { class: 'segments', role: 'group', 'aria-label': say(...name) });
  for (const [value, zh, en] of options) {
    group.append(el('button', { type: 'button', 'data-value': value, 'aria-pressed': String(String(value) === String(chosen)), onclick: () => onPick(value) }, say(zh, en)));
  }
  return group;
}

/** A button of a text. */
export const button = (zh, en, onclick, look = '') => el('button', { type: 'button', class: look, onclick }, say(zh, en));

/** An element of SVG. */
export function svg(tag, attributes, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Say something that passes. */
export function toast(text) {
  const box = document.getElementById('toasts');
  const shown = el('p', {}, text);
  box.append(shown);
  setTimeout(() => shown.remove(), 5000);
}
