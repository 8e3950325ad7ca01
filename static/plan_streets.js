// streets painted by thirds of the limit, or by how many stations are within it
import { tiles } from './basemap.js';
import { minuteWidth } from './minutes.js';
import { palette } from './theme.js';

// the least first, so that what is near is never painted over; beyond the limit is 9
const BANDS = [[9, 'min-99'], [2, 'min-15'], [1, 'min-10'], [0, 'min-5']];
const COUNTS = [[0, 'over-0'], [1, 'over-1'], [2, 'over-2'], [3, 'over-3']];
const WIDTHS = [[2, 0.5], [1, 0.75], [0, 1.3]];

/** The layer of a set of figures; by: 'streets' or 'overlap'. */
export function streetLayer(key, by, pane) {
  const colour = palette();
  const [name, steps] = by === 'overlap' ? ['n', COUNTS] : ['band', BANDS];
  return protomapsL.leafletLayer({
    pane, attribution: '', labelRules: [], minZoom: 8, maxZoom: 19, sources: { plan: tiles('plan', key, 'key') },
    paintRules: WIDTHS.flatMap(([kind, share]) => steps.map(([value, token]) => ({
      dataSource: 'plan', dataLayer: 'plan', filter: (zoom, feature) => feature.props[name] === value && feature.props.width === kind,
      symbolizer: new protomapsL.LineSymbolizer({
        color: colour(token), lineCap: 'round', lineJoin: 'round', width: (zoom) => Math.max(minuteWidth(zoom) * share * (value === 9 || (by === 'overlap' && value === 0) ? 0.75 : 1), 0.5),
      }),
    }))),
  });
}

/** Streets of the newest figures in a pane of the map; the old ones stay until the new ones are drawn. */
export function streetsIn(map, pane) {
  let drawn = [];
  let shown = '';
  const leave = (layers) => layers.forEach((layer) => map.removeLayer(layer));
  return {
    show(key, by) {
      const wanted = key && by ? `${key} ${by}` : '';
      if (wanted === shown) return;
      shown = wanted;
      if (!wanted) { leave(drawn); drawn = []; return; }
      const fresh = streetLayer(key, by, pane).addTo(map);
      drawn.push(fresh);
      fresh.once('load', () => { const at = drawn.indexOf(fresh); if (at > 0) leave(drawn.splice(0, at)); });
    },
    anew(key, by) { shown = ''; this.show(key, by); },
  };
}
