// the rider's map: where I am, the nearest stations as minutes, one of them chosen
import { el, escaped } from './dom.js';
import { vectorLayer } from './basemap.js';
import { onTheme } from './theme.js';
import { band, minutes, say } from './words.js';

const NEAR_SECONDS = 1800;
const SIGNS = { open: '', closed: '■', unknown: '▲' };

/** Whether this page may show a map at all: the public profile needs a reviewed source. */
export const allowed = (config) => config.profile === 'internal' || Boolean(config.tile_url);

const library = (name) => new Promise((done, failed) => {
  document.head.append(el('script', { src: new URL(`vendor/${name}`, import.meta.url).href, onload: done, onerror: failed }));
});

// before our own styles, which have the last word
const style = (name) => document.querySelector(`link[href$="${name}"]`) || new Promise((done, failed) => {
  document.head.prepend(el('link', { rel: 'stylesheet', href: new URL(name, import.meta.url).href, onload: done, onerror: failed }));
});
let prepared = null;

async function prepare(config) {
  try {
    await Promise.all([library('leaflet/leaflet.js'), style('vendor/leaflet/leaflet.css')]);
    if (config.profile === 'internal') await library('protomaps-leaflet/protomaps-leaflet.js');
  } catch (error) {
    prepared = null;
    return false;
  }
  return true;
}

/** Fetch what draws a map, after the words are on the page, once; false where there is to be none. */
export function prepareMap(config) {
  if (!allowed(config)) return Promise.resolve(false);
  prepared = prepared || prepare(config);
  return prepared;
}

/** Put the ground under a Leaflet map: our own tiles, or the reviewed source of the public profile. */
export function addGround(map, config) {
  map.attributionControl.setPrefix(false);
  if (config.profile === 'public') {
    L.tileLayer(config.tile_url, { attribution: escaped(config.tile_attribution), maxZoom: 18 }).addTo(map);
    return;
  }
  const draw = () => vectorLayer({
    version: config.tiles_version, attribution: escaped(config.basemap_attribution),
  }).addTo(map);
  let layer = draw();
  onTheme(() => { map.removeLayer(layer); layer = draw(); });
}

/** A pin built from text alone. */
export function pin(className, text, size, tip) {
  return L.divIcon({ className, html: el('span', {}, text), iconSize: size, iconAnchor: [size[0] / 2, tip ? size[1] + 6 : size[1] / 2] });
}

/** Open the rider's map in an element; the callbacks get a place, or a station's number. */
export function openMap(element, config, { onPlace, onStation }) {
  const map = L.map(element, { zoomControl: false, minZoom: 9, maxZoom: 19, zoomSnap: 0.5 });
  L.control.zoom({ position: 'topright', zoomInTitle: '+', zoomOutTitle: '−' }).addTo(map);
  L.control.scale({ imperial: false, position: 'bottomleft' }).addTo(map);
  map.setView(config.centre, 13);
  addGround(map, config);

  const pins = L.layerGroup().addTo(map);
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  let me = null;
  let picking = false;
  let stations = [];
  let chosen = null;

  const place = (event) => onPlace({ lon: event.latlng.lng, lat: event.latlng.lat });
  map.on('click', (event) => { if (picking) place(event); });
  map.on('contextmenu', place);

  function drawPins() {
    pins.clearLayers();
    stations.forEach((station, index) => {
      const text = `${SIGNS[station.open]}${minutes(station.seconds)} ${say('分', 'min')}`;
      const marker = L.marker([station.lat, station.lon], {
        icon: pin(`pin band-${band(station.seconds)} is-${station.open}${station.code === chosen ? ' is-chosen' : ''}`, text, [68, 34], true),
        zIndexOffset: station.code === chosen ? 5000 : 1000 - index * 10, title: say(station.name, station.name_en), alt: text, riseOnHover: true,
      });
      marker.on('click', () => onStation(station.code)).addTo(pins);
    });
  }

  return {
    /** Show where the rider is; null takes the mark away. */
    showMe(origin) {
      if (me) me.remove();
      me = origin && L.marker([origin.lat, origin.lon], {
        icon: pin('me', '', [26, 26]), interactive: false, keyboard: false, zIndexOffset: -1000,
      }).addTo(map);
    },
    /** Show the stations of an answer and, with fit, bring them and the rider into view. */
    showStations(list, { fit, choice, others = [] }) {
      stations = list;
      chosen = choice;
      drawPins();
      // what is hours away would make what is near too small to see
      const near = list.filter((one) => one.seconds <= Math.max(NEAR_SECONDS, 1.5 * list[0].seconds));
      const points = [...others, ...near].map((one) => [one.lat, one.lon]);
      if (fit && points.length) {
        map.fitBounds(L.latLngBounds(points), { paddingTopLeft: [40, 104], paddingBottomRight: [40, 28], maxZoom: 16.5, animate: !still });
      }
    },
    /** Make one station stand out and, if it is outside the view, move to it. */
    choose(code) {
      chosen = code;
      drawPins();
      const station = stations.find((one) => one.code === code);
      if (station && !map.getBounds().pad(-0.1).contains([station.lat, station.lon])) {
        map.panTo([station.lat, station.lon], { animate: !still });
      }
    },
    /** Take the next click for the rider's place. */
    pick(on) {
      picking = on;
      element.classList.toggle('is-picking', on);
    },
    relabel: drawPins,
  };
}

const ROUTE_LOOKS = { steps: 'steps', path: 'path' };

/** Draw one way to one station: stairs dashed, everything else as a line, on a ground of its own. */
export function openRoute(element, config, { route, station, place }) {
  const map = L.map(element, { zoomControl: false, minZoom: 9, maxZoom: 19, zoomSnap: 0.25 });
  L.control.scale({ imperial: false, position: 'bottomleft' }).addTo(map);
  map.setView([station.lat, station.lon], 16);
  addGround(map, config);
  const bounds = L.latLngBounds([[station.lat, station.lon], [place.lat, place.lon]]);
  for (const part of route.parts) {
    const line = part.coordinates.map(([lon, lat]) => [lat, lon]);
    if (line.length < 2) continue;
    L.polyline(line, { className: 'route-case', interactive: false }).addTo(map);
    L.polyline(line, { className: `route is-${ROUTE_LOOKS[part.kind] || 'street'}`, interactive: false }).addTo(map);
    bounds.extend(L.latLngBounds(line));
  }
  L.marker([place.lat, place.lon], { icon: pin('me', '', [26, 26]), interactive: false, keyboard: false }).addTo(map);
  L.marker([station.lat, station.lon], { icon: pin('pin aim', say('港湾', 'Here'), [68, 34], true), interactive: false, keyboard: false }).addTo(map);
  map.fitBounds(bounds, { paddingTopLeft: [30, 50], paddingBottomRight: [30, 24], maxZoom: 18, animate: false });
}
