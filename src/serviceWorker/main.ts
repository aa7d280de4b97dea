// Service worker: keeps the site readable offline. Weights are left alone: the compute worker keeps those by checksum.
declare const __BASE__: string;
declare const __VERSION__: string;
declare const __FIRST__: readonly string[];
declare const __LATER__: readonly string[];

// The compiler knows pages and workers at once, and takes `self` for a page's.
const worker = self as unknown as ServiceWorkerGlobalScope;

const prefix = 'noisebook-site-';
const cacheName = prefix + __VERSION__;

/** Files whose names carry a hash of their content. */
const isHashed = (path: string): boolean => path.includes('/_astro/') || path.includes('/_worker/');

/** Fetches past the browser's own cache, except for names that carry a hash of their content. */
const fresh = (address: string): Request =>
  new Request(address, { cache: isHashed(address) ? 'default' : 'no-cache' });

/** Puts a file into the cache unless it is there already. Errors are left for the next time it is asked for. */
async function keep(cache: Cache, address: string): Promise<void> {
  if ((await cache.match(address, { ignoreVary: true })) !== undefined) return;
  try {
    const response = await fetch(fresh(address));
    if (response.ok) await cache.put(address, response);
  } catch {
    // Offline again, or the file is gone: fetched when it is next asked for.
  }
}

async function keepLater(): Promise<void> {
  const cache = await caches.open(cacheName);
  for (const address of __LATER__) await keep(cache, address);
}

async function removeOldCaches(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(
    names.filter((n) => n.startsWith(prefix) && n !== cacheName).map((n) => caches.delete(n)),
  );
}

/** Files named by their content: the kept copy is the right one for ever. */
async function cacheFirst(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept !== undefined) return kept;
  const response = await fetch(request);
  if (response.status === 200) await cache.put(request, response.clone());
  return response;
}

/** Pages and data: from the network while there is one, else the kept copy, whatever its query (state lives there). */
async function networkFirst(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const address = new URL(request.url);
  address.search = '';
  try {
    const response = await fetch(request);
    if (response.status === 200 && response.type === 'basic' && !response.redirected) {
      await cache.put(address.href, response.clone());
    }
    return response;
  } catch (error) {
    const kept = await cache.match(address.href, { ignoreVary: true });
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
  const url = new URL(request.url);
  const ours = url.origin === worker.location.origin && url.pathname.startsWith(__BASE__);
  if (request.method !== 'GET' || !ours || url.pathname.startsWith(`${__BASE__}weights/`)) return;
  if (request.headers.has('range')) return;
  event.respondWith(isHashed(url.pathname) ? cacheFirst(request) : networkFirst(request));
});

export {};
