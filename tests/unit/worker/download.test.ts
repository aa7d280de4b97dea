// Downloading a model from a site that drops connections, loses files and damages bytes.
import { beforeEach, describe, expect, test } from 'vitest';
import type { DownloadEvent } from '../../../src/engine/protocol/messages.ts';
import { downloadModel, type DownloadOptions } from '../../../src/engine/worker/download/downloadModel.ts';
import type { PartialFile } from '../../../src/engine/worker/download/fetchBytes.ts';
import { WorkerError } from '../../../src/engine/worker/errors.ts';
import { broken, hashOf, MemoryCaches, Site } from './memoryCaches.ts';

const BASE = 'https://site.test/book/weights/';
const bytesOf = (length: number, salt = 0): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + salt) & 255);
const unet = bytesOf(5000);
const vae = bytesOf(3000, 1);
const config = bytesOf(100, 2);

let site: Site;
let caches: MemoryCaches;
let partials: Map<string, PartialFile>;
let notices: string[];
let events: DownloadEvent[];
let pauses: number[];

beforeEach(() => {
  site = new Site(BASE);
  site.publish('m', {
    'unet/model.safetensors': unet,
    'vae/model.safetensors': vae,
    'model_index.json': config,
  });
  caches = new MemoryCaches();
  partials = new Map();
  notices = [];
  events = [];
  pauses = [];
});

const load = (options: Partial<DownloadOptions> = {}): ReturnType<typeof downloadModel> =>
  downloadModel({
    modelUrl: `${BASE}m/`,
    caches,
    partials,
    onNotice: (message) => notices.push(message),
    onProgress: (event) => events.push(event),
    transport: {
      fetch: site.fetch,
      sleep: (ms) => {
        pauses.push(ms);
        return Promise.resolve();
      },
      isOnline: () => site.online,
    },
    ...options,
  });
const fetched = (): string[] =>
  site.requests.map((request) => request.path).filter((path) => !path.endsWith('manifest.json'));
const expectFailure = async (
  loading: Promise<unknown>,
  code: string,
  message: string | RegExp,
): Promise<void> => {
  const error = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WorkerError);
  expect(error).toHaveProperty('code', code);
  expect((error as WorkerError).message).toMatch(message);
};
const refuse = (): never => {
  throw new TypeError('Failed to fetch');
};

describe('a sound site', () => {
  test('all files arrive, with progress over all bytes', async () => {
    const { files, manifest } = await load();
    expect(files.get('unet/model.safetensors')).toEqual(unet);
    expect(files.size).toBe(3);
    expect(manifest.knownWords).toEqual(['hat']);
    expect(events.at(-1)).toMatchObject({ loaded: 8100, total: 8100, stored: false });
    const loaded = events.map((event) => event.loaded);
    expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
    expect(notices).toEqual([]);
    expect(partials.size).toBe(0);
  });

  test('the second time nothing is downloaded but the manifest', async () => {
    await load();
    site.requests.length = 0;
    const { files } = await load();
    expect(files.get('vae/model.safetensors')).toEqual(vae);
    expect(fetched()).toEqual([]);
    expect(events.at(-1)).toMatchObject({ loaded: 8100, total: 8100, stored: true });
  });

  test('a new version fetches what changed and drops what is old', async () => {
    await load();
    site.publish('m', {
      'unet/model.safetensors': bytesOf(5000, 9),
      'vae/model.safetensors': vae,
      'model_index.json': config,
    });
    site.requests.length = 0;
    await load();
    expect(fetched()).toEqual(['m/unet/model.safetensors']);
    expect([...caches.entries.keys()].filter((key) => key.includes(hashOf(unet)))).toEqual([]);
    expect(caches.entries.size).toBe(4);
  });

  test("another model's files are not touched", async () => {
    site.publish('m2', { 'unet/model.safetensors': bytesOf(10) });
    await load({ modelUrl: `${BASE}m2/` });
    await load();
    expect([...caches.entries.keys()].filter((key) => key.startsWith(`${BASE}m2/`))).toHaveLength(2);
  });
});

describe('no room, no cache', () => {
  test('a full disk is a notice, not a failure', async () => {
    caches.full = true;
    const { files } = await load();
    expect(files.size).toBe(3);
    expect(notices).toEqual([expect.stringMatching(/no room.*downloaded again/)]);
  });

  test('nor is a browser without Cache Storage, or one that denies it', async () => {
    await load({ caches: undefined });
    await load({ caches: { open: () => Promise.reject(new DOMException('denied', 'SecurityError')) } });
    expect(notices).toHaveLength(2);
    expect(notices[1]).toMatch(/keeps nothing for this page.*downloaded again/);
  });
});

describe('connections that drop', () => {
  test('a break in the middle goes on where it was', async () => {
    site.next('m/unet/model.safetensors', () => broken(unet, 2000));
    const { files } = await load();
    expect(files.get('unet/model.safetensors')).toEqual(unet);
    expect(site.requests.filter(({ path }) => path.startsWith('m/unet')).map(({ from }) => from)).toEqual([
      0, 2000,
    ]);
    expect(pauses).toEqual([500]);
  });

  test('a server without ranges starts over', async () => {
    site.next(
      'm/unet/model.safetensors',
      () => broken(unet, 2000),
      () => new Response(unet),
    );
    expect((await load()).files.get('unet/model.safetensors')).toEqual(unet);
  });

  test('a server that sends another range than asked for is not believed', async () => {
    site.next(
      'm/unet/model.safetensors',
      () => broken(unet, 2000),
      () =>
        new Response(unet.slice(100), { status: 206, headers: { 'Content-Range': 'bytes 100-4999/5000' } }),
    );
    expect((await load()).files.get('unet/model.safetensors')).toEqual(unet);
  });

  test('busy answers are tried again, with growing pauses', async () => {
    const busy = (): Response => new Response('', { status: 503 });
    site.next('m/vae/model.safetensors', busy, busy, busy);
    await load();
    expect(pauses).toEqual([500, 1000, 2000]);
  });

  test('after four tries in vain it says how far it came, and the next call goes on from there', async () => {
    site.next('m/unet/model.safetensors', () => broken(unet, 2000), refuse, refuse, refuse, refuse);
    await expectFailure(
      load(),
      'connection-dropped',
      /dropped after 0\.0\u00a0MB of 0\.0\u00a0MB\. Try again/,
    );
    site.requests.length = 0;
    const { files } = await load();
    expect(files.get('unet/model.safetensors')).toEqual(unet);
    expect(site.requests.filter(({ path }) => path.startsWith('m/unet'))).toMatchObject([{ from: 2000 }]);
    expect(fetched()).not.toContain('m/vae/model.safetensors');
  });

  test('a connection that says nothing any more counts as dropped', async () => {
    site.next('m/unet/model.safetensors', ({ init }) => {
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(unet.slice(0, 1000));
          init.signal?.addEventListener('abort', () => controller.error(new DOMException('', 'AbortError')));
        },
      });
      return new Response(stream);
    });
    expect((await load({ stallMs: 20 })).files.get('unet/model.safetensors')).toEqual(unet);
  });
});

describe('files missing or damaged', () => {
  test('a missing file is named at once', async () => {
    site.files.delete('m/vae/model.safetensors');
    await expectFailure(load(), 'missing-file', 'vae/model.safetensors');
    expect(pauses).toEqual([]);
  });

  test('a missing manifest is named', async () => {
    site.files.delete('m/manifest.json');
    await expectFailure(load(), 'missing-file', 'manifest.json');
  });

  test("a host's page for unknown addresses is no model", async () => {
    const page = (): Response =>
      new Response('<!doctype html>', { headers: { 'Content-Type': 'text/html; charset=utf-8' } });
    site.next('m/vae/model.safetensors', page);
    await expect(load()).rejects.toMatchObject({ code: 'missing-file' });
    site.next('m/manifest.json', page);
    await expect(load()).rejects.toMatchObject({ code: 'missing-file' });
    const untyped = (): Response => new Response('<!-- x --><html>', { headers: { 'Content-Type': '' } });
    site.next('m/vae/model.safetensors', untyped);
    await expect(load()).rejects.toMatchObject({ code: 'missing-file' });
    site.next('m/manifest.json', untyped);
    await expect(load()).rejects.toMatchObject({ code: 'missing-file' });
  });

  test("a file damaged in the browser's cache is asked for again, past the cache", async () => {
    site.next('m/unet/model.safetensors', () => new Response(bytesOf(5000, 77)));
    expect((await load()).files.get('unet/model.safetensors')).toEqual(unet);
    expect(site.requests.filter(({ path }) => path.startsWith('m/unet')).map(({ cache }) => cache)).toEqual([
      'default',
      'reload',
    ]);
  });

  test("the site's own damaged copy is named and not stored", async () => {
    site.files.set('m/unet/model.safetensors', bytesOf(5000, 77));
    await expectFailure(load(), 'damaged-file', /unet\/model\.safetensors.*checksum/);
    expect([...caches.entries.keys()].filter((key) => key.includes('unet'))).toEqual([]);
  });

  test.each([
    ['shorter', 4000],
    ['longer', 6000],
  ])('a %s copy on the site is damaged, not a dropped connection', async (how, length) => {
    site.files.set('m/unet/model.safetensors', bytesOf(length));
    await expectFailure(load(), 'damaged-file', how);
  });

  test('a short copy on a server without ranges is damaged too', async () => {
    const short = (): Response => new Response(unet.slice(0, 4000));
    site.next('m/unet/model.safetensors', short, short);
    await expectFailure(load(), 'damaged-file', 'shorter');
  });

  test('a damaged stored copy is dropped and fetched again, once', async () => {
    await load();
    const key = [...caches.entries.keys()].find((each) => each.includes('vae')) ?? '';
    caches.entries.set(key, bytesOf(3000, 5));
    site.requests.length = 0;
    const { files } = await load();
    expect(files.get('vae/model.safetensors')).toEqual(vae);
    expect(fetched()).toEqual(['m/vae/model.safetensors']);
    expect(caches.entries.get(key)).toEqual(vae);
    expect(notices).toEqual([expect.stringMatching(/stored copy of vae.*damaged/)]);
  });

  test('a damaged manifest is named', async () => {
    site.next('m/manifest.json', () => new Response('{"files":'));
    await expectFailure(load(), 'damaged-file', 'manifest.json');
  });
});

describe('only one folder of a model', () => {
  test('asks for its files alone, and counts only their bytes', async () => {
    const { files } = await load({ only: 'vae' });
    expect([...files]).toEqual([['vae/model.safetensors', vae]]);
    expect(fetched()).toEqual(['m/vae/model.safetensors']);
    expect(events.at(-1)).toMatchObject({ loaded: vae.length, total: vae.length });
  });

  test('the whole model then asks for the rest, and a folder of it for nothing', async () => {
    await load({ only: 'vae' });
    await load();
    expect(fetched().sort()).toEqual([
      'm/model_index.json',
      'm/unet/model.safetensors',
      'm/vae/model.safetensors',
    ]);
    await load({ only: 'vae' });
    await load();
    expect(fetched()).toHaveLength(3);
  });

  test('half a file of the rest is not forgotten', async () => {
    const loaded = { bytes: new Uint8Array(unet.length), loaded: 7 };
    partials.set(hashOf(unet), loaded);
    await load({ only: 'vae' });
    expect([...partials.values()]).toEqual([loaded]);
  });
});

describe('a model that builds on another', () => {
  const quick = bytesOf(700, 7);
  beforeEach(() => {
    site.publish('quick', { 'unet/model.int8.safetensors': quick }, { base: 'm', knownWords: [] });
  });
  const loadQuick = (options: Partial<DownloadOptions> = {}): ReturnType<typeof downloadModel> =>
    load({ modelUrl: `${BASE}quick/`, ...options });

  test('what it lacks comes from there; its own weights replace those of the same part', async () => {
    const { files, manifest } = await loadQuick();
    expect([...files.keys()].sort()).toEqual([
      'model_index.json',
      'unet/model.int8.safetensors',
      'vae/model.safetensors',
    ]);
    expect(files.get('unet/model.int8.safetensors')).toEqual(quick);
    expect(files.get('vae/model.safetensors')).toEqual(vae);
    expect(manifest.name).toBe('quick');
    expect(manifest.knownWords).toEqual(['hat']);
    expect(manifest.files.map(({ path }) => path).sort()).toEqual([...files.keys()].sort());
    expect(events.at(-1)).toMatchObject({ loaded: 3800, total: 3800 });
  });

  test('what the base has stored is not fetched again, and stays when either is loaded', async () => {
    await load();
    site.requests.length = 0;
    await loadQuick();
    expect(fetched()).toEqual(['quick/unet/model.int8.safetensors']);
    site.requests.length = 0;
    await load();
    await loadQuick();
    expect(fetched()).toEqual([]);
  });

  test('only one folder of it', async () => {
    const { files } = await loadQuick({ only: 'vae' });
    expect([...files]).toEqual([['vae/model.safetensors', vae]]);
    expect(fetched()).toEqual(['m/vae/model.safetensors']);
  });

  test('offline, both from storage', async () => {
    await loadQuick();
    site.online = false;
    expect((await loadQuick()).files.size).toBe(3);
  });

  test('a base that is not there is missing', async () => {
    site.files.delete('m/manifest.json');
    await expectFailure(loadQuick(), 'missing-file', 'manifest.json');
  });
});

describe('offline', () => {
  test('after a first load the stored model is used, and said so', async () => {
    await load();
    site.online = false;
    const { files } = await load();
    expect(files.get('unet/model.safetensors')).toEqual(unet);
    expect(notices).toEqual([expect.stringMatching(/can't be reached.*kept in this browser/)]);
  });

  test('before it, says what to do', async () => {
    site.online = false;
    await expectFailure(load(), 'offline', /Connect, then try again/);
  });

  test('with half of it stored, says how much is there', async () => {
    await load();
    for (const key of caches.entries.keys()) if (key.includes('unet')) caches.entries.delete(key);
    site.online = false;
    await expect(load()).rejects.toMatchObject({ code: 'offline' });
  });

  test('a site that answers with errors counts as out of reach', async () => {
    await load();
    site.next('m/manifest.json', () => new Response('', { status: 500 }));
    expect((await load()).files.size).toBe(3);
  });
});

describe('cancelling', () => {
  test('keeps whole files stored and parts in memory', async () => {
    const controller = new AbortController();
    site.next('m/unet/model.safetensors', ({ init }) => {
      const stream = new ReadableStream<Uint8Array>({
        start(source) {
          source.enqueue(unet.slice(0, 1500));
          init.signal?.addEventListener('abort', () => source.error(init.signal?.reason));
        },
      });
      return new Response(stream);
    });
    const loading = load({ signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    await expect(loading).rejects.toMatchObject({ code: 'aborted' });
    site.requests.length = 0;
    await load();
    expect(fetched()).toEqual(['m/unet/model.safetensors']);
    expect(site.requests.at(-1)?.from).toBe(1500);
  });

  test('before the start asks for nothing', async () => {
    await expect(load({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    expect(site.requests).toEqual([]);
  });
});
