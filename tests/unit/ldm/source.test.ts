// Where model files come from: addresses, chosen files, memory, a folder on disk.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  fileListSource,
  memorySource,
  urlSource,
  type ModelSource,
} from '../../../src/lib/ldm/weights/source.ts';
import { nodeFolderSource } from '../../../src/lib/ldm/node/index.ts';

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** Answers in pieces; `at` may throw or wait before a piece. */
function pieces(
  parts: readonly string[],
  before?: (index: number) => void | Promise<void>,
): ReadableStream<Uint8Array> {
  let index = 0;
  return new ReadableStream({
    async pull(controller) {
      await before?.(index);
      const part = parts[index++];
      if (part === undefined) controller.close();
      else controller.enqueue(bytes(part));
    },
  });
}

const answering =
  (respond: (url: string, init?: RequestInit) => Response | Promise<Response>): typeof fetch =>
  async (url, init) =>
    respond(url as string, init);

describe('urlSource', () => {
  test('reads below the address, and tells the progress', async () => {
    const asked: string[] = [];
    const get = answering((url) => {
      asked.push(url);
      return new Response(pieces(['ab', 'cde', 'f']), { headers: { 'content-length': '6' } });
    });
    const progress: number[] = [];
    const source = urlSource('/weights/faces-64', { fetch: get });
    const read = await source.read('unet/config.json', { onProgress: (loaded) => progress.push(loaded) });
    expect(read).toEqual(bytes('abcdef'));
    expect(progress).toEqual([2, 5, 6]);
    expect(asked).toEqual(['/weights/faces-64/unet/config.json']);
    await urlSource('https://example.org/a/', { fetch: get }).read('x y#?.json');
    expect(asked[1]).toBe('https://example.org/a/x%20y%23%3F.json');
  });

  test.each([404, 410])('status %d is no such file', async (status) => {
    const source = urlSource('/w', { fetch: answering(() => new Response('no', { status })) });
    expect(await source.read('unet/config.json')).toBeUndefined();
  });

  test.each([
    '<!doctype html><html></html>',
    '\n  <HTML lang="en">',
    '\ufeff<!-- built by x -->\n<!-- y --><!DOCTYPE html>',
    '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">',
  ])('a web page in place of a file, %j, is no such file', async (page) => {
    const source = urlSource('/w', { fetch: answering(() => new Response(page)) });
    expect(await source.read('tokenizer/special_tokens_map.json')).toBeUndefined();
  });

  test('what only holds HTML is a file', async () => {
    for (const text of ['{"a":"<!doctype html>"}', '< html', '#version: 0.2\n< html>']) {
      const source = urlSource('/w', {
        fetch: answering(() => new Response(text, { headers: { 'content-type': 'text/html' } })),
      });
      expect(await source.read('a.json')).toEqual(bytes(text));
    }
  });

  test.each([403, 500, 503])('status %d is an error', async (status) => {
    const source = urlSource('/w', { fetch: answering(() => new Response('no', { status })) });
    await expect(source.read('a.json')).rejects.toThrow(
      `Could not download /w/a.json: expected status 200, got ${status}. Try again.`,
    );
  });

  test('no connection', async () => {
    const source = urlSource('/w', {
      fetch: answering(() => Promise.reject(new TypeError('Failed to fetch'))),
    });
    await expect(source.read('a.json')).rejects.toThrow(
      'Could not download /w/a.json: no answer. Check the connection',
    );
  });

  test('a connection that breaks off, with an error or without one', async () => {
    const failing = pieces(['abc', 'def'], (index) => {
      if (index === 1) throw new TypeError('network error');
    });
    const source = urlSource('/w', { fetch: answering(() => new Response(failing)) });
    await expect(source.read('a.json')).rejects.toThrow(
      'The download of /w/a.json broke off after 3 bytes (network error). Try again.',
    );
    const short = answering(() => new Response(pieces(['abc']), { headers: { 'content-length': '9' } }));
    await expect(urlSource('/w', { fetch: short }).read('a.json')).rejects.toThrow(
      'broke off after 3 bytes (the connection closed after 3 of 9 bytes)',
    );
  });

  test('the length of a compressed answer says nothing about the file', async () => {
    const headers = { 'content-length': '2', 'content-encoding': 'gzip' };
    const source = urlSource('/w', { fetch: answering(() => new Response('abcdef', { headers })) });
    expect(await source.read('a.json')).toEqual(bytes('abcdef'));
  });

  test('stops when aborted, before, while waiting and while reading', async () => {
    const options = { fetch: answering(() => new Response('a')) };
    const aborted = urlSource('/w', options).read('a', { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });

    const waiting = new AbortController();
    const never: typeof fetch = (_, init) =>
      new Promise((__, reject) => {
        init?.signal?.addEventListener('abort', () => {
          reject(init.signal?.reason as Error);
        });
      });
    const answer = urlSource('/w', { fetch: never }).read('a', { signal: waiting.signal });
    waiting.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });

    const reading = new AbortController();
    let asked = 0;
    const endless = pieces(Array<string>(1000).fill('x'), () => {
      asked++;
    });
    const body = urlSource('/w', { fetch: answering(() => new Response(endless)) }).read('a', {
      signal: reading.signal,
      onProgress: (loaded) => {
        if (loaded === 5) reading.abort();
      },
    });
    await expect(body).rejects.toMatchObject({ name: 'AbortError' });
    expect(asked).toBeLessThan(10);
  });
});

describe('fileListSource', () => {
  const file = (path: string, content: string): File => {
    const made = new File([content], path.split('/').at(-1) ?? path);
    Object.defineProperty(made, 'webkitRelativePath', { value: path });
    return made;
  };

  test('counts paths from the folder with model_index.json', async () => {
    const source = fileListSource([
      file('models/faces/unet/config.json', 'u'),
      file('models/faces/model_index.json', 'i'),
      file('models/notes.txt', 'n'),
    ]);
    expect(source.name).toBe('models/faces');
    expect(await source.read('unet/config.json')).toEqual(bytes('u'));
    expect(await source.read('vae/config.json')).toBeUndefined();
    expect(await source.read('notes.txt')).toBeUndefined();
  });

  test('without one, from the common folder; a part is not the root', async () => {
    const source = fileListSource([file('faces/unet/config.json', 'u'), file('faces/vae/config.json', 'v')]);
    expect(await source.read('vae/config.json')).toEqual(bytes('v'));
    const part = fileListSource([file('unet/config.json', 'u'), file('unet/model.safetensors', 'm')]);
    expect(await part.read('unet/config.json')).toEqual(bytes('u'));
  });

  test('tells the progress, stops when aborted, refuses a path twice', async () => {
    const source = fileListSource([file('a/model_index.json', 'x'.repeat(300_000))]);
    let last = 0;
    await source.read('model_index.json', { onProgress: (loaded) => (last = loaded) });
    expect(last).toBe(300_000);
    const signal = AbortSignal.abort();
    await expect(source.read('model_index.json', { signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(() => fileListSource([file('a', '1'), file('a', '2')])).toThrow('got "a" twice');
  });
});

describe('nodeFolderSource', () => {
  let folder = '';
  const content = new Uint8Array(9_000_000).map((_, i) => i % 251);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'source-'));
    await mkdir(join(folder, 'unet'));
    await writeFile(join(folder, 'unet', 'weights'), content);
    await writeFile(join(folder, 'empty'), '');
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test('reads files with their progress', async () => {
    const progress: number[] = [];
    const read = await nodeFolderSource(folder).read('unet/weights', {
      onProgress: (loaded) => progress.push(loaded),
    });
    expect(Buffer.compare(read ?? new Uint8Array(), content)).toBe(0);
    expect(progress.length).toBeGreaterThan(2);
    expect(progress.at(-1)).toBe(content.length);
    expect(await nodeFolderSource(folder).read('empty')).toEqual(new Uint8Array(0));
  });

  test('what is missing is undefined, what is wrong an error', async () => {
    const source = nodeFolderSource(folder);
    expect(await source.read('vae/weights')).toBeUndefined();
    expect(await source.read('empty/weights')).toBeUndefined();
    expect(await nodeFolderSource(join(folder, 'nowhere')).read('a')).toBeUndefined();
    await expect(source.read('unet')).rejects.toThrow('EISDIR');
  });

  test('stops when aborted', async () => {
    const controller = new AbortController();
    const read = nodeFolderSource(folder).read('unet/weights', {
      signal: controller.signal,
      onProgress: () => {
        controller.abort();
      },
    });
    await expect(read).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('all sources', () => {
  const sources: [string, ModelSource][] = [
    ['url', urlSource('/w', { fetch: answering(() => new Response('a')) })],
    ['files', fileListSource([])],
    ['memory', memorySource('memory', new Map([['a', bytes('1')]]))],
    ['node', nodeFolderSource('.')],
  ];
  test.each(sources)('%s: no way out of the folder', async (_, source) => {
    for (const path of ['../a', 'a/../../b', '/etc/passwd', 'a//b', './a', '', 'a\\b', 'a/']) {
      await expect(source.read(path)).rejects.toThrow('Expected a path inside the model folder');
    }
  });

  test('memory', async () => {
    const source = memorySource('trained here', new Map([['a/b', bytes('12')]]));
    let loaded = 0;
    expect(await source.read('a/b', { onProgress: (count) => (loaded = count) })).toEqual(bytes('12'));
    expect(loaded).toBe(2);
    expect(await source.read('a')).toBeUndefined();
  });
});
