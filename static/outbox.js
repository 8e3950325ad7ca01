// reports and check-ins that wait for a signal; each is sent once, however often it is tried
import { keep, language, recall, say } from './words.js';

const WAITING = 'harbor.outbox';
const DEVICE = 'harbor.device';
const TICKETS = 'harbor.tickets';
const MOST_TICKETS = 30;
// what is older than this is of no use to anybody
const STALE_MILLISECONDS = 24 * 36e5;
// a photo on a weak signal takes its time; what brings nothing in this time waits
const PATIENCE_MILLISECONDS = 30000;
let running = null;

const random = (bytes) => Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** A name of this browser that says nothing about whose it is. */
export function device() {
  const known = recall(DEVICE, null);
  if (known) return known;
  const made = random(16);
  keep(DEVICE, made);
  return made;
}

/** A name by which a retry is known. */
export const once = () => random(16);

/** The tickets of reports sent from this browser, the newest first. */
export const tickets = () => recall(TICKETS, []);

function remember(answer, name) {
  const others = tickets().filter((one) => one.ticket !== answer.ticket);
  keep(TICKETS, [{ ticket: answer.ticket, name, kind: answer.kind, at: answer.made_at }, ...others].slice(0, MOST_TICKETS));
}

// a photo waits as text, because local storage holds nothing else
function photoOf(text) {
  const bytes = Uint8Array.from(atob(text.slice(text.indexOf(',') + 1)), (sign) => sign.charCodeAt(0));
  return new Blob([bytes], { type: 'image/jpeg' });
}

function message({ body, photo }) {
  const headers = { Accept: 'application/json', 'Accept-Language': language() };
  if (!photo) return { headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  const form = new FormData();
  for (const [name, value] of Object.entries(body)) form.append(name, value);
  form.append('photo', photoOf(photo), 'photo.jpg');
  return { headers, body: form };
}

async function send(item) {
  const { path, name } = item;
  const own = new AbortController();
  const late = setTimeout(() => own.abort(), PATIENCE_MILLISECONDS);
  try {
    const answer = await fetch(path, { method: 'POST', signal: own.signal, ...message(item) });
    const refused = answer.status >= 400 && answer.status < 500;
    // a proxy refuses in a page of its own; anything else that is no JSON is not our server
    const told = await answer.json().catch((error) => { if (refused) return { title: say('没有收下,请稍后再试。', 'Not accepted. Try again later.') }; throw error; });
    if (answer.ok && told.ticket) remember(told, name);
    return { status: answer.status, body: told };
  } finally { clearTimeout(late); }
}

// where the phone was proves nothing an hour later, and is not kept
const later = ({ lon, lat, datum, proof, ...rest }) => rest;

/** Keep it for later, without its photo where there is no room for that. */
const putBy = (item) => [item, { ...item, photo: null }].map((one) => ({ ...one, body: later(one.body) }))
  .some((one) => keep(WAITING, [...recall(WAITING, []), one]));

/** Send now, or keep it for later; { status, body }, or { waits: true } where there is no signal.
 * What can be neither sent nor kept is a problem, too. */
export async function post(path, body, { name = '', photo = null } = {}) {
  const item = { path, body: { ...body, device: device(), once: body.once || once() }, name, photo, at: Date.now() };
  try {
    const got = await send(item);
    if (got.status < 500) return got;
  } catch (error) { /* no signal: it waits */ }
  if (putBy(item)) return { waits: true };
  return { status: 503, body: { title: say('没有信号,手机也存不下。请过一会儿再发。', 'No signal, and no room to keep it. Send it again later.') } };
}

/** Send what waits, one after the other; what the server refuses is dropped, what it does not hear stays. */
export function flush() {
  running = running || (async () => {
    for (const item of recall(WAITING, [])) {
      if (Date.now() - item.at < STALE_MILLISECONDS) {
        const got = await send(item).catch(() => null);
        if (!got || got.status >= 500 || got.status === 429) break;
      }
      keep(WAITING, recall(WAITING, []).filter((one) => one.body.once !== item.body.once));
    }
    running = null;
  })();
  return running;
}
