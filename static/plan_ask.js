// asking the server: what was asked before is taken back, what went wrong is said in a sentence
import { el, fill, pageData } from './dom.js';
import { language, problemText, say, setClock } from './words.js';

export const config = pageData('harbor-config');
const running = new Map();

/** A refusal or a failure, in words for the reader. */
export class Trouble extends Error {}

/** Ask for JSON. Of one channel only the newest question is answered: the ones before give null. */
export async function ask(path, body, { channel = path, method = body === undefined ? 'GET' : 'POST' } = {}) {
  running.get(channel)?.abort();
  const control = new AbortController();
  running.set(channel, control);
  const headers = { Accept: 'application/json', 'Accept-Language': language(), 'X-CSRF-Token': config.csrf };
  const isForm = body instanceof FormData;
  if (body !== undefined && !isForm) headers['Content-Type'] = 'application/json';
  try {
    const answer = await fetch(path, { method, headers, credentials: 'same-origin', signal: control.signal, body: body === undefined || isForm ? body : JSON.stringify(body) });
    setClock(answer.headers.get('Date'));
    if (answer.status === 204) return {};
    const found = await answer.json().catch(() => ({ title: `HTTP ${answer.status}` }));
    if (answer.status === 401) throw new Trouble(say('登录已过期。请在另一个窗口登录,再回来重试;这里的设置都在地址栏里。', 'Your login ended. Log in in another window and try again; all settings here are in the address.'));
    if (!answer.ok) throw new Trouble(problemText(found));
    return running.get(channel) === control ? found : null;
  } catch (error) {
    if (error.name === 'AbortError') return null;
    if (error instanceof Trouble) throw error;
    throw new Trouble(say('连不上服务器,图上仍是上一次的结果。请检查网络后重试。', 'No connection; what you see is the last answer. Check the network and try again.'));
  } finally {
    if (running.get(channel) === control) running.delete(channel);
  }
}

/** Take back what a channel asked. */
export function drop(channel) {
  running.get(channel)?.abort();
  running.delete(channel);
}

/** Run a loader into a box: grey bars at first, the reason in place of what could not be had. */
export async function into(box, load, draw) {
  box.setAttribute('aria-busy', 'true');
  if (!box.childElementCount) fill(box, bones());
  try {
    const found = await load();
    if (found !== null) draw(found);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    box.querySelector(':scope > .trouble')?.remove();
    box.querySelector(':scope > .bones')?.remove();
    box.prepend(trouble(error.message, () => into(box, load, draw)));
  } finally {
    box.removeAttribute('aria-busy');
  }
}

export const bones = (rows = 5) => el('div', { class: 'bones', 'aria-hidden': 'true' }, ...Array.from({ length: rows }, () => el('i')));

/** A sentence about what went wrong, with a way to try again. */
export function trouble(text, again) {
  return el('div', { class: 'trouble', role: 'alert' }, el('p', {}, text), again ? el('button', { type: 'button', class: 'small', onclick: again }, say('重试', 'Try again')) : '');
}

/** Wait until calls pause, then make the last one. */
export function settled(work, milliseconds) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), milliseconds);
  };
}

/** Make a call at once and the next no sooner than a while later, with the newest arguments. */
export function throttled(work, milliseconds) {
  let waiting = null;
  let timer = 0;
  const go = () => {
    timer = 0;
    if (!waiting) return;
    const given = waiting;
    waiting = null;
    timer = setTimeout(go, milliseconds);
    work(...given);
  };
  return (...given) => { waiting = given; if (!timer) go(); };
}

/** A part of the page that is asked for when it is shown and its question is another than before. */
export function answered(box, path, body, draw) {
  let of = '';
  let asking = '';
  let found = null;
  return {
    async show() {
      const given = body();
      const key = JSON.stringify(given);
      if (found && key === of) { draw(found); return; }
      if (key === asking) return;
      asking = key;
      await into(box, () => ask(path, given), (answer) => { of = key; found = answer; draw(found); });
      if (asking === key) asking = '';
    },
    redraw() { if (found) draw(found); },
  };
}
