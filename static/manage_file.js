// the management map as one file: everything is embedded, drawn on a canvas, nothing is asked of anybody
import { el, pageData } from './dom.js';
import { openManagement } from './manage_map.js';
import { palette } from './theme.js';

const SCALE = 1e5;
const STREET_KINDS = { motorway: ['motorway', 2.2], trunk: ['motorway', 2], primary: ['main', 1.8], secondary: ['main', 1.5] };
const PLACES = { city: [7, 18], town: [9, 15], suburb: [11, 13], village: [11, 13], neighbourhood: [14, 12] };

/** Turn a run of integers (first point, then differences; lon, lat in 1e-5 degrees) into [lat, lon] pairs. */
function path(numbers) {
  const points = [];
  let lon = 0;
  let lat = 0;
  for (let i = 0; i < numbers.length; i += 2) {
    lon += numbers[i];
    lat += numbers[i + 1];
    points.push([lat / SCALE, lon / SCALE]);
  }
  return points;
}

// main streets, local ones, paths and steps
const MINUTE_SHARES = [1.25, 0.7, 0.45];

const minuteWeight = (zoom) => (zoom <= 13 ? 0.7 + 0.28 * Math.max(zoom - 10, 0) : 1.54 + 1.15 * (zoom - 13));

/** Write the names of places that fit, the more important ones first. */
function drawNames(map, group, places) {
  group.clearLayers();
  const zoom = map.getZoom();
  const view = map.getBounds().pad(0.1);
  const taken = [];
  for (const [kind, name, , [spot]] of places) {
    const [first, size] = PLACES[kind] || [14, 12];
    const [lat, lon] = path(spot)[0];
    if (zoom < first || !view.contains([lat, lon])) continue;
    const { x, y } = map.latLngToContainerPoint([lat, lon]);
    const half = [...name].reduce((sum, sign) => sum + (sign.charCodeAt(0) > 255 ? 1 : 0.6), 0) * size * 0.5 + 8;
    if (taken.some((box) => Math.abs(box.x - x) < box.half + half && Math.abs(box.y - y) < 26)) continue;
    taken.push({ x, y, half });
    L.marker([lat, lon], { interactive: false, keyboard: false, pane: 'place-names',
      icon: L.divIcon({ className: `place-name is-${kind}`, html: el('span', {}, name), iconSize: [0, 0] }) }).addTo(group);
  }
}

function ground(map, config, withMinutes) {
  const data = pageData('harbor-data');
  ['ground', 'streets', 'minutes'].forEach((name, index) => { map.createPane(name).style.zIndex = 200 + index * 20; });
  map.createPane('place-names').style.zIndex = 440;
  map.getPane('place-names').style.pointerEvents = 'none';
  const renderer = Object.fromEntries(['ground', 'streets', 'minutes'].map((pane) => [pane, L.canvas({ pane, padding: 0.3 })]));
  const decoded = Object.fromEntries(Object.entries(data.basemap).map(([layer, features]) => [
    layer, layer === 'place' ? features : features.map(([kind, name, type, paths]) => ({ kind, type, paths: paths.map(path) })),
  ]));
  const bands = data.streets.map(({ band, width, lines }) => ({ band, width, lines: lines.map(path) })).sort((a, b) => b.width - a.width || b.band - a.band);
  const below = L.layerGroup().addTo(map);
  const minutes = L.layerGroup();
  const names = L.layerGroup().addTo(map);
  const order = Object.keys(PLACES);
  const places = [...(data.basemap.place || [])].sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0]));
  let widths = [];
  let calm = withMinutes;

  function paint() {
    const colour = palette();
    const fixed = { interactive: false, smoothFactor: 1 };
    below.clearLayers();
    minutes.clearLayers();
    widths = [];
    const area = (features, fill) => features.forEach(({ paths }) => L.polygon(paths, {
      ...fixed, renderer: renderer.ground, stroke: false, fillColor: fill, fillOpacity: 1,
    }).addTo(below));
    const lines = (paths, target, pane, color, weight) => {
      if (!paths.length) return;
      const line = L.polyline(paths, { ...fixed, renderer: renderer[pane], color, weight: weight(map.getZoom()) }).addTo(target);
      widths.push(() => line.setStyle({ weight: weight(map.getZoom()) }));
    };
    const all = (layer) => decoded[layer] || [];
    for (const kind of ['residential', 'commercial', 'industrial', 'farmland', 'grass', 'cemetery', 'wood', 'park']) {
      area(all('landuse').filter((one) => one.kind === kind || (kind === 'wood' && one.kind === 'forest')), colour(`map-${kind}`));
    }
    area(all('water').filter((one) => one.type === 3), colour('map-water'));
    lines(all('water').filter((one) => one.type === 2).flatMap((one) => one.paths), below, 'ground', colour('map-water'), (zoom) => Math.max(1, zoom - 10));
    for (const part of ['-case', '']) {
      const others = all('street').filter((one) => !STREET_KINDS[one.kind]).flatMap((one) => one.paths);
      const grow = (width) => (zoom) => Math.max(0.6, width * (zoom - 9) * 0.55) + (part ? 1.4 : 0);
      lines(others, below, 'streets', colour(`map-street${part}`), grow(0.7));
      for (const kind of Object.keys(STREET_KINDS).reverse()) {
        // streets that are coloured by minutes are plain below
        const [name, width] = [calm ? 'street' : STREET_KINDS[kind][0], STREET_KINDS[kind][1]];
        lines(all('street').filter((one) => one.kind === kind).flatMap((one) => one.paths), below, 'streets', colour(`map-${name}${part}`), grow(width));
      }
    }
    for (const { band, width, lines: paths } of bands) {
      lines(paths, minutes, 'minutes', colour(`min-${band}`), (zoom) => Math.max(0.5, minuteWeight(zoom) * MINUTE_SHARES[width] * (band === 99 ? 0.8 : 1)));
    }
  }

  paint();
  if (withMinutes) minutes.addTo(map);
  map.on('zoomend', () => widths.forEach((renew) => renew()));
  map.on('moveend', () => drawNames(map, names, places));
  drawNames(map, names, places);
  return {
    minutes(on) {
      calm = on;
      if (on) minutes.addTo(map); else map.removeLayer(minutes);
      paint();
    },
    restyle: paint,
  };
}

const embedded = pageData('harbor-data');
openManagement({ config: pageData('harbor-map'), ground, load: (id) => Promise.resolve(embedded[id]) });
