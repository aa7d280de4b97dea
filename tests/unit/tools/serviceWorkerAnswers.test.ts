// What the built service worker answers: with a full storage, without a network, beside other builds and other sites.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { buildServiceWorker } from '../../../tools/site/buildServiceWorker.ts';

const origin = 'https://site.example';
const folders: string[] = [];

/** The caches of one origin, which all its service workers share. */
class Storage {
  readonly named = new Map<string, Map<string, Response>>();
  full = false;
  broken = false;

  readonly caches = {
    open: async (name: string) => {
      if (this.broken) throw new DOMException('no storage', 'UnknownError');
      const entries = this.named.get(name) ?? new Map<string, Response>();
      this.named.set(name, entries);
      const put = async (request: Request | string, response: Response): Promise<void> => {
        if (this.full) throw new DOMException('no room', 'QuotaExceededError');
        const body = await response.arrayBuffer();
        entries.set(new URL(urlOf(request), origin).href, new Response(body, response));
      };
      return Promise.resolve({
        match: (request: Request | string) =>
          Promise.resolve(entries.get(new URL(urlOf(request), origin).href)?.clone()),
        put,
        addAll: async (requests: readonly Request[]) => {
          for (const request of requests) await put(request, await site.fetch(request));
        },
      });
    },
    keys: () => Promise.resolve([...this.named.keys()]),
    delete: (name: string) => Promise.resolve(this.named.delete(name)),
  };

  /** Paths of everything that is kept. */
  get kept(): string[] {
    return [...this.named.values()].flatMap((entries) =>
      [...entries.keys()].map((url) => url.replace(origin, '')),
    );
  }
}

const urlOf = (request: Request | string): string => (typeof request === 'string' ? request : request.url);

/** The server: an answer by path, or none when it is down. */
const site = {
  files: new Map<string, { text: string; headers?: Record<string, string> }>(),
  down: false,
  asked: [] as string[],
  fetch: (request: Request | string): Promise<Response> => {
    const path = new URL(urlOf(request), origin).pathname;
    site.asked.push(path);
    if (site.down) return Promise.reject(new TypeError('Failed to fetch'));
    const file = site.files.get(path);
    const response =
      file === undefined
        ? new Response('none', { status: 404 })
        : new Response(file.text, { headers: file.headers ?? {} });
    Object.defineProperty(response, 'type', { value: 'basic' });
    return Promise.resolve(response);
  },
};

interface Answer {
  /** Undefined: the worker leaves the request to the browser. */
  readonly text: string | undefined;
}

interface Running {
  start(): Promise<void>;
  message(data: string): Promise<void>;
  ask(path: string, init?: RequestInit): Promise<Answer>;
}

/** Builds a service worker for these files, puts the files on the server, and runs it. */
async function build(storage: Storage, base: string, files: Record<string, string>): Promise<Running> {
  const dist = mkdtempSync(join(tmpdir(), 'sw-'));
  folders.push(dist);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dist, file)), { recursive: true });
    writeFileSync(join(dist, file), text);
    site.files.set(base + file.replace(/(^|\/)index\.html$/, '$1'), { text });
  }
  await buildServiceWorker(dist, base, Object.keys(files).sort());

  const listeners = new Map<string, (event: object) => void>();
  const send = async (type: string, more: object): Promise<unknown> => {
    const waits: Promise<unknown>[] = [];
    let answer: Promise<unknown> | undefined;
    listeners.get(type)?.({
      ...more,
      waitUntil: (promise: Promise<unknown>) => void waits.push(promise),
      respondWith: (promise: Promise<unknown>) => (answer = promise),
    });
    try {
      return await answer;
    } finally {
      // The answer may add to it.
      for (const wait of waits) await wait;
    }
  };
  const self = {
    location: new URL(origin),
    clients: { claim: () => Promise.resolve() },
    addEventListener: (type: string, listener: (event: object) => void) => listeners.set(type, listener),
  };
  class SiteRequest extends Request {
    constructor(address: string, init?: RequestInit) {
      super(new URL(address, origin), init);
    }
  }
  runInContext(
    readFileSync(join(dist, 'sw.js'), 'utf8'),
    createContext({ self, caches: storage.caches, fetch: site.fetch, Request: SiteRequest, URL }),
  );
  return {
    start: async () => {
      await send('install', {});
      await send('activate', {});
    },
    message: async (data) => {
      await send('message', { data });
    },
    ask: async (path, init) => {
      const response = await send('fetch', { request: new SiteRequest(path, init) });
      return { text: response instanceof Response ? await response.text() : undefined };
    },
  };
}

const files = {
  'index.html': 'home',
  'train/index.html': 'train',
  '404.html': 'none',
  'favicon.svg': 'icon',
  'references.bib': 'bib',
  '_astro/a.js': 'script',
  '_worker/main.js': 'worker',
  'recorded/a.webp': 'a',
  'recorded/b.webp': 'b',
  'weights/faces/unet.safetensors': 'weights',
};

let storage: Storage;
let worker: Running;
beforeEach(async () => {
  site.files.clear();
  site.down = false;
  storage = new Storage();
  worker = await build(storage, '/', files);
  await worker.start();
  site.asked = [];
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe('offline', () => {
  it('gives pages by all their spellings, and what has been used', async () => {
    await worker.ask('/_worker/main.js');
    await worker.ask('/references.bib');
    await worker.message('keep-later');
    site.down = true;
    expect((await worker.ask('/?seed=7')).text).toBe('home');
    expect((await worker.ask('/train/index.html?seed=7')).text).toBe('train');
    expect((await worker.ask('/_worker/main.js')).text).toBe('worker');
    expect((await worker.ask('/references.bib')).text).toBe('bib');
    expect((await worker.ask('/recorded/b.webp')).text).toBe('b');
  });
});

describe.each([
  ['full', 'full'],
  ['not to be had', 'broken'],
] as const)('with a storage that is %s', (_what, state) => {
  beforeEach(() => (storage[state] = true));

  it('everything comes from the network', async () => {
    expect((await worker.ask('/references.bib')).text).toBe('bib');
    expect((await worker.ask('/_worker/main.js')).text).toBe('worker');
    site.files.set('/train/', { text: 'new' });
    expect((await worker.ask('/train/')).text).toBe('new');
  });

  it('what is kept for later is not fetched over and over', async () => {
    await worker.message('keep-later');
    expect(site.asked).toEqual(['/recorded/a.webp']);
  });
});

describe('on a host with others', () => {
  it('leaves the files of another build alone, and removes its own old ones', async () => {
    const beta = await build(storage, '/beta/', { 'index.html': 'beta', '_astro/b.js': 'b' });
    await beta.start();
    expect(storage.kept).toEqual(expect.arrayContaining(['/', '/train/', '/_astro/a.js', '/beta/']));
    const next = await build(storage, '/', { ...files, '_astro/c.js': 'c' });
    await next.start();
    expect(storage.named.size).toBe(2);
    expect(storage.kept).toEqual(
      expect.arrayContaining(['/', '/_astro/c.js', '/beta/', '/beta/_astro/b.js']),
    );
    site.down = true;
    expect((await beta.ask('/beta/')).text).toBe('beta');
  });

  it.each([
    '/other/',
    '/other/_astro/x.js',
    '/other/index.html',
    '/weights/faces/unet.safetensors',
    '/sw.js',
  ])('leaves %s to the browser', async (path) => {
    site.files.set(path, { text: 'secret' });
    expect((await worker.ask(path)).text).toBeUndefined();
    expect(storage.kept).not.toContain(path);
  });

  it('keeps nothing that says no-store, and leaves requests alone that say so', async () => {
    site.files.set('/references.bib', { text: 'private', headers: { 'Cache-Control': 'no-store, private' } });
    expect((await worker.ask('/references.bib')).text).toBe('private');
    expect(storage.kept).not.toContain('/references.bib');
    expect((await worker.ask('/train/', { cache: 'no-store' })).text).toBeUndefined();
    expect((await worker.ask('/train/', { headers: { Range: 'bytes=0-1' } })).text).toBeUndefined();
    expect((await worker.ask('/train/', { method: 'POST' })).text).toBeUndefined();
  });

  it('keeps no error pages, and scripts of a newer build', async () => {
    site.files.delete('/references.bib');
    await worker.ask('/references.bib');
    expect(storage.kept).not.toContain('/references.bib');
    site.files.set('/_astro/newer.js', { text: 'newer' });
    await worker.ask('/_astro/newer.js');
    expect(storage.kept).toContain('/_astro/newer.js');
  });
});
