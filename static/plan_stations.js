// stations on the workbench's map: dots from afar, signs from near; new ones and moved ones are dragged
import { ask } from './plan_ask.js';
import { addChange } from './plan_changes.js';
import { el } from './dom.js';
import { onChange, state } from './plan_state.js';
import { sign } from './states.js';
import { onTheme, palette } from './theme.js';
import { onLanguage, say } from './words.js';

const SIGN_ZOOM = 14.5;
const MOST_SIGNS = 260;
const COUNTING = new Set(['active', 'rectifying', 'suspended']);
const COLOURS = { active: 'teal', rectifying: 'amber', suspended: 'brick' };

const icon = (inside, look, size = 24) => L.divIcon({ className: `plan-station ${look}`, html: inside, iconSize: [size, size] });

/** The stations of the register, by id, with the lists of the map of staff unfolded. */
export async function loadStations() {
  const found = await ask('/manage/map/stations.json', undefined, { channel: 'stations' });
  return new Map((found?.stations || []).filter((one) => COUNTING.has(one[4]))
    .map(([id, code, lon, lat, status, verified, name, english, services]) => [id, { id, code, lon, lat, state: status, verified, name, name_en: english, services }]));
}

/** The layer; onPick: (id of a station or key of a new one). */
export function stationsOn(map, stations, onPick) {
  const group = L.layerGroup();
  const changed = L.layerGroup().addTo(map);
  const renderer = L.canvas({ padding: 0.3 });
  let dragging = false;

  const touched = () => {
    const found = new Map();
    for (const one of state.changes) if (one.station) found.set(one.station, { ...found.get(one.station), [one.kind]: one });
    return found;
  };
  const plain = (one) => L.circleMarker([one.lat, one.lon], { renderer, radius: map.getZoom() < 12.5 ? 2.4 : map.getZoom() < 13.5 ? 3.2 : 4.2, weight: map.getZoom() < 12.5 ? 0.7 : 1.4, color: palette()('paper'), fillColor: palette()(COLOURS[one.state]), fillOpacity: 1 })
    .bindTooltip(say(one.name, one.name_en)).on('click', (event) => { L.DomEvent.stopPropagation(event); onPick(one.id); });

  function signed(one, look = '', at = [one.lat, one.lon]) {
    const name = say(one.name, one.name_en);
    const marker = L.marker(at, { icon: icon(sign(one.state, { verified: one.verified !== false, size: 24 }), look), title: name, alt: name, draggable: state.tab === 'scenario', riseOnHover: true });
    marker.on('click', () => onPick(one.id));
    return draggable(marker, (place) => ({ kind: 'move', station: one.id, ...place }));
  }

  /** Follow the hand: the figures are asked for at every step, the address only in the end. */
  function draggable(marker, made) {
    const place = () => { const { lat, lng } = marker.getLatLng(); return { lon: Number(lng.toFixed(6)), lat: Number(lat.toFixed(6)) }; };
    let first = true;
    marker.on('dragstart', () => { dragging = true; first = true; });
    marker.on('drag', () => { addChange(made(place()), { live: !first, edit: true, step: first }); first = false; });
    marker.on('dragend', () => { dragging = false; addChange(made(place()), { live: true, edit: true, step: false }); drawChanged(); });
    return marker;
  }

  function draw() {
    group.clearLayers();
    if (!map.hasLayer(group)) return;
    const skip = touched();
    const near = map.getZoom() >= SIGN_ZOOM;
    const view = map.getBounds().pad(0.15);
    let signs = 0;
    for (const one of stations.values()) {
      if (skip.has(one.id)) continue;
      const inside = near && signs < MOST_SIGNS && view.contains([one.lat, one.lon]);
      if (inside) signs += 1;
      group.addLayer(inside ? signed(one) : plain(one));
    }
  }

  function drawChanged() {
    if (dragging) return;
    changed.clearLayers();
    for (const [id, kinds] of touched()) {
      const one = stations.get(id);
      if (!one) continue;
      const at = kinds.move ? [kinds.move.lat, kinds.move.lon] : [one.lat, one.lon];
      if (kinds.move) L.polyline([[one.lat, one.lon], at], { color: palette()('scope'), weight: 2, dashArray: '4 5', interactive: false }).addTo(changed);
      const marker = signed(one, kinds.close ? 'is-closed-here' : 'is-changed', at);
      marker.options.zIndexOffset = 500;
      changed.addLayer(marker);
    }
    for (const one of state.changes.filter((each) => each.kind === 'open')) {
      const name = say(one.name, one.name_en);
      const marker = L.marker([one.lat, one.lon], { icon: icon(el('span', {}, '+'), 'is-new', 30), title: name, alt: name, draggable: true, zIndexOffset: 1000 });
      marker.on('click', () => onPick(one.key));
      // what was renamed since keeps its name: the change of this moment is moved, not the one that was drawn
      changed.addLayer(draggable(marker, (place) => ({ ...(state.changes.find((each) => each.kind === 'open' && each.key === one.key) || one), ...place })));
    }
  }

  const show = () => { if (state.layers.includes('stations')) { group.addTo(map); draw(); } else map.removeLayer(group); };
  let zoom = map.getZoom();
  map.on('moveend', () => { if (!dragging && (map.getZoom() >= SIGN_ZOOM || map.getZoom() !== zoom)) { zoom = map.getZoom(); draw(); } });
  const all = () => { show(); drawChanged(); };
  onChange(['layers'], show);
  onChange(['changes'], () => { if (!dragging) all(); });
  onChange(['tab'], (names) => { if (names.has('tab')) all(); });
  onTheme(all);
  onLanguage(all);
  all();
  return { all };
}
