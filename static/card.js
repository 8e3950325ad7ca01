// one station of the list: minutes, whether one gets in, what it has
import { el } from './dom.js';
import { ago, band, doubt, metres, minutes, openLine, reason, say } from './words.js';

const CHIPS = [4, 3];
const CLIMB_METRES = 3;
// what may run out without being a service of its own
const SUPPLIES = { toilet_paper: ['厕纸', 'Toilet paper'] };

/** What a station has, wanted things first; `services` maps codes to names. */
export function offers(station, { needs, ordered, services, most }) {
  const all = [...station.services].sort((a, b) => ordered.indexOf(a) - ordered.indexOf(b));
  const wanted = all.filter((code) => needs.has(code));
  const shown = [...wanted, ...all.filter((code) => !needs.has(code))].slice(0, Math.max(wanted.length, most));
  const name = (code) => (services.has(code) ? say(services.get(code).name, services.get(code).name_en) : say(...(SUPPLIES[code] || [code])));
  const gone = station.out || [];
  return el('ul', { class: 'has' },
    ...shown.map((code) => el('li', { class: needs.has(code) && 'wanted' }, name(code))),
    ...gone.map((code) => el('li', { class: 'is-out' }, say(`${name(code)}:暂缺`, `${name(code)}: out`))),
    all.length > shown.length ? el('li', {}, `+${all.length - shown.length}`) : null);
}

/** The line that says whether one gets in, and why that is not sure. */
export function stateLine(station, door) {
  const line = openLine(station);
  const why = station.open === 'unknown' ? doubt(station) : reason(station.reason);
  return [
    el('p', { class: `state is-${line.look || station.open}` }, el('i', { 'aria-hidden': 'true' }, line.sign), line.text,
      door ? el('span', {}, say(...door)) : null),
    why || station.note ? el('p', { class: 'soft why' }, [why, station.note].filter(Boolean).join(' · ')) : null,
  ];
}

// by e-bike the last metres are on foot, and sometimes all of them are
function way(station, mode) {
  const ridden = mode === 'ebike' ? station.metres - station.walk_metres : 0;
  return [
    ridden >= 1 && say('骑 ', 'Ride ') + metres(ridden),
    (ridden < 1 || station.walk_metres >= 1) && say('走 ', 'Walk ') + metres(station.walk_metres),
  ].filter(Boolean).join(' · ');
}

/** The way in figures: metres, climb, the straight line beside it. */
export function wayLine(station, mode) {
  const climb = station.climb_metres >= CLIMB_METRES;
  if (station.estimated) {
    return el('p', { class: 'way' }, el('b', {}, say('按直线估计', 'estimated from the straight line')),
      el('span', {}, ` · ${metres(station.straight_metres)}`));
  }
  return el('p', { class: 'way' },
    el('b', {}, way(station, mode)),
    climb ? el('b', {}, el('span', { 'aria-hidden': 'true' }, ' ↑'), el('span', { class: 'unseen' }, say(' 上坡 ', ' climb ')), metres(station.climb_metres)) : null,
    el('span', {}, say(' · 直线 ', ' · straight ') + metres(station.straight_metres)));
}

/** A card of the list; `onOpen` hears when somebody wants more. */
export function stationCard(station, { mode, doors, chosen, onOpen, ...rest }) {
  const proof = [
    station.last_proved && say(`${ago(station.last_proved)}有人确认`, `confirmed ${ago(station.last_proved)}`),
    station.verified === false && say('资料未核实', 'record not verified yet'),
  ].filter(Boolean).join(' · ');
  const open = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    onOpen(station);
  };
  return el('li', { class: `card band-${band(station.seconds)}${chosen ? ' is-chosen' : ''}`, 'data-code': station.code, onclick: open },
    el('p', { class: 'minutes' }, el('b', {}, `${station.estimated ? '~' : ''}${minutes(station.seconds)}`), el('span', {}, say('分钟', 'min'))),
    el('div', { class: 'about' },
      el('h2', {}, el('a', { href: `/s/${encodeURIComponent(station.code)}` }, say(station.name, station.name_en))),
      ...stateLine(station, doors[station.door]),
      wayLine(station, mode),
      offers(station, { ...rest, most: say(...CHIPS) }),
      proof ? el('p', { class: 'soft' }, proof) : null));
}
