// a small map of points: each says what it is, and leads to where the page tells about it
import { el, fill, pageData } from './dom.js';
import { addGround, prepareMap } from './map.js';
import { onTheme, palette } from './theme.js';
import { onLanguage, say } from './words.js';

const COLOURS = { fine: 'teal', district: 'amber', water: 'me', duplicate: 'brick', far: 'ink-soft' };
const frame = document.getElementById('points-map');
const key = document.getElementById('points-key');
const given = pageData('points');

async function found() {
  if (!given.source) return given.points;
  const answer = await fetch(given.source, { headers: { Accept: 'application/json' } });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()).points;
}

// what has something against it lies above what has nothing
function drawn(points, onto) {
  const colour = palette();
  onto.clearLayers();
  for (const point of [...points].sort((a, b) => (a.kind !== 'fine') - (b.kind !== 'fine'))) {
    const mark = L.circleMarker([point.lat, point.lon], {
      radius: point.kind === 'fine' ? 6 : 8, weight: point.kind === 'fine' ? 1 : 2, color: colour('map-halo'), fillColor: colour(COLOURS[point.kind]), fillOpacity: 1,
    });
    mark.bindTooltip(() => el('span', {}, say(point.zh, point.en)));
    if (point.href) mark.on('click', () => lead(point.href));
    mark.addTo(onto);
  }
}

// a row that stands on this page already is not fetched anew
function lead(href) {
  const { hash } = new URL(href, window.location.href);
  if (document.getElementById(hash.slice(1))) window.location.hash = hash;
  else window.location.assign(href);
}

function named(points) {
  const kinds = Object.entries(given.kinds).map(([kind, words]) => [kind, words, points.filter((one) => one.kind === kind).length]);
  fill(key, ...kinds.filter(([, , count]) => count).map(([kind, words, count]) => (
    el('li', { class: `is-${kind}` }, el('i', { 'aria-hidden': 'true' }), `${say(...words)}${points.length > 2 ? ` ${count}` : ''}`)
  )));
}

async function open() {
  const config = pageData('harbor-config');
  const points = await found();
  if (!points.length || !await prepareMap(config)) return;
  frame.hidden = false;
  key.hidden = false;
  const map = L.map(frame, { minZoom: 4, maxZoom: 19, preferCanvas: true, scrollWheelZoom: false });
  L.control.scale({ imperial: false, position: 'bottomleft' }).addTo(map);
  map.fitBounds(L.latLngBounds(points.map((one) => [one.lat, one.lon])).pad(0.15), { maxZoom: 16 });
  addGround(map, config);
  const marks = L.layerGroup().addTo(map);
  const draw = () => { drawn(points, marks); named(points); };
  draw();
  onTheme(draw);
  onLanguage(draw);
}

// the words of the page say it all without a map
open().catch(() => { frame.hidden = true; key.hidden = true; });
