// the rider's map: where I am, the nearest stations as minutes, one of them chosen
import { el, escaped } from './dom.js';
import { vectorLayer } from './basemap.js';
import { onTheme } from './theme.js';
import { band, minutes, say } from './words.js';

const NEAR_SECONDS = 1800;
const SIGNS = { open: '', closed: '■', unknown: '▲' };

/** Whether this page may show a map at all: the public profile needs a reviewed source. */
const allowed = (config) => config.profile === 'internal' || Boolean(config.tile_url);

const library = (name) => new Promise((done, failed) => {
  document.head.append(el('script', { src: new URL(`vendor/${name}`, import.meta.url).href, onload: done, onerror: failed }));
});

/** Fetch what draws a map, after the words are on the page; false where there is to be none. */
export async function prepareMap(config) {
  if (!allowed(config)) return false;
  try {
    await library('leaflet/leaflet.js');
    if (config.profile === 'internal') await library('protomaps-leaflet/protomaps-leaflet.js');
  } catch (error) { return false; }
  return true;
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
  let aim = null;
  let picking = false;
  let stations = [];
  let chosen = null;

  const place = (event) => onPlace({ lon: event.latlng.lng, lat: event.latlng.lat });
  map.on('click', (event) => { if (picking) place(event); });
  map.on('contextmenu', place);

  function drawPins() {
    pins.clearLayers();
    stations.forEach((station, index) => {
      const text = `${SIGNS[station.open]}${minutes(station.walk_seconds)} ${say('分', 'min')}`;
      const marker = L.marker([station.lat, station.lon], {
        icon: pin(`pin band-${band(station.walk_seconds)} is-${station.open}${station.code === chosen ? ' is-chosen' : ''}`, text, [68, 34], true),
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
    /** Mark a station that is not in the list, as the one somebody is on the way to. */
    showAim(target, text) {
      if (aim) aim.remove();
      aim = target && L.marker([target.lat, target.lon], { icon: pin('pin aim', text, [68, 34], true), keyboard: false }).addTo(map);
    },
    /** Show the stations of an answer and, with fit, bring them and the rider into view. */
    showStations(list, { fit, choice, others = [] }) {
      stations = list;
      chosen = choice;
      drawPins();
      // what is hours away would make what is near too small to see
      const near = list.filter((one) => one.walk_seconds <= Math.max(NEAR_SECONDS, 1.5 * list[0].walk_seconds));
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
