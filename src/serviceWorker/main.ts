// Service worker: keeps the site readable offline. Weights are left alone: the compute worker keeps those by checksum.
//
// Requests have no time limits here: who asks has one (src/loading), and for a page the browser has its own, and a Stop.
declare const __BASE__: string;
declare const __VERSION__: string;
declare const __FIRST__: readonly string[];
declare const __LATER__: readonly string[];
declare const __ON_USE__: readonly string[];

// The compiler knows pages and workers at once, and takes `self` for a page's.
const worker = self as unknown as ServiceWorkerGlobalScope;

// Other builds on this host, below other paths, have caches of their own.
const prefix = `noisebook-site-${__BASE__}@`;
const cacheName = prefix + __VERSION__;
const isOurCache = (name: string): boolean =>
  name.startsWith(prefix) && /^[0-9a-f]+$/.test(name.slice(prefix.length));

const built = new Set([...__FIRST__, ...__LATER__, ...__ON_USE__]);

/** Files whose names carry a hash of their content; those of a newer build too, whose pages may come first. */
const isHashed = (path: string): boolean =>
  path.startsWith(`${__BASE__}_astro/`) || path.startsWith(`${__BASE__}_worker/`);

/** Fetches past the browser's own cache, except for names that carry a hash of their content. */
const fresh = (address: string): Request =>
  new Request(address, { cache: isHashed(address) ? 'default' : 'no-cache' });

/** The kept copy; none when the storage can't be read. */
async function keptCopy(address: string): Promise<Response | undefined> {
  try {
    const cache = await caches.open(cacheName);
    return await cache.match(address, { ignoreVary: true });
  } catch {
    return undefined;
  }
}

const mayBeKept = (response: Response): boolean =>
  response.status === 200 &&
  response.type === 'basic' &&
  !response.redirected &&
  !/\bno-store\b/i.test(response.headers.get('Cache-Control') ?? '');

/** Keeps a copy; false when there is no room for it. */
async function keep(address: string, response: Response): Promise<boolean> {
  try {
    const cache = await caches.open(cacheName);
    await cache.put(address, response);
    return true;
  } catch {
    return false;
  }
}

/** Fetches what is to be kept and isn't yet, until the network or the room ends: the next page goes on from there. */
async function keepLater(): Promise<void> {
  for (const address of __LATER__) {
    if ((await keptCopy(address)) !== undefined) continue;
    try {
      const response = await fetch(fresh(address));
      if (mayBeKept(response) && !(await keep(address, response))) return;
    } catch {
      return;
    }
  }
}

async function removeOldCaches(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((n) => isOurCache(n) && n !== cacheName).map((n) => caches.delete(n)));
}

/** Asks the network. The answer does not wait for the copy of it, and is good without one. */
async function fetchAndKeep(event: FetchEvent, address: string): Promise<Response> {
  const response = await fetch(event.request);
  if (mayBeKept(response)) event.waitUntil(keep(address, response.clone()));
  return response;
}

/** Files named by their content: the kept copy is the right one for ever. */
async function cacheFirst(event: FetchEvent, address: string): Promise<Response> {
  return (await keptCopy(address)) ?? fetchAndKeep(event, address);
}

/** Pages and data: from the network while there is one, else the kept copy, whatever its query (state lives there). */
async function networkFirst(event: FetchEvent, address: string): Promise<Response> {
  try {
    return await fetchAndKeep(event, address);
  } catch (error) {
    const kept = await keptCopy(address);
    if (kept !== undefined) return kept;
    throw error;
  }
}

worker.addEventListener('install', (event) => {
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(__FIRST__.map(fresh))));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(removeOldCaches().then(() => worker.clients.claim()));
});

// A page says that it is ready: time for the larger files.
worker.addEventListener('message', (event) => {
  if (event.data === 'keep-later') event.waitUntil(keepLater());
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== worker.location.origin) return;
  if (request.headers.has('range') || request.cache === 'no-store') return;
  // Pages are kept under the address of their folder.
  const path = pathname.replace(/\/index\.html$/, '/');
  const address = origin + path;
  // Only what the build has: another site may live below the same path.
  if (isHashed(path)) event.respondWith(cacheFirst(event, address));
  else if (built.has(path)) event.respondWith(networkFirst(event, address));
});

export {};
