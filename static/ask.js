// asking the server, and what stands in for it where there is no signal
import { language, setClock } from './words.js';

const HEADERS = { 'Content-Type': 'application/json', Accept: 'application/json' };
// a weak signal that brings nothing in this time is none
const PATIENCE_MILLISECONDS = 12000;

async function exchange(path, request, { signal, patience = PATIENCE_MILLISECONDS }) {
  const own = new AbortController();
  const late = setTimeout(() => own.abort(), patience);
  const taken = () => own.abort();
  if (signal) signal.addEventListener('abort', taken);
  try {
    const answer = await fetch(path, { headers: { ...HEADERS, 'Accept-Language': language() }, ...request, signal: own.signal });
    setClock(answer.headers.get('Date'));
    return { status: answer.status, body: await answer.json() };
  } catch (error) {
    if (signal && signal.aborted) throw new DOMException('taken back', 'AbortError');
    return { status: 0, body: null };
  } finally {
    clearTimeout(late);
    if (signal) signal.removeEventListener('abort', taken);
  }
}

/** Ask for JSON by a body, so that no position stands in an address.
 * Returns { status, body }; status 0 where nothing came back. Throws AbortError when it is taken back. */
export const post = (path, body, options = {}) => exchange(path, { method: 'POST', body: JSON.stringify(body) }, options);

/** Ask what is called so; as `post` returns and throws. */
export const searchNames = (words, options = {}) => exchange(`/api/v1/search?q=${encodeURIComponent(words)}`, {}, options);

/** Whether an answer is the network's or the server's failure rather than an answer. */
export const isLost = ({ status }) => status === 0 || status === 429 || status >= 500;

/** The question of the list, as the server takes it. */
export const question = ({ place, k, needs, open, mode }) => ({
  lon: place.lon, lat: place.lat, k, services: [...needs], open, mode, datum: 'wgs84',
});

/** An answer that was asked for before the scripts were there, given no more patience than any other. */
function awaited(early) {
  let late;
  const lost = new Promise((done) => { late = setTimeout(() => done({ status: 0, body: null }), PATIENCE_MILLISECONDS); });
  return Promise.race([early, lost]).then((got) => { clearTimeout(late); setClock(got.date); return got; });
}

/** Ask for the nearest stations; { answer }, { problem }, or an answer put together on the phone, marked `offline`. */
export async function nearest(asked, { signal, early } = {}) {
  const got = (early && await awaited(early)) || await post('/api/v1/nearest', asked, { signal });
  if (signal && signal.aborted) throw new DOMException('taken back', 'AbortError');
  // with no signal it may not be there; what the server answered is shown all the same
  const offline = await import('./offline.js').catch(() => null);
  if (isLost(got)) {
    const answer = offline && offline.nearestFromPack(asked);
    return answer ? { answer, problem: null } : { answer: null, problem: { lost: true } };
  }
  if (got.status >= 400) return { answer: null, problem: got.body };
  if (!asked.code && offline) offline.keepAnswer(got.body, asked);
  return { answer: got.body, problem: null };
}
