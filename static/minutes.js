// streets painted by the walking minutes to the nearest station, under the labels of the base map
import { tiles } from './basemap.js';

export const BANDS = [5, 10, 15, 99];

/** Width in pixels of a street of a band at a zoom. */
export function minuteWidth(limit, zoom) {
  const width = zoom <= 12 ? 0.5 + 0.3 * Math.max(zoom - 9, 0) : 1.4 + 0.85 * (zoom - 12);
  return limit === 99 ? width * 0.75 : width;
}

/** Sources and paint rules for the layer of our tiles; the farthest band is painted first. */
export const minutesOverlay = (version) => (colour) => ({
  sources: { minutes: tiles('minutes', version) },
  rules: [...BANDS].reverse().map((limit) => ({
    dataSource: 'minutes', dataLayer: 'minutes',
    filter: (zoom, feature) => feature.props.band === limit,
    symbolizer: new protomapsL.LineSymbolizer({
      color: colour(`min-${limit}`), lineCap: 'round', lineJoin: 'round',
      width: (zoom) => minuteWidth(limit, zoom), opacity: 0.95,
    }),
  })),
});
