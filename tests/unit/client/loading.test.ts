// Code, files and pictures that never arrive are given up, and the sentence says what to try.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bitmapInTime, DECODE_MS, imageInTime } from '../../../src/loading/decodeInTime.ts';
import { fetchInTime, SILENCE_MS } from '../../../src/loading/fetchInTime.ts';
import { LoadError, loadPart, PART_MS } from '../../../src/loading/loadPart.ts';

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** What a promise rejects with, once `ms` milliseconds are over. */
async function failure(promise: Promise<unknown>, ms = 0): Promise<Error> {
  const settled = promise.then(
    () => new Error('nothing was thrown'),
    (error: unknown) => error as Error,
  );
  await vi.advanceTimersByTimeAsync(ms);
  return settled;
}

test('code that comes is handed on', async () => {
  await expect(loadPart(Promise.resolve({ lab: 1 }), 'the lab')).resolves.toEqual({ lab: 1 });
});

test('code that never comes is given up; asked for again it is there, if it was only slow', async () => {
  const part = Promise.withResolvers<string>();
  const error = await failure(loadPart(part.promise, 'the lab'), PART_MS);
  expect(error).toBeInstanceOf(LoadError);
  expect(error.message).toMatch(
    /^Expected the lab from this site within 45 s, nothing came\..*try again.*reload/,
  );
  part.resolve('lab');
  await expect(loadPart(part.promise, 'the lab')).resolves.toBe('lab');
});

test('code that fails asks for a reload: browsers remember the failure', async () => {
  const cause = new TypeError('Failed to fetch dynamically imported module');
  const error = await failure(loadPart(Promise.reject(cause), 'the lab'));
  expect(error).toMatchObject({ name: 'LoadError', cause });
  expect(error.message).toMatch(
    /^Expected the lab from this site, it could not be fetched\. Reload the page/,
  );
});

test('a file that comes in pieces is whole', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('abc', { headers: { 'content-type': 'a/b' } })));
  const file = await fetchInTime('/a', 'the file');
  expect(await file.text()).toBe('abc');
  expect(file.type).toBe('a/b');
});

test('a server that never answers is given up, its request ended', async () => {
  const asked = vi.fn((_url: string, _init: RequestInit) => never<Response>());
  vi.stubGlobal('fetch', asked);
  const error = await failure(fetchInTime('/a', 'the file'), SILENCE_MS);
  expect(error).toBeInstanceOf(LoadError);
  expect(error.message).toBe(
    'Expected the file from this site, nothing came for 20 s. Check the connection, then try again.',
  );
  expect(asked.mock.calls[0]?.[1].signal?.aborted).toBe(true);
});

/** A response whose pieces come every `ms` milliseconds, and then, unless it ends, nothing. */
function slow(pieces: number, ms: number, ends: boolean): Response {
  let left = pieces;
  return new Response(
    new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (left-- > 0) {
          await new Promise((wake) => setTimeout(wake, ms));
          controller.enqueue(Uint8Array.of(left));
        } else if (ends) controller.close();
        else await never();
      },
    }),
  );
}

test('a slow line is waited for as long as something comes; one that falls silent is not', async () => {
  const every = SILENCE_MS - 1000;
  vi.stubGlobal('fetch', () => Promise.resolve(slow(3, every, true)));
  const file = fetchInTime('/a', 'the file');
  await vi.advanceTimersByTimeAsync(3 * every);
  expect((await file).size).toBe(3);
  vi.stubGlobal('fetch', () => Promise.resolve(slow(1, every, false)));
  const error = await failure(fetchInTime('/a', 'the file'), every + SILENCE_MS);
  expect(error.message).toContain('nothing came for 20 s');
});

test('a file that is not there, and a connection that fails, say so', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(null, { status: 404 })));
  expect((await failure(fetchInTime('/a', 'the file'))).message).toMatch(/got status 404\. Try again/);
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  const error = await failure(fetchInTime('/a', 'the file'));
  expect(error).toBeInstanceOf(LoadError);
  expect(error.message).toMatch(/the connection failed\. Check the connection, then try again/);
});

test('stopped by its signal it rejects with the reason of that', async () => {
  const stop = new AbortController();
  vi.stubGlobal(
    'fetch',
    (_url: string, { signal }: { signal: AbortSignal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new DOMException('Aborted', 'AbortError')));
      }),
  );
  const reason = new Error('stopped');
  const failed = failure(fetchInTime('/a', 'the file', { signal: stop.signal }));
  stop.abort(reason);
  expect(await failed).toBe(reason);
});

test('a decoder that never answers is given up, and what it brings late is closed', async () => {
  const late = Promise.withResolvers<{ close: () => void }>();
  const close = vi.fn();
  vi.stubGlobal('createImageBitmap', () => late.promise);
  const error = await failure(bitmapInTime(new Blob(), 'the photograph'), DECODE_MS);
  expect(error.message).toMatch(/decode the photograph within 30 s.*Close other tabs, then try again/);
  late.resolve({ close });
  await vi.advanceTimersByTimeAsync(0);
  expect(close).toHaveBeenCalledOnce();
});

test('so is a drawing that is never ready', async () => {
  vi.stubGlobal(
    'Image',
    class {
      decode = never;
    },
  );
  const error = await failure(imageInTime('data:,', 'the face'), DECODE_MS);
  expect(error.message).toMatch(/decode the face within 30 s/);
});
