// stylesheets of what is opened on a tap
import { el } from './dom.js';

const styles = new Map();

/** Load a stylesheet of ours once, after those that are there; done when it is in force, or cannot be. */
export function stylesheet(name) {
  if (!styles.has(name)) {
    styles.set(name, new Promise((done) => {
      document.head.append(el('link', { rel: 'stylesheet', href: new URL(name, import.meta.url).href, onload: done, onerror: done }));
    }));
  }
  return styles.get(name);
}
