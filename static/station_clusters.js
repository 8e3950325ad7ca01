// stations on a map: single signs, or gathered where they would lie on each other; of tens of
// thousands only what is in view is ever drawn
import { clusterIcon, stationIcon } from './states.js';

const APART_NEAR = 48;
const APART_FAR = 72;
const NEAR_ZOOM = 15;
const SINGLE_ZOOM = 17;
// what lies beyond the edge is drawn too, so that a map that is dragged is not bare there
const PADDING = 1;
// more cells than lie above each other at any zoom
const ROWS = 2 ** 24;

const mercatorY = (lat) => 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
const mercatorX = (lon) => (lon + 180) / 360;

/** Gather the points in a box into groups that stand clear of each other.
 * points: {x, y} typed arrays in the unit square of Web Mercator; wanted: (i) => whether i is shown;
 * box: west, north, east, south in that square; apart: how far groups are from each other. */
export function gathered({ x, y }, wanted, [west, north, east, south], apart) {
  const cells = new Map();
  for (let i = 0; i < x.length; i += 1) {
    if (x[i] < west || x[i] > east || y[i] < north || y[i] > south || !wanted(i)) continue;
    const key = Math.floor(x[i] / apart) * ROWS + Math.floor(y[i] / apart);
    const cell = cells.get(key);
    if (!cell) cells.set(key, { members: [i], x: x[i], y: y[i] });
    else { cell.members.push(i); cell.x += x[i]; cell.y += y[i]; }
  }
  // neighbours whose middles came close are one; the larger takes the smaller in
  const ordered = [...cells.values()].sort((a, b) => b.members.length - a.members.length || a.members[0] - b.members[0]);
  const kept = [];
  const near = new Map();
  for (const group of ordered) {
    const middle = { x: group.x / group.members.length, y: group.y / group.members.length };
    const column = Math.floor(middle.x / apart);
    const row = Math.floor(middle.y / apart);
    let into = null;
    for (let dx = -1; dx <= 1 && !into; dx += 1) {
      for (let dy = -1; dy <= 1 && !into; dy += 1) {
        into = (near.get((column + dx) * ROWS + row + dy) || []).find((one) => Math.hypot(one.at.x - middle.x, one.at.y - middle.y) < apart * 0.8) || null;
      }
    }
    if (into) { into.members.push(...group.members); continue; }
    const made = { members: group.members, at: middle };
    kept.push(made);
    const key = column * ROWS + row;
    near.set(key, [...(near.get(key) || []), made]);
  }
  return kept;
}

/** Features as the layer asks for them, one by one. */
function listed(features) {
  return {
    size: features.length, place: (i) => features[i].geometry.coordinates,
    state: (i) => features[i].properties.state, properties: (i) => features[i].properties,
  };
}

/** The layer of stations; bind: (marker, properties) gives a single sign its popup. */
export function stationClusters(map, bind) {
  const group = L.layerGroup();
  let all = listed([]);
  let points = { x: new Float64Array(0), y: new Float64Array(0) };
  let hidden = new Set();
  let drawn = new Map();

  function single(i) {
    const [lon, lat] = all.place(i);
    const properties = all.properties(i);
    const marker = L.marker([lat, lon], { icon: stationIcon(properties), title: properties.name, alt: properties.name });
    marker.properties = properties;
    return bind(marker, properties);
  }

  function cluster({ members }) {
    let active = 0;
    const sum = [0, 0];
    const least = [180, 90];
    const most = [-180, -90];
    for (const i of members) {
      if (['active', 'open'].includes(all.state(i))) active += 1;
      const place = all.place(i);
      for (const k of [0, 1]) {
        sum[k] += place[k];
        if (place[k] < least[k]) least[k] = place[k];
        if (place[k] > most[k]) most[k] = place[k];
      }
    }
    const bounds = L.latLngBounds([least[1], least[0]], [most[1], most[0]]);
    const icon = clusterIcon({ count: members.length, active });
    // at the middle of the members, not of their box: where the eye expects them
    const marker = L.marker([sum[1] / members.length, sum[0] / members.length], { icon, alt: icon.options.html.getAttribute('aria-label') });
    return marker.on('click', () => {
      const zoom = Math.max(map.getBoundsZoom(bounds.pad(0.1)), Math.floor(map.getZoom()) + 1);
      map.setView(bounds.getCenter(), Math.min(zoom, SINGLE_ZOOM, map.getMaxZoom()));
    });
  }

  function draw() {
    if (!map.hasLayer(group)) return;
    const zoom = map.getZoom();
    const view = map.getBounds().pad(PADDING);
    const box = [mercatorX(view.getWest()), mercatorY(view.getNorth()), mercatorX(view.getEast()), mercatorY(view.getSouth())];
    const pixels = zoom < NEAR_ZOOM ? APART_FAR : APART_NEAR;
    const wanted = (i) => !hidden.has(all.state(i));
    const groups = zoom >= SINGLE_ZOOM
      ? inBox(box, wanted).map((i) => ({ members: [i] }))
      : gathered(points, wanted, box, pixels / (256 * 2 ** zoom));
    const next = new Map();
    for (const one of groups) {
      // the same sign stays, and with it its popup and the focus
      const key = one.members.length === 1 ? `${one.members[0]}` : `${one.members.length}:${Math.min(...one.members.slice(0, 50))}:${zoom}`;
      next.set(key, drawn.get(key) || (one.members.length === 1 ? single(one.members[0]) : cluster(one)));
    }
    for (const [key, marker] of drawn) if (next.get(key) !== marker) group.removeLayer(marker);
    for (const [key, marker] of next) if (drawn.get(key) !== marker) group.addLayer(marker);
    drawn = next;
  }

  function inBox([west, north, east, south], wanted) {
    const found = [];
    for (let i = 0; i < all.size; i += 1) {
      if (points.x[i] >= west && points.x[i] <= east && points.y[i] >= north && points.y[i] <= south && wanted(i)) found.push(i);
    }
    return found;
  }

  function anew() { group.clearLayers(); drawn = new Map(); draw(); }

  group.on('add', () => { map.on('moveend', draw); draw(); });
  group.on('remove', () => map.off('moveend', draw));
  return {
    layer: group,
    fill(data) {
      all = data.place ? data : listed(data.features.filter((feature) => feature.geometry));
      points = { x: new Float64Array(all.size), y: new Float64Array(all.size) };
      for (let i = 0; i < all.size; i += 1) {
        const [lon, lat] = all.place(i);
        points.x[i] = mercatorX(lon);
        points.y[i] = mercatorY(lat);
      }
      anew();
    },
    hide(states) { hidden = new Set(states); anew(); },
    restyle() { map.closePopup(); anew(); },
  };
}
