// What a worker loaded before there was a service worker is fetched through it once it is there, and not before.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keepFiles } from '../../../src/engine/page/keepFiles.ts';

const fetched: string[] = [];
beforeEach(() => {
  vi.useFakeTimers();
  fetched.length = 0;
  vi.stubGlobal('fetch', (url: string) => {
    fetched.push(url);
    return Promise.resolve(new Response('code'));
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A page whose service worker comes when `arrive` is called. */
function page() {
  const container = new EventTarget() as EventTarget & { controller: object | null };
  container.controller = null;
  const arrive = (): void => {
    container.controller = {};
    container.dispatchEvent(new Event('controllerchange'));
  };
  return { container: container as unknown as ServiceWorkerContainer, arrive };
}

it('waits for the service worker, then fetches each file through it', async () => {
  const { container, arrive } = page();
  const kept = keepFiles(['/a.js', '/b.wasm'], container);
  await vi.advanceTimersByTimeAsync(1000);
  expect(fetched).toEqual([]);
  arrive();
  await kept;
  expect(fetched).toEqual(['/a.js', '/b.wasm']);
});

it('does nothing where there are no service workers, and gives up where none comes', async () => {
  await keepFiles(['/a.js'], undefined);
  const waits = expect(keepFiles(['/a.js'], page().container)).rejects.toThrow('service worker');
  await vi.advanceTimersByTimeAsync(121_000);
  await waits;
  expect(fetched).toEqual([]);
});
