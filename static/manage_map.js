// the management map: stations, streets by minutes, scope, districts, uncovered people
import { el, escaped } from './dom.js';
import { buildPanel, pair } from './manage_panel.js';
import { sign } from './states.js';
import { stationClusters } from './station_clusters.js';
import { onTheme, palette } from './theme.js';
import { language, languageSwitch, onLanguage, say } from './words.js';

const ALL_LAYERS = [
  { id: 'stations', key: 's', zh: '站点', en: 'Stations', on: true },
  { id: 'minutes', key: 'm', zh: '到最近站点步行', en: 'Walk to the nearest station', on: true },
  { id: 'scope', key: 'o', zh: '考核范围', en: 'Scope', on: true },
  { id: 'districts', key: 'd', zh: '区县覆盖率', en: 'Share covered by district', on: false },
  { id: 'uncovered', key: 'u', zh: '未覆盖的人', en: 'People not covered', on: false },
  { id: 'gaps', key: 'g', zh: '缺口', en: 'Gaps', on: true },
];
// minutes, shares and people are counted for today alone
const OF_THE_PAST = new Set(['stations', 'scope']);
const HEAT_PIXELS = 36;
const MANY = 40;

function popup(properties, config) {
  const names = new Map(config.services.map((service) => [service.code, [service.name, service.name_en]]));
  const facts = config.states.find((one) => one.state === properties.state) || { name: properties.state_name };
  const order = [...names.keys()];
  const services = [...(properties.services || [])].sort((a, b) => order.indexOf(a) - order.indexOf(b))
    .map((code) => el('li', {}, say(...(names.get(code) || [code]))));
  // records are on our own server; a file without one links to them only if it was told where they are
  const link = /^\/(?!\/)/.test(properties.url || '') && (config.live || config.record_base) ? config.record_base + properties.url : null;
  return el('div', { class: 'record' },
    el('h2', {}, say(properties.name, properties.name_en)),
    properties.name_en ? el('p', { class: 'other' }, language() === 'en' ? properties.name : properties.name_en) : null,
    el('p', { class: 'record-state' }, sign(properties.state, { size: 20, verified: properties.verified !== false }), pair(facts.name, facts.name_en),
      properties.verified === false ? el('em', {}, say('未核实', 'not verified yet')) : null),
    el('dl', {},
      el('dt', {}, say('编号', 'Number')), el('dd', {}, properties.code || say('尚无', 'none yet')),
      properties.union ? el('dt', {}, say('工会', 'Union')) : null, properties.union ? el('dd', {}, properties.union) : null),
    services.length ? el('ul', { class: 'record-services' }, ...services) : null,
    link ? el('a', { class: 'record-link', href: link, target: config.live ? null : '_blank', rel: 'noopener' }, pair('打开记录', 'Open the record')) : null);
}

// a popup keeps clear of the panel: beside it on a wide screen, above it on a narrow one
const roomFor = (map) => ({ autoPanPaddingTopLeft: [20, 20], autoPanPaddingBottomRight: map.getSize().x > 700 ? [372, 24] : [10, 86] });

const stationsLayer = (map, config) => stationClusters(map, (marker, properties) => marker.bindPopup(() => popup(properties, config), { minWidth: 230, maxWidth: 280, ...roomFor(map) }));

function outline(map) {
  map.createPane('scope').style.zIndex = 350;
  const group = L.layerGroup();
  let data = null;
  const restyle = () => {
    if (!data) return;
    const colour = palette();
    group.clearLayers();
    const line = (part, options) => L.geoJSON(data, {
      pane: 'scope', interactive: false, style: { fill: false, ...options }, filter: (feature) => (feature.properties.part === 'streets') === (part === 'streets'),
    }).addTo(group);
    line('streets', { color: colour('map-halo'), weight: 4.5 });
    line('streets', { color: colour('scope-street'), weight: 2 });
    line('areas', { color: colour('map-halo'), weight: 5 });
    line('areas', { color: colour('scope'), weight: 2, dashArray: '8 5' });
  };
  return { layer: group, restyle, fill(found) { data = found; restyle(); } };
}

const shareClass = (share) => (share === null || share === undefined ? 0 : Math.min(5, Math.floor(share * 5) + 1));
const percent = (share) => (share === null || share === undefined ? say('无数据', 'no figure') : `${Math.round(share * 100)}%`);

/** A point well inside the largest ring of a polygon, for a label: the middle of its widest row. */
function labelPoint(geometry) {
  const rings = geometry.type === 'Polygon' ? [geometry.coordinates[0]] : geometry.coordinates.map((part) => part[0]);
  const ring = rings.sort((a, b) => b.length - a.length)[0];
  const heights = ring.map((point) => point[1]);
  const low = Math.min(...heights);
  const high = Math.max(...heights);
  let best = [0, ring[0][0], low];
  for (const part of [0.35, 0.45, 0.5, 0.55, 0.65]) {
    const y = low + (high - low) * part;
    const cuts = [];
    for (let i = 1; i < ring.length; i += 1) {
      const [[x1, y1], [x2, y2]] = [ring[i - 1], ring[i]];
      if ((y1 > y) !== (y2 > y)) cuts.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
    }
    cuts.sort((a, b) => a - b);
    for (let i = 1; i < cuts.length; i += 2) if (cuts[i] - cuts[i - 1] > best[0]) best = [cuts[i] - cuts[i - 1], (cuts[i] + cuts[i - 1]) / 2, y];
  }
  return [best[2], best[1]];
}

function districtsLayer(map) {
  map.createPane('districts').style.zIndex = 300;
  map.createPane('district-labels').style.zIndex = 450;
  const group = L.layerGroup();
  let data = null;
  const label = (properties) => el('span', {}, el('b', {}, say(properties.name, properties.name_en)), percent(properties.share));
  const restyle = () => {
    if (!data) return;
    const colour = palette();
    group.clearLayers();
    for (const feature of data.features) {
      const shape = L.geoJSON(feature, { pane: 'districts', style: {
        color: colour('district-line'), weight: 1.2, fillColor: colour(`share-${shareClass(feature.properties.share)}`), fillOpacity: 0.58,
      } });
      shape.bindPopup(() => el('div', { class: 'record' }, el('h2', {}, say(feature.properties.name, feature.properties.name_en)),
        el('dl', {}, el('dt', {}, say('覆盖', 'Covered')), el('dd', {}, percent(feature.properties.share)),
          el('dt', {}, say('人数', 'People')), el('dd', {}, feature.properties.people === null || feature.properties.people === undefined ? '–' : Math.round(feature.properties.people).toLocaleString()))), roomFor(map));
      shape.addTo(group);
      L.marker(labelPoint(feature.geometry), { pane: 'district-labels', interactive: false, keyboard: false,
        icon: L.divIcon({ className: 'district-label', html: label(feature.properties), iconSize: [0, 0] }) }).addTo(group);
    }
  };
  return { layer: group, restyle, fill(found) { data = found; restyle(); } };
}

function gapsLayer(map) {
  map.createPane('gaps').style.zIndex = 640;
  const group = L.layerGroup();
  const told = (properties) => el('div', { class: 'record' }, el('h2', {}, properties.name),
    el('dl', {}, el('dt', {}, say('圈外人数', 'Left out')), el('dd', {}, Math.round(properties.people).toLocaleString())));
  return { layer: group, restyle() {}, fill(found) {
    for (const { geometry: { coordinates: [lon, lat] }, properties } of found.features) {
      L.marker([lat, lon], { pane: 'gaps', title: properties.name, icon: L.divIcon({ className: 'gap-pin', html: el('span', {}, String(properties.rank)), iconSize: [0, 0], popupAnchor: [0, -24] }) })
        .bindPopup(() => told(properties), { minWidth: 200, ...roomFor(map) }).addTo(group);
    }
  } };
}

/** The weight that is shown as many at a zoom: nearly the heaviest of the cells as wide as a spot. */
function heaviest(points, zoom) {
  const cell = (HEAT_PIXELS * 360) / (256 * 2 ** zoom);
  const sums = new Map();
  for (const [lat, lon, weight] of points) {
    const key = `${Math.floor(lat / cell)}/${Math.floor(lon / cell)}`;
    sums.set(key, (sums.get(key) || 0) + weight);
  }
  const sorted = [...sums.values()].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.97)] || 1;
}

function heatLayer(map) {
  // the library reads its canvas back at every drawing; a browser wants to know that beforehand
  const simple = window.simpleheat;
  window.simpleheat = (canvas) => { canvas.getContext('2d', { willReadFrequently: true }); return simple(canvas); };
  const heat = L.heatLayer([], { radius: HEAT_PIXELS / 2, blur: 14, minOpacity: 0.05 });
  function restyle() {
    const colour = palette();
    const gradient = { 0.1: colour('heat-1'), 0.4: colour('heat-2'), 0.75: colour('heat-3'), 1: colour('heat-4') };
    const zoom = map.getZoom();
    L.setOptions(heat, { gradient, maxZoom: zoom, max: heaviest(heat._latlngs, zoom) });
    if (heat._map) heat.setOptions({});
  }
  map.on('zoomend', () => { if (heat._map) restyle(); });
  heat.on('add', restyle);
  // a frame that is still due would draw on a map that is gone
  heat.on('remove', () => { if (heat._frame) { L.Util.cancelAnimFrame(heat._frame); heat._frame = null; } });
  return { layer: heat, restyle, fill(data) { heat._latlngs = data.points; restyle(); } };
}

// the address keeps zoom, place and layers: #13.5/29.56300/106.55120/smo
function viewOf(map, shown, layers) {
  const { lat, lng } = map.getCenter();
  return `#${map.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}/${layers.filter((layer) => shown.has(layer.id)).map((layer) => layer.key).join('')}`;
}

function readView(hash, layers) {
  const [zoom, lat, lon, keys] = hash.slice(1).split('/');
  if (![zoom, lat, lon].every((part) => part && Number.isFinite(Number(part)))) return null;
  return { zoom: Number(zoom), place: [Number(lat), Number(lon)], shown: new Set(layers.filter((layer) => (keys || '').includes(layer.key)).map((layer) => layer.id)) };
}

/** Bring the map that folium made to life.
 * ground: (map, config) => {minutes(on), restyle()} draws the base map and the streets by minutes;
 * load: (id) => Promise of the data of a layer. */
export function openManagement({ config, ground, load }) {
  const map = window[config.map];
  const side = document.getElementById('panel');
  map.getContainer().append(side);
  L.DomEvent.disableClickPropagation(side).disableScrollPropagation(side);
  map.attributionControl.setPrefix(false).addAttribution(escaped(config.basemap_attribution));
  L.control.zoom({ position: 'bottomright', zoomInTitle: '+', zoomOutTitle: '−' }).addTo(map);
  L.control.scale({ imperial: false, position: 'bottomleft' }).addTo(map);

  const known = ALL_LAYERS.filter((layer) => config.layers.includes(layer.id));
  const layers = config.day ? known.filter((layer) => OF_THE_PAST.has(layer.id)) : known;
  const given = readView(location.hash, layers);
  const shown = given ? given.shown : new Set(layers.filter((layer) => layer.on).map((layer) => layer.id));
  if (given) map.setView(given.place, given.zoom, { animate: false });
  else {
    const wide = map.getSize().x > 900;
    // of many, what lies at the very edge may stay outside: a whole zoom closer is worth more
    const many = config.states.reduce((sum, one) => sum + one.count, 0) >= MANY;
    map.fitBounds(L.latLngBounds(config.bounds).pad(many ? -0.08 : 0.08), { animate: false, maxZoom: 16, paddingBottomRight: wide ? [364, 0] : [0, 0] });
  }

  const base = ground(map, config, shown.has('minutes'));
  const parts = { stations: stationsLayer(map, config), scope: outline(map), districts: districtsLayer(map), uncovered: heatLayer(map), gaps: gapsLayer(map) };
  const asked = new Map();
  const panel = buildPanel(side, {
    config, layers: layers.map((layer) => ({ ...layer, on: shown.has(layer.id) })),
    onLayer: (id, on) => { show(id, on); remember(); }, onStates: (hidden) => parts.stations.hide(hidden),
  });

  async function show(id, on) {
    if (on) shown.add(id); else shown.delete(id);
    if (id === 'minutes') { base.minutes(on); return; }
    const part = parts[id];
    if (!on) { map.removeLayer(part.layer); return; }
    part.layer.addTo(map);
    if (!asked.has(id)) asked.set(id, load(id));
    try {
      const data = await asked.get(id);
      if (part.full) return;
      part.full = true;
      part.fill(data);
      if (id === 'uncovered') panel.uncovered(`人数依据:${data.title || data.layer}`, `Counted: ${data.title_en || data.title || data.layer}`);
      panel.notice('');
    } catch (error) {
      asked.delete(id);
      const layer = layers.find((one) => one.id === id);
      panel.notice(`“${layer.zh}”没有取到:${error.message}。关掉再打开此图层可重试。`, `“${layer.en}” could not be loaded: ${error.message}. Switch the layer off and on to try again.`);
    }
  }

  let writing = false;
  function remember() {
    writing = true;
    history.replaceState(null, '', viewOf(map, shown, layers));
    writing = false;
  }
  map.on('moveend', remember);
  window.addEventListener('hashchange', () => {
    const view = readView(location.hash, layers);
    if (!view || writing) return;
    map.setView(view.place, view.zoom);
    for (const { id } of layers) if (view.shown.has(id) !== shown.has(id)) show(id, view.shown.has(id));
    panel.show(view.shown);
  });
  languageSwitch(document.getElementById('language'));
  const restyle = () => Object.values(parts).forEach((part) => part.restyle());
  onLanguage(restyle);
  onTheme(() => { restyle(); base.restyle(); });
  for (const id of shown) if (id !== 'minutes') show(id, true);
  document.documentElement.dataset.ready = 'yes';
}
