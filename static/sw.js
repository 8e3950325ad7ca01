/* the page with no signal: what it is made of is kept, and so is the map where one has been.
 * Served at /sw.js, after a line that names the release: self.HARBOR = { release, shell: [addresses] } */
const { release, shell } = self.HARBOR;
const SHELL = `harbor-shell-${release}`;
const TILES = 'harbor-tiles';
const MOST_TILES = 600;
// a weak signal is given this long before what is kept answers
const PATIENCE_MILLISECONDS = 3000;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(SHELL).then((kept) => kept.addAll(shell)).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names
    .filter((name) => name.startsWith('harbor-shell-') && name !== SHELL).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

/** Put an answer by; a phone without room is no reason to keep the answer from the page. */
const putBy = (cache, request, answer) => cache.put(request, answer).catch(() => undefined);

async function keptFirst(request, name) {
  const cache = await caches.open(name);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await putBy(cache, request, answer.clone());
  return answer;
}

async function tile(request) {
  const answer = await keptFirst(request, TILES);
  const cache = await caches.open(TILES);
  const keys = await cache.keys();
  // the first kept are the first to go
  await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST_TILES)).map((key) => cache.delete(key)));
  return answer;
}

/** The page as it was kept, at once; a newer one is fetched for the next time. */
async function page(event) {
  const cache = await caches.open(SHELL);
  const kept = await cache.match('/');
  const fresh = fetch('/').then(async (answer) => {
    if (answer.ok) await putBy(cache, '/', answer.clone());
    return answer;
  });
  if (!kept) return fresh;
  event.waitUntil(fresh.catch(() => undefined));
  return kept;
}

/** What the server makes of this very address, or what is kept where there is no signal. */
async function serverFirst(request, otherwise) {
  const late = new Promise((done) => { setTimeout(() => done(null), PATIENCE_MILLISECONDS); });
  const answer = fetch(request);
  const first = await Promise.race([answer.catch(() => null), late]);
  if (first) return first;
  const kept = await (await caches.open(SHELL)).match('/');
  return kept ? otherwise(kept) : answer;
}

/** A station's page; without a signal the list opens it from what is kept. */
const station = (request, url) => serverFirst(request, () => Response.redirect(`/#s=${url.pathname.slice(3)}`, 302));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    // a place in the address is turned into our datum by the server
    if (url.pathname === '/' && url.search) event.respondWith(serverFirst(request, (kept) => kept));
    else if (url.pathname === '/') event.respondWith(page(event));
    else if (/^\/s\/\d{12}$/.test(url.pathname)) event.respondWith(station(request, url));
  } else if (url.pathname.startsWith('/static/v-')) event.respondWith(keptFirst(request, SHELL));
  else if (url.pathname.startsWith('/tiles/basemap/')) event.respondWith(tile(request));
});
