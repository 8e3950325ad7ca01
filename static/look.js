// how large and in what colours a person wants the page, remembered on this device
import { keep, recall } from './words.js';

const KEY = 'harbor.look';

/** The choices in force. */
export const look = () => ({ size: 'normal', theme: 'auto', ...recall(KEY, {}) });

/** Choose, and show it at once. */
export function setLook(name, value) {
  keep(KEY, { ...look(), [name]: value });
  document.documentElement.dataset[name] = value;
  window.dispatchEvent(new Event('harbor-look'));
}
