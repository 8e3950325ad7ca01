// how the state of a station's record is shown: a shape, a character and a colour
import { el } from './dom.js';
import { language, say } from './words.js';

function svg(tag, attributes, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const SHAPES = {
  circle: 'M16 3.5a12.5 12.5 0 1 0 0 25a12.5 12.5 0 1 0 0-25z',
  square: 'M5 5h22v22h-22z',
  triangle: 'M16 2.5L30.5 28h-29z',
  diamond: 'M16 1.5L30.5 16L16 30.5L1.5 16z',
  hexagon: 'M9 4h14l7 12l-7 12h-14l-7-12z',
};

// shape, character in Chinese, letter in English
const LOOKS = {
  active: ['circle', '用', 'A'], rectifying: ['triangle', '整', 'R'], suspended: ['square', '停', 'S'],
  draft: ['diamond', '草', 'D'], submitted: ['diamond', '审', 'P'], returned: ['diamond', '退', 'B'],
  reviewed: ['diamond', '批', 'V'], exited: ['hexagon', '出', 'X'], merged: ['hexagon', '并', 'M'],
  discarded: ['hexagon', '废', 'N'],
  // on a map of a plan: at the hour it was asked for
  open: ['circle', '开', 'O'], closed: ['square', '关', 'C'], unknown: ['triangle', '?', '?'],
  lacking: ['hexagon', '缺', 'L'], added: ['diamond', '新', '+'],
};

/** The order in which states are listed: what serves people first. */
export const rank = (state) => Object.keys(LOOKS).indexOf(state);

/** The sign of a state; a record that nobody has verified is drawn hollow. */
export function sign(state, { verified = true, size = 32 } = {}) {
  const [shape, zh, en] = LOOKS[state] || ['circle', '?', '?'];
  return svg('svg', { class: `sign is-${state}${verified ? '' : ' is-hollow'}`, viewBox: '0 0 32 32', width: size, height: size, 'aria-hidden': 'true' },
    svg('path', { d: SHAPES[shape] }),
    svg('text', { x: 16, y: shape === 'triangle' ? 24.6 : 20.8, 'text-anchor': 'middle', class: shape }, language() === 'en' ? en : zh));
}

/** The icon of one station. */
export function stationIcon(properties) {
  return L.divIcon({
    className: 'station-icon', html: sign(properties.state, { verified: properties.verified !== false, size: 28 }),
    iconSize: [28, 28], popupAnchor: [0, -12],
  });
}

/** The icon of a cluster: how many stations, and a ring for the share of them in use. */
export function clusterIcon({ count, active }) {
  const share = active / count;
  const percent = `${Math.round(share * 100)}%`;
  const size = count < 10 ? 46 : count < 100 ? 52 : 60;
  const ring = el('div', {
    class: 'ring', 'aria-label': say(`${count} 个站点,${percent} 在用`, `${count} stations, ${percent} active`),
  }, el('b', {}, String(count)), el('small', {}, percent));
  ring.style.background = `conic-gradient(var(--teal) 0 ${share * 360}deg, var(--cluster-rest) ${share * 360}deg)`;
  return L.divIcon({ className: 'cluster-icon', html: ring, iconSize: [size, size] });
}
