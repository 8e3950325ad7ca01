// what a phone knows with no signal: the stations around the last place, their hours of a fortnight,
// and the walks of the last answer; all of it in local storage, which embedded browsers have too
import { post } from './ask.js';
import { schedulesOf, stateAt } from './opening.js';
import { apart } from './place.js';
import { keep, now, recall } from './words.js';

// another name for another form: what an earlier release kept is not read
const PACK = 'harbor.area';
const ANSWER = 'harbor.answer';
// a walk of the last answer holds for who still stands about there
const SAME_PLACE_METRES = 150;
// streets are longer than the straight line, on hills more so than on the plain, where 1.2 to 1.4 is usual;
// 4 km/h, as the walks of the server; an e-bike is held up by more turns and is faster
const BY_MODE = { walk: { detour: 1.5, speed: 4 / 3.6, extra: 0 }, ebike: { detour: 1.6, speed: 15 / 3.6, extra: 60 } };
const STAY_MINUTES = 10;
const PACK_MILLISECONDS = 24 * 36e5;
const PACK_METRES = 4000;
// the server need not know better where the phone is than to a kilometre
const COARSE = 100;

// a browser without room is not sent the same stations after every answer
let full = false;

const minute = () => Math.floor(now() / 60000);
const iso = (minutes, offset) => (minutes === null ? null
  : `${new Date((minutes + offset) * 60000).toISOString().slice(0, 19)}${zone(offset)}`);
const two = (value) => String(value).padStart(2, '0');
const zone = (offset) => `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;

/** Remember an answer of the server, for its walks. */
export function keepAnswer(answer, asked) {
  keep(ANSWER, { lon: asked.lon, lat: asked.lat, mode: asked.mode, stations: answer.stations });
}

/** Fetch the stations around a place for later, where what is here is old, far or of another release. */
export async function keepPack(place) {
  if (full) return;
  const pack = recall(PACK, null);
  const near = pack && apart(place, { lon: pack.centre[0], lat: pack.centre[1] }) < PACK_METRES;
  if (near && now() - pack.kept < PACK_MILLISECONDS && now() > pack.kept - 36e5) return;
  const coarse = (degrees) => Math.round(degrees * COARSE) / COARSE;
  const { status, body } = await post('/api/v1/area', {
    lon: coarse(place.lon), lat: coarse(place.lat), ...(near ? { known: pack.version } : {}),
  }, { patience: 60000 });
  if (status !== 200) return;
  full = !keep(PACK, body.unchanged ? { ...pack, kept: now() } : { ...body, kept: now() });
}

/** Whether there is anything to answer from. */
export const hasPack = () => Boolean(recall(PACK, null));

function walksOf(asked) {
  const last = recall(ANSWER, null);
  const here = last && last.mode === asked.mode && apart(last, asked) < SAME_PLACE_METRES;
  return new Map(here ? last.stations.map((station) => [station.code, station]) : []);
}

// one station of a pack's columns, as app/service/area.py writes them: steps of a millionth of a degree
function unpacked(pack, row) {
  const of = (name) => pack.stations[name][row];
  const lon = pack.centre[0] + of('east') / 1e6;
  const lat = pack.centre[1] + of('north') / 1e6;
  return {
    code: of('code'), name: of('name'), name_en: of('name_en'), lon, lat, schedule: of('schedule'),
    gcj02: [lon + of('gcj02_east') / 1e6, lat + of('gcj02_north') / 1e6],
    services: pack.services.filter((_, index) => Math.floor(of('services') / 2 ** index) % 2),
    door: of('door') < 0 ? null : pack.doors[of('door')],
    last_proved: of('proved') ? new Date(of('proved') * 60000).toISOString() : null,
    verified: Boolean(of('verified')),
  };
}

const all = (pack) => pack.stations.code.map((_, row) => unpacked(pack, row));

function estimated(station, asked, walk) {
  const straight = apart(asked, station);
  const how = BY_MODE[asked.mode] || BY_MODE.walk;
  const metres = straight * how.detour;
  const seconds = metres / how.speed + how.extra;
  return walk
    ? { seconds: walk.seconds, metres: walk.metres, walk_seconds: walk.walk_seconds, walk_metres: walk.walk_metres,
      climb_metres: walk.climb_metres, straight_metres: straight, estimated: false }
    : { seconds, metres, walk_seconds: seconds, walk_metres: metres, climb_metres: 0, straight_metres: straight, estimated: true };
}

const DAY = 24 * 60;
const [NIGHT, MORNING] = [23 * 60, 5 * 60];

/** The moment of the night that the server asks about as well: eleven in the evening, or now if it is later. */
function tonight(arrival, offset) {
  const clock = (arrival + offset) % DAY;
  return clock >= NIGHT || clock < MORNING ? arrival : arrival - clock + NIGHT;
}

/** Put an answer together on the phone, in the shape of the server's and marked `offline`; null without a pack. */
export function nearestFromPack(asked) {
  const pack = recall(PACK, null);
  if (!pack) return null;
  const schedules = schedulesOf(pack);
  const walks = walksOf(asked);
  const offset = pack.utc_offset_minutes === undefined ? -new Date().getTimezoneOffset() : pack.utc_offset_minutes;
  const found = [];
  for (const station of all(pack)) {
    if (asked.code && station.code !== asked.code) continue;
    if (!asked.services.every((code) => station.services.includes(code))) continue;
    const way = estimated(station, asked, walks.get(station.code));
    const arrival = minute() + Math.round(way.seconds / 60);
    const state = stateAt(schedules[station.schedule], asked.open === 'night' ? tonight(arrival, offset) : arrival);
    const brief = state.open === 'open' && state.open_until !== null && state.open_until < arrival + STAY_MINUTES;
    if (asked.open !== 'any' && (state.open === 'closed' || (asked.open === 'arrival' && brief))) continue;
    found.push({
      ...station, ...way, brief, open: state.open, reason: state.reason, note: '', out: [],
      open_until: iso(state.open_until, offset), opens_at: iso(state.opens_at, offset), reported_at: null,
    });
  }
  found.sort((one, other) => one.seconds - other.seconds);
  return {
    offline: true, mode: asked.mode, as_of: pack.as_of, missing: null, stations: found.slice(0, asked.k),
    origin: { lon: asked.lon, lat: asked.lat, snap_metres: 0 },
  };
}

/** Find stations of the pack by a part of their name, for a search with no signal. */
export function searchPack(words) {
  const pack = recall(PACK, null);
  const wanted = words.trim().toLowerCase();
  if (!pack || !wanted) return [];
  return all(pack)
    .filter((one) => `${one.name} ${one.name_en} ${one.code}`.toLowerCase().includes(wanted))
    .slice(0, 12).map((one) => ({ name: one.name, name_en: one.name_en, kind: 'station', kind_zh: '站点', kind_en: 'station', lon: one.lon, lat: one.lat }));
}
