// What the browser keeps may never answer: then it counts as not there, and the work goes on.
import { afterEach, expect, test, vi } from 'vitest';
import { findAdapter } from '../../../src/lib/ldm/backend/adapters.ts';
import { startOneAtATime } from '../../../src/lib/ldm/backend/wasm/oneAtATime.ts';
import { startWebgpu } from '../../../src/lib/ldm/backend/webgpu/index.ts';
import { openDatabase, type Database } from '../../../src/storage/database.ts';
import { DatabaseModels } from '../../../src/storage/databaseModels.ts';
import { DatabaseRuns } from '../../../src/storage/databaseRuns.ts';
import { trainedRuns, withRunLock } from '../../../src/storage/locks.ts';
import { mayHoldSomething } from '../../../src/storage/mayHoldSomething.ts';
import { openFileCache } from '../../../src/engine/worker/download/fileCache.ts';
import { recallBackend, rememberBackend } from '../../../src/storage/rememberedBackend.ts';

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
const silent = { open: () => ({}) };

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('IndexedDB that never answers: nothing is remembered, nothing is stored', async () => {
  vi.useFakeTimers();
  vi.stubGlobal('indexedDB', silent);
  const recalled = recallBackend('key');
  const remembered = rememberBackend('key', 'wasm');
  await vi.advanceTimersByTimeAsync(2000);
  await expect(recalled).resolves.toBeUndefined();
  await expect(remembered).resolves.toBeUndefined();
});

test('a database of runs that never opens is unavailable', async () => {
  vi.useFakeTimers();
  vi.stubGlobal('IDBRequest', Object);
  vi.stubGlobal('indexedDB', { open: () => new EventTarget() });
  const opened = expect(openDatabase(() => undefined)).rejects.toMatchObject({ code: 'unavailable' });
  await vi.advanceTimersByTimeAsync(10_000);
  await opened;
});

test('a database that opens and then never answers fails the call, which says what to try', async () => {
  vi.useFakeTimers();
  const transaction = (): object => ({
    done: never(),
    store: { get: never, openCursor: never },
  });
  const mute = { get: never, getAll: never, transaction } as unknown as Database;
  const open = (): Promise<Database> => Promise.resolve(mute);
  vi.stubGlobal('IDBKeyRange', { bound: () => undefined });
  const [runs, models] = [new DatabaseRuns(open), new DatabaseModels(open)];
  const calls = [
    runs.list(),
    runs.get('a'),
    runs.rename('a', 'b'),
    runs.checkpoint('a'),
    models.listModels(),
    models.readModelFiles('a'),
  ];
  const failed = Promise.allSettled(calls);
  await vi.advanceTimersByTimeAsync(60_000);
  for (const outcome of await failed) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'failed' } });
    expect(String((outcome as PromiseRejectedResult).reason)).toMatch(
      /not answered for a minute.*reload the page/,
    );
  }
});

test('a browser that never lists its databases is asked by opening one', async () => {
  vi.useFakeTimers();
  vi.stubGlobal('indexedDB', { databases: never });
  const asked = mayHoldSomething();
  await vi.advanceTimersByTimeAsync(2000);
  await expect(asked).resolves.toBe(true);
});

test('Cache Storage that never opens, finds, reads or writes counts as none', async () => {
  const limits = { answerMs: 10, fileMs: 10 };
  expect(await openFileCache({ open: never }, 'https://site.test/m/', limits)).toBeUndefined();
  const methods = { match: never, put: never, delete: never, keys: never };
  const mute = methods as unknown as Cache;
  const cache = await openFileCache({ open: () => Promise.resolve(mute) }, 'https://site.test/m/', limits);
  expect(await cache?.get('a', 'b')).toBeUndefined();
  expect(await cache?.put('a', 'b', new Uint8Array(1))).toBe(false);
  expect(await cache?.getManifest()).toBeUndefined();
  await cache?.delete('a', 'b');
  await cache?.evict(new Set());
  const unread = { arrayBuffer: never, text: never } as unknown as Response;
  const half = { ...methods, match: () => Promise.resolve(unread) } as unknown as Cache;
  const second = await openFileCache({ open: () => Promise.resolve(half) }, 'https://site.test/m/', limits);
  expect(await second?.get('a', 'b')).toBeUndefined();
  expect(await second?.getManifest()).toBeUndefined();
});

test('locks that never answer: no run counts as trained elsewhere', async () => {
  vi.useFakeTimers();
  vi.stubGlobal('navigator', { locks: { query: never } });
  const trained = trainedRuns();
  await vi.advanceTimersByTimeAsync(2000);
  await expect(trained).resolves.toEqual(new Set());
});

test('a lock that is never answered: the task runs unguarded, once, also when the answer comes late', async () => {
  vi.useFakeTimers();
  let answer: ((lock: object) => unknown) | undefined;
  const request = (
    _name: string,
    _options: object,
    callback: (lock: object) => unknown,
  ): Promise<unknown> => {
    answer = callback;
    return never();
  };
  vi.stubGlobal('navigator', { locks: { request } });
  const task = vi.fn(() => Promise.resolve(7));
  const outcome = withRunLock('a', task);
  await vi.advanceTimersByTimeAsync(2000);
  await expect(outcome).resolves.toEqual({ value: 7 });
  await answer?.({});
  expect(task).toHaveBeenCalledOnce();
});

test('a graphics adapter that never answers is none', async () => {
  vi.useFakeTimers();
  vi.stubGlobal('navigator', { gpu: { requestAdapter: never } });
  const found = findAdapter();
  await vi.advanceTimersByTimeAsync(4000);
  await expect(found).resolves.toBeUndefined();
});

test('a device that never comes fails the start, and says so', async () => {
  vi.useFakeTimers();
  const adapter = { limits: {}, features: new Set(), info: { vendor: 'acme' }, requestDevice: never };
  vi.stubGlobal('navigator', { gpu: { requestAdapter: () => Promise.resolve(adapter) } });
  const started = expect(startWebgpu(() => undefined)).rejects.toThrow(/WebGPU device \(acme\) within 8 s/);
  await vi.advanceTimersByTimeAsync(8000);
  await started;
});

test('of workers that are started in turn, one that never answers is ended and the rest left out', async () => {
  const made: { ended: boolean }[] = [];
  const running = await startOneAtATime(
    3,
    () => {
      const worker = Object.assign(new EventTarget(), {
        ended: false,
        terminate: () => (worker.ended = true),
      });
      made.push(worker);
      return worker as unknown as Worker;
    },
    () => true,
    10,
  );
  expect(running).toEqual([]);
  expect(made.map(({ ended }) => ended)).toEqual([true]);
});
