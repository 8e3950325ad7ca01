// the map under the panels: ground, streets, names, areas, people left out, numbered marks
import { vectorLayers } from './basemap.js';
import { el, escaped, fill } from './dom.js';
import { prepareMap, pin } from './map.js';
import { number, percent } from './plan_say.js';
import { change, onChange, state } from './plan_state.js';
import { streetsIn } from './plan_streets.js';
import { onTheme, palette } from './theme.js';
import { onLanguage, say } from './words.js';

const still = window.matchMedia('(prefers-reduced-motion: reduce)');
const narrow = window.matchMedia('(max-width: 900px)');
// people left out are gathered into spots as far apart as this on the screen
const SPOT_PIXELS = 15;

/** What a panel hides of the map; what is looked at lies beside it. */
const margins = () => (narrow.matches ? { paddingTopLeft: [20, 20], paddingBottomRight: [20, 30] } : { paddingTopLeft: [324, 40], paddingBottomRight: [484, 60] });

function spots(points, zoom) {
  const cell = (SPOT_PIXELS * 360) / (256 * 2 ** zoom);
  const found = new Map();
  for (const [lat, lon, weight] of points) {
    const key = `${Math.floor(lat / cell)}/${Math.floor(lon / cell)}`;
    const one = found.get(key) || { lat: 0, lon: 0, people: 0 };
    one.lat += lat * weight;
    one.lon += lon * weight;
    one.people += weight;
    found.set(key, one);
  }
  return [...found.values()].map((one) => ({ ...one, lat: one.lat / one.people, lon: one.lon / one.people }));
}

function uncoveredLayer(map) {
  const renderer = L.canvas({ pane: 'uncovered', padding: 0.3 });
  const group = L.layerGroup();
  let points = [];
  function draw() {
    group.clearLayers();
    if (!map.hasLayer(group) || !points.length) return;
    const colour = palette();
    const all = spots(points, map.getZoom());
    const sorted = all.map((one) => one.people).sort((a, b) => a - b);
    const most = sorted[Math.floor(sorted.length * 0.98)] || 1;
    for (const { lat, lon, people } of all) {
      const part = Math.min(1, people / most);
      L.circleMarker([lat, lon], { renderer, pane: 'uncovered', radius: 1.8 + 6.5 * Math.sqrt(part), stroke: true, weight: 0.7, color: colour('map-halo'), fillColor: colour('left-out'), fillOpacity: 0.35 + 0.45 * part })
        .bindTooltip(() => say(`约 ${number(people)} 人走不到`, `about ${number(people)} people left out`)).addTo(group);
    }
  }
  group.on('add', draw);
  map.on('zoomend', draw);
  return { layer: group, draw, fill(found) { points = found; draw(); } };
}

function areaLayers(map) {
  const districts = L.layerGroup();
  const scopes = L.layerGroup();
  const known = { districts: null, scopes: null };
  let shares = new Map();
  const shade = (share) => (share === null || share === undefined ? 0 : Math.min(5, Math.floor(share * 5) + 1));
  function drawDistricts() {
    districts.clearLayers();
    const colour = palette();
    L.geoJSON(known.districts, { pane: 'districts', style: ({ properties }) => ({ color: colour('district-line'), weight: 1.2, fillColor: colour(`share-${shade(shares.get(properties.adcode))}`), fillOpacity: 0.55 }) })
      .bindTooltip(({ feature }) => `${escaped(say(feature.properties.name, feature.properties.name_en))} ${percent(shares.get(feature.properties.adcode))}`, { sticky: true }).addTo(districts);
  }
  function drawScopes() {
    scopes.clearLayers();
    const colour = palette();
    const line = (part, options) => L.geoJSON(known.scopes, { pane: 'scopes', interactive: false, style: { fill: false, ...options }, filter: (one) => (one.properties.part === 'streets') === (part === 'streets') }).addTo(scopes);
    line('streets', { color: colour('map-halo'), weight: 4.5 });
    line('streets', { color: colour('scope-street'), weight: 2 });
    line('areas', { color: colour('map-halo'), weight: 5 });
    line('areas', { color: colour('scope'), weight: 2, dashArray: '8 5' });
  }
  return {
    districts, scopes,
    fill(name, data) { known[name] = data; if (name === 'districts') drawDistricts(); else drawScopes(); },
    shares(found) { shares = found; if (known.districts && map.hasLayer(districts)) drawDistricts(); },
    draw() { if (known.districts) drawDistricts(); if (known.scopes) drawScopes(); },
    bounds(adcode) { const one = known.districts?.features.find((feature) => feature.properties.adcode === adcode); return one && L.geoJSON(one).getBounds(); },
  };
}

function ground(map, config) {
  if (config.profile === 'public') { L.tileLayer(config.tile_url, { attribution: escaped(config.tile_attribution), maxZoom: 18 }).addTo(map); return; }
  const draw = () => vectorLayers({ version: config.tiles_version, attribution: escaped(config.basemap_attribution), names: 'names' }).map((layer) => layer.addTo(map));
  let layers = draw();
  onTheme(() => { layers.forEach((layer) => map.removeLayer(layer)); layers = draw(); });
}

const PANES = { streets: 250, 'streets-b': 251, names: 260, districts: 300, scopes: 350, uncovered: 380, reach: 410, marks: 640 };
const PASSIVE = new Set(['streets', 'streets-b', 'names', 'scopes']);

/** Open the map; null where the profile allows none. */
export async function openPlanMap(frame, config) {
  if (!await prepareMap(config)) { frame.classList.add('is-none'); return null; }
  if (config.profile === 'public') await new Promise((done, failed) => { document.head.append(el('script', { src: config.drawing, onload: done, onerror: failed })); });
  const map = L.map(frame, { minZoom: 8, maxZoom: 19, zoomSnap: 0.5, zoomControl: false, attributionControl: true });
  map.attributionControl.setPrefix(false);
  for (const [name, level] of Object.entries(PANES)) {
    map.createPane(name).style.zIndex = level;
    if (PASSIVE.has(name)) map.getPane(name).style.pointerEvents = 'none';
  }
  L.control.zoom({ position: 'bottomright', zoomInTitle: say('放大', 'Zoom in'), zoomOutTitle: say('缩小', 'Zoom out') }).addTo(map);
  L.control.scale({ imperial: false, position: 'bottomright' }).addTo(map);
  const see = () => (state.map ? map.setView([state.map.lat, state.map.lon], state.map.zoom, { animate: false }) : map.fitBounds(config.bounds, { ...margins(), animate: false }));
  see();
  ground(map, config);
  const streets = streetsIn(map, 'streets');
  const uncovered = uncoveredLayer(map);
  const areas = areaLayers(map);
  const marks = L.layerGroup().addTo(map);
  const reach = L.layerGroup().addTo(map);
  let key = '';
  let hushed = false;
  let moving = false;
  const by = () => ['overlap', 'streets'].find((one) => state.layers.includes(one));
  const put = (layer, on) => { if (on) layer.addTo(map); else map.removeLayer(layer); };
  function layers() {
    streets.show(hushed ? '' : key, by());
    put(uncovered.layer, state.layers.includes('uncovered'));
    put(areas.districts, state.layers.includes('districts'));
    put(areas.scopes, state.layers.includes('scopes'));
    if (state.layers.includes('districts')) areas.draw();
  }
  layers();
  onChange(['layers'], layers);
  onChange(['map'], () => { if (state.map && !moving) see(); });
  onTheme(() => { streets.anew(hushed ? '' : key, by()); uncovered.draw(); areas.draw(); });
  onLanguage(() => areas.draw());
  map.on('moveend', () => {
    const { lat, lng } = map.getCenter();
    moving = true;
    change({ map: { zoom: map.getZoom(), lat: Number(lat.toFixed(5)), lon: Number(lng.toFixed(5)) } });
    moving = false;
  });
  const fit = (bounds, more = {}) => map.fitBounds(bounds, { ...margins(), maxZoom: 16, animate: !still.matches, ...more });
  return {
    map, uncovered, areas, fit,
    /** Draw the streets of a set of figures. */
    streets(found) { key = found; layers(); },
    /** Leave the streets to somebody else, who compares. */
    hush(on) { hushed = on; layers(); },
    /** Bring a place into the middle of what the panels leave free. */
    go(lat, lon, zoom = 15) { fit(L.latLng(lat, lon).toBounds(zoom > 15 ? 500 : 1200), { maxZoom: zoom }); },
    district(adcode) { const bounds = areas.bounds(adcode); if (bounds) fit(bounds); },
    /** Put numbered marks: [{lat, lon, text, title, look}]. */
    mark(list, onPick) {
      marks.clearLayers();
      list.forEach((one, index) => L.marker([one.lat, one.lon], { pane: 'marks', icon: pin(`number-pin ${one.look || ''}`, one.text, [28, 28], true), title: one.title, alt: one.title, keyboard: Boolean(onPick) })
        .on('click', () => onPick && onPick(index)).addTo(marks));
    },
    /** Show the streets that are within reach of one station, as an area. */
    reach(geometry, at) {
      reach.clearLayers();
      if (!geometry) return;
      const colour = palette();
      L.geoJSON(geometry, { pane: 'reach', interactive: false, style: { color: colour('reach'), weight: 2.5, fillColor: colour('reach'), fillOpacity: 0.16 } }).addTo(reach);
      if (at) L.circleMarker(at, { pane: 'reach', interactive: false, radius: 15, color: colour('reach'), weight: 3, fill: false }).addTo(reach);
    },
    middle() { const size = map.getSize(); const { paddingTopLeft: [left], paddingBottomRight: [right] } = margins(); return map.containerPointToLatLng([(left + size.x - right) / 2, size.y / 2]); },
  };
}

/** The legend of what is shown, for the moment's minutes. */
export function drawLegend(box) {
  const third = (part) => Math.round((state.minutes * part) / 3);
  const swatch = (look, text) => el('li', {}, el('i', { class: `swatch ${look}` }), text);
  const list = [];
  if (state.layers.includes('overlap')) list.push(swatch('over-0', say('走不到', 'none')), swatch('over-1', say('一个站点', 'one station')), swatch('over-2', say('两个', 'two')), swatch('over-3', say('三个以上', 'three or more')));
  else if (state.layers.includes('streets')) list.push(swatch('min-5', say(`${third(1)} 分钟内`, `to ${third(1)} min`)), swatch('min-10', `${third(1)}–${third(2)}`), swatch('min-15', `${third(2)}–${state.minutes}`), swatch('min-99', say('走不到', 'beyond')));
  if (state.layers.includes('uncovered')) list.push(swatch('is-dot', say('走不到的人,越大越多', 'people left out, the larger the more')));
  if (state.layers.includes('scopes')) list.push(swatch('is-scope', say('考核范围', 'scope')));
  if (state.layers.includes('districts')) list.push(el('li', {}, el('span', { class: 'ramp' }, ...[1, 2, 3, 4, 5].map((one) => el('i', { class: `swatch share-${one}` }))), say('区县 0–100%', 'districts 0–100%')));
  fill(box, ...list);
  box.hidden = !list.length;
}
