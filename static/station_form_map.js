// the map of the form: one pin, moved by click, drag or arrow keys
import { addGround, pin, prepareMap } from './map.js';
import { say } from './words.js';

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const COARSE_PIXELS = 10;
const CLOSE = 17;

/** Open the map in an element; null where this page may show none. `onPlace` gets WGS-84 degrees. */
export async function openFormMap(element, config, { onPlace }) {
  if (!await prepareMap(config)) return null;
  element.hidden = false;
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const map = L.map(element, { minZoom: 9, maxZoom: 19, zoomSnap: 0.5 });
  L.control.scale({ imperial: false, position: 'bottomleft' }).addTo(map);
  map.setView(config.centre, 14);
  addGround(map, config);
  let marker = null;

  function moved() {
    const { lat, lng } = marker.getLatLng().wrap();
    onPlace(lng, lat);
  }

  function step(event) {
    const way = STEPS[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const size = event.shiftKey ? 1 : COARSE_PIXELS;
    const point = map.latLngToContainerPoint(marker.getLatLng()).add([way[0] * size, way[1] * size]);
    marker.setLatLng(map.containerPointToLatLng(point));
    if (!map.getBounds().pad(-0.05).contains(marker.getLatLng())) map.panTo(marker.getLatLng(), { animate: !still });
    moved();
  }

  function put(lat, lon) {
    if (marker) { marker.setLatLng([lat, lon]); return; }
    marker = L.marker([lat, lon], {
      icon: pin('form-pin', '', [26, 26], true), draggable: true, autoPan: true, keyboard: true,
      alt: say('站点位置,方向键可移动', 'Place of the station; arrow keys move it'),
    }).addTo(map);
    marker.on('dragend', moved);
    marker.getElement().setAttribute('aria-describedby', 'pin-help');
    marker.getElement().setAttribute('aria-label', say('站点位置,方向键可移动', 'Place of the station; arrow keys move it'));
    marker.getElement().addEventListener('keydown', step);
  }

  map.on('click', (event) => { put(event.latlng.lat, event.latlng.lng); moved(); });

  return {
    /** Show where the form says the station is: [longitude, latitude] in WGS-84, null for nowhere. */
    show(place) {
      if (!place) { if (marker) { marker.remove(); marker = null; } return; }
      const first = !marker;
      put(place[1], place[0]);
      const inside = map.getBounds().pad(-0.05).contains([place[1], place[0]]);
      if (first && !inside) map.setView([place[1], place[0]], CLOSE, { animate: !still });
      else if (!inside) map.panTo([place[1], place[0]], { animate: !still });
    },
    /** Look at a place without moving the pin there. */
    look(lon, lat) { map.setView([lat, lon], CLOSE, { animate: !still }); },
    /** Put the pin where the map looks. */
    toCentre() {
      const { lat, lng } = map.getCenter();
      put(lat, lng);
      moved();
      marker.getElement().focus();
    },
  };
}
