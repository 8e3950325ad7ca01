// the management map as our server shows it: vector tiles below, layers fetched when first shown
import { vectorLayer } from './basemap.js';
import { pageData } from './dom.js';
import { openManagement } from './manage_map.js';
import { minutesOverlay } from './minutes.js';
import { problemText } from './words.js';

const config = pageData('harbor-map');

function ground(map, { tiles_version: version }, withMinutes) {
  let minutes = withMinutes;
  const make = () => vectorLayer({ version, attribution: '', overlay: minutes ? minutesOverlay(version) : null }).addTo(map);
  const drawn = [make()];
  const renew = () => {
    const fresh = make();
    drawn.push(fresh);
    // the old drawing stays until the new one is complete, so that nothing flickers
    fresh.once('load', () => drawn.splice(0, drawn.indexOf(fresh)).forEach((old) => map.removeLayer(old)));
  };
  return { minutes(on) { if (on !== minutes) { minutes = on; renew(); } }, restyle: renew };
}

/** The layer of stations comes as lists, a quarter of the bytes; what is not drawn is not unfolded. */
function opened({ unions, stations }) {
  const names = new Map(config.states.map((one) => [one.state, one.name]));
  return {
    size: stations.length,
    place: (i) => [stations[i][2], stations[i][3]],
    state: (i) => stations[i][4],
    properties(i) {
      const [id, code, , , state, verified, name, english, services, union] = stations[i];
      return { id, code, name, name_en: english, state, state_name: names.get(state), verified, services, union: unions[union] || '', url: `/manage/stations/${id}${config.day ? `?as_of=${config.day}` : ''}` };
    },
  };
}

async function load(id) {
  const response = await fetch(config.urls[id], { credentials: 'same-origin', headers: { Accept: 'application/json' } });
  const body = await response.json().catch(() => ({ title: `HTTP ${response.status}` }));
  if (!response.ok) throw new Error(problemText(body));
  return id === 'stations' ? opened(body) : body;
}

// another day is another page, which looks at the same place
document.querySelector('.as-of')?.addEventListener('submit', (event) => {
  event.preventDefault();
  const day = event.target.elements.as_of.value;
  location.assign(`${location.pathname}${day ? `?as_of=${day}` : ''}${location.hash}`);
});

openManagement({ config, ground, load });
