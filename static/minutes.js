// streets painted by the walking minutes to the nearest station, under the labels of the base map
import { tiles } from './basemap.js';

// the farthest first, so that a near street is never painted over
const BANDS = [99, 15, 10, 5];
// main streets, local ones, paths and steps; the least first
const WIDTHS = [[2, 0.45], [1, 0.7], [0, 1.25]];

/** Width in pixels at a zoom of a street as wide as a local one, before its own share. */
export const minuteWidth = (zoom) => (zoom <= 13 ? 0.7 + 0.28 * Math.max(zoom - 10, 0) : 1.54 + 1.15 * (zoom - 13));

/** Sources and paint rules for the layer of our tiles. */
export const minutesOverlay = (version) => (colour) => ({
  calm: true,
  sources: { minutes: tiles('minutes', version) },
  rules: WIDTHS.flatMap(([kind, share]) => BANDS.map((limit) => ({
    dataSource: 'minutes', dataLayer: 'minutes',
    filter: (zoom, feature) => feature.props.band === limit && feature.props.width === kind,
    symbolizer: new protomapsL.LineSymbolizer({
      color: colour(`min-${limit}`), lineCap: 'round', lineJoin: 'round',
      width: (zoom) => Math.max(minuteWidth(zoom) * share * (limit === 99 ? 0.8 : 1), 0.5),
    }),
  }))),
});
