// draws our vector tiles, one look for every map; needs the globals L and protomapsL
import { palette } from './theme.js';

const DATA_ZOOM = { first: 8, last: 16 };

// widths in pixels at zooms 10, 13, 16 and 19; thin streets come in from a later zoom
const STREETS = [
  ['path', 15, [0, 0, 1.2, 2.4], 'path', [3, 3]],
  ['steps', 15, [0, 0, 2.4, 6], 'steps', [1.5, 1.5]],
  ['service', 15, [0, 0.5, 2.6, 10], 'street'],
  ['pedestrian', 14, [0, 0.8, 4, 13], 'street'],
  ['residential', 13, [0, 1, 5, 16], 'street'],
  ['tertiary', 11, [0.6, 1.8, 7, 20], 'street'],
  ['secondary', 10, [0.9, 2.6, 9, 24], 'main'],
  ['primary', 8, [1.2, 3.2, 10, 26], 'main'],
  ['trunk', 8, [1.5, 3.6, 11, 28], 'motorway'],
  ['motorway', 8, [1.8, 4, 12, 30], 'motorway'],
];

// width of a street at a zoom, between the four it is given for
function widthAt(widths, zoom) {
  const place = Math.min(Math.max((zoom - 10) / 3, 0), 3);
  const from = Math.min(Math.floor(place), 2);
  return widths[from] + (widths[from + 1] - widths[from]) * (place - from);
}

const ofKind = (...kinds) => (zoom, feature) => kinds.includes(feature.props.kind);

function streetRules(colour, calm) {
  const { LineSymbolizer } = protomapsL;
  // under an overlay that colours streets itself, all of them are plain
  const look = (name) => (calm && name !== 'steps' && name !== 'path' ? 'street' : name);
  const rule = (kind, minzoom, options) => ({
    dataLayer: 'street', minzoom, filter: ofKind(kind), symbolizer: new LineSymbolizer(options),
  });
  const round = { lineCap: 'round', lineJoin: 'round' };
  const cased = STREETS.filter(([, , , , dash]) => !dash);
  const dashed = STREETS.filter(([, , , , dash]) => dash);
  return [
    ...dashed.map(([kind, first, widths, name, dash]) => rule(kind, first, {
      color: colour(`map-${name}`), width: (zoom) => widthAt(widths, zoom), dash,
    })),
    ...cased.map(([kind, first, widths, name]) => rule(kind, Math.max(first, 12), {
      color: colour(`map-${look(name)}-case`), width: (zoom) => widthAt(widths, zoom) + (zoom > 14 ? 2 : 1.2), ...round,
    })),
    ...cased.map(([kind, first, widths, name]) => rule(kind, first, {
      color: (zoom) => colour(`map-${look(name)}${zoom < 12 ? '-case' : ''}`),
      width: (zoom) => Math.max(widthAt(widths, zoom), 0.7), ...round,
    })),
  ];
}

const OTHER_NAMES = { wood: 'forest' };

function groundRules(colour) {
  const { PolygonSymbolizer, LineSymbolizer } = protomapsL;
  const area = (dataLayer, fill, filter, more) => ({
    dataLayer, filter, symbolizer: new PolygonSymbolizer({ fill: colour(fill), ...more }),
  });
  const polygon = (zoom, feature) => feature.geomType === 3;
  const stream = (kinds, minzoom, widths) => ({
    dataLayer: 'water', minzoom,
    filter: (zoom, feature) => feature.geomType === 2 && kinds.includes(feature.props.kind),
    symbolizer: new LineSymbolizer({
      color: colour('map-water'), width: (zoom) => widthAt(widths, zoom), lineCap: 'round', lineJoin: 'round',
    }),
  });
  return [
    ...['residential', 'commercial', 'industrial', 'farmland', 'grass', 'cemetery', 'wood', 'park'].map(
      (kind) => area('landuse', `map-${kind}`, ofKind(kind, OTHER_NAMES[kind])),
    ),
    area('water', 'map-water', polygon),
    stream(['river', 'canal'], 8, [1.2, 3, 7, 16]),
    stream(['stream', 'ditch', 'drain'], 13, [0, 0.8, 2, 4]),
    { ...area('building', 'map-building', polygon, {
      stroke: colour('map-building-line'), width: (zoom) => (zoom > 16 ? 1 : 0.4), perFeature: true,
    }), minzoom: 15 },
    { dataLayer: 'railway', minzoom: 11, symbolizer: new LineSymbolizer({
      color: colour('map-rail'), width: (zoom) => widthAt([0.6, 1, 2, 3], zoom),
    }) },
    { dataLayer: 'railway', minzoom: 14, symbolizer: new LineSymbolizer({
      color: colour('map-ground'), width: (zoom) => widthAt([0, 0.4, 1, 1.6], zoom), dash: [6, 6],
    }) },
  ];
}

// the name of a broad river in the middle of its widest row within a tile, once in a while
function waterName(options) {
  const symbolizer = new protomapsL.CenteredTextSymbolizer(options);
  return {
    place(layout, geom, feature) {
      const heights = geom[0].map((point) => point.y);
      const y = (Math.min(...heights) + Math.max(...heights)) / 2;
      const cuts = [];
      for (const ring of geom) {
        for (let i = 1; i < ring.length; i += 1) {
          const [a, b] = [ring[i - 1], ring[i]];
          if ((a.y > y) !== (b.y > y)) cuts.push(a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x));
        }
      }
      cuts.sort((a, b) => a - b);
      const spans = cuts.map((x, i) => [cuts[i + 1] - x, x]).filter((span, i) => i % 2 === 0).sort((a, b) => b[0] - a[0]);
      if (!spans.length || spans[0][0] < 24) return undefined;
      const spot = geom[0][0].clone();
      spot.x = spans[0][1] + spans[0][0] / 2;
      spot.y = y;
      const labels = symbolizer.place(layout, [[spot]], feature);
      return labels && labels.map((label) => ({ ...label, deduplicationKey: feature.props.name, deduplicationDistance: 700 }));
    },
  };
}

const ALIKE = { suburb: ['borough'], neighbourhood: ['quarter', 'hamlet', 'locality', 'square', 'isolated_dwelling'] };
const LATE = { neighbourhood: 14, village: 11, suburb: 11, town: 9, city: 7 };

function labelRules(colour, font) {
  const { CenteredTextSymbolizer, LineLabelSymbolizer } = protomapsL;
  const text = (size, weight, ink, more) => ({
    labelProps: ['name'], fontFamily: font, fontSize: size, fontWeight: weight,
    fill: colour(ink), stroke: colour('map-halo'), width: 3, lineHeight: 1.2, ...more,
  });
  const place = (kind, size, weight, ink, maxzoom) => ({
    dataLayer: 'place', minzoom: LATE[kind], maxzoom, filter: ofKind(kind, ...(ALIKE[kind] || [])),
    symbolizer: new CenteredTextSymbolizer(text(size, weight, ink)),
  });
  const streets = (kinds, minzoom, size) => ({
    dataLayer: 'street', minzoom, filter: ofKind(...kinds),
    symbolizer: new LineLabelSymbolizer(text(size, 400, 'map-ink-soft', { position: 2, repeatDistance: 420 })),
  });
  return [
    place('city', (zoom) => (zoom < 11 ? 16 : 20), 600, 'map-ink', 13),
    place('town', (zoom) => (zoom < 12 ? 13 : 17), 600, 'map-ink', 16),
    place('suburb', (zoom) => (zoom < 13 ? 12 : 15), 500, 'map-ink', 17),
    place('village', (zoom) => (zoom < 13 ? 12 : 15), 500, 'map-ink', 17),
    streets(['motorway', 'trunk', 'primary', 'secondary'], 14, (zoom) => (zoom > 15 ? 13 : 12)),
    place('neighbourhood', 12, 400, 'map-ink-soft'),
    { dataLayer: 'water', minzoom: 11, filter: (zoom, feature) => feature.geomType === 2 && feature.props.kind === 'river',
      symbolizer: new LineLabelSymbolizer(text((zoom) => (zoom > 13 ? 14 : 12), 400, 'map-water-ink', {
        position: 2, fontStyle: 'italic', stroke: colour('map-water'), repeatDistance: 600,
      })) },
    { dataLayer: 'water', minzoom: 11, filter: (zoom, feature) => feature.geomType === 3 && feature.props.name,
      symbolizer: waterName(text(14, 400, 'map-water-ink', { fontStyle: 'italic', stroke: colour('map-water') })) },
    streets(['tertiary', 'residential', 'pedestrian', 'steps'], 16, 12),
    { dataLayer: 'premises', minzoom: 18, filter: (zoom, feature) => feature.props.name,
      symbolizer: new CenteredTextSymbolizer(text(11, 400, 'map-ink-soft')) },
  ];
}

// the drawing library checks no status: what it gets from here is a tile, or nothing;
// requests are not cancelled at a change of zoom, a finished tile serves the way back
function source(url) {
  return {
    async getZxy(z, x, y) {
      if (z < DATA_ZOOM.first) return undefined;
      const place = { '{z}': z, '{x}': x, '{y}': y };
      let answer;
      try {
        answer = await fetch(url.replace(/{[zxy]}/g, (part) => place[part]));
      } catch (error) {
        // a lost connection is asked again at the next move, as the library does after a cancelled request
        throw new DOMException('the tile did not arrive', 'AbortError');
      }
      return answer.ok ? { data: await answer.arrayBuffer() } : undefined;
    },
  };
}

/** Describe one of our tile layers as a source of the drawing library; told is what its address carries. */
export const tiles = (name, version, told = 'v') => ({
  url: source(`/tiles/${name}/{z}/{x}/{y}.mvt?${told}=${encodeURIComponent(version)}`), maxDataZoom: DATA_ZOOM.last,
});

/** Make the Leaflet layer of our own tiles; overlay adds sources and the rules painted under the labels,
 * and asks with `calm` for streets without colours of their own. */
export function vectorLayer({ version, attribution, overlay }) {
  const colour = palette();
  const over = overlay ? overlay(colour) : { sources: {}, rules: [], calm: false };
  return protomapsL.leafletLayer({
    sources: { '': tiles('basemap', version), ...over.sources },
    paintRules: [...groundRules(colour), ...streetRules(colour, over.calm), ...over.rules],
    labelRules: labelRules(colour, colour('font')),
    backgroundColor: colour('map-ground'), attribution, minZoom: DATA_ZOOM.first, maxZoom: 19,
  });
}

/** The same in two, for what comes and goes between them: the ground with calm streets, and the names above all. */
export function vectorLayers({ version, attribution, names }) {
  const colour = palette();
  const part = (more) => protomapsL.leafletLayer({ sources: { '': tiles('basemap', version) }, paintRules: [], labelRules: [], attribution: '', minZoom: DATA_ZOOM.first, maxZoom: 19, ...more });
  return [
    part({ paintRules: [...groundRules(colour), ...streetRules(colour, true)], backgroundColor: colour('map-ground'), attribution }),
    part({ labelRules: labelRules(colour, colour('font')), pane: names }),
  ];
}
