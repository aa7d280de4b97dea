// How much models may take, by machine and backend; and what leaves where memory ends before the budget does.
import { expect, test } from 'vitest';
import type { BackendInfo } from '@noisebook/ldm';
import { MemoryBudget, modelBudget } from '../../../src/engine/worker/memoryBudget.ts';
import { ModelCache } from '../../../src/engine/worker/modelCache.ts';

const MB = 2 ** 20;

test.each([
  ['wasm', undefined, 192],
  ['webgpu', undefined, 192],
  ['wasm', 8, 256],
  ['webgl', 8, 384],
  ['webgpu', 8, 512],
  ['webgpu', 4, 256],
  ['webgpu', 0.25, 96],
] as const)('%s on a machine of %s GiB: %i MiB', (backend, memory, expected) => {
  expect(modelBudget(backend, memory) / MB).toBe(expected);
});

test('before a backend is chosen it is that of wasm', () => {
  expect(modelBudget(undefined, 32)).toBe(modelBudget('wasm', 32));
});

const backend: BackendInfo = { backend: 'wasm', label: 'wasm', software: false };

/** A cache of things of 4 bytes each, on a device that has `places` of them. */
function things(budget: MemoryBudget, device: { places: number; built: string[] }) {
  return new ModelCache<string, { name: string; backend: BackendInfo; compiled: Set<string> }>(
    {
      kind: 'model',
      states: (name) => [new Map([[name, { shape: [1], data: new Float32Array(1), dtype: 'F32' as const }]])],
      build: (name, _host, on) => {
        if (device.places === 0) throw new Error('out of memory');
        device.places--;
        device.built.push(name);
        return { name, backend: on, compiled: new Set() };
      },
      dispose: () => {
        device.places++;
      },
    },
    budget,
  );
}

test('where the device has no room after all, everything else leaves, of every kind', () => {
  const device = { places: 2, built: [] as string[] };
  const budget = new MemoryBudget(() => Infinity);
  const [one, other] = [things(budget, device), things(budget, device)];
  one.put('a', 'a', backend);
  other.put('b', 'b', backend);
  one.put('c', 'c', backend);
  expect([one.names, other.names]).toEqual([['c'], []]);
  expect(device).toEqual({ places: 1, built: ['a', 'b', 'c'] });
});

test('where it has none even then, that is the error, and nothing is kept', () => {
  const device = { places: 1, built: [] as string[] };
  const budget = new MemoryBudget(() => Infinity);
  const cache = things(budget, device);
  cache.put('a', 'a', backend);
  device.places = -1;
  const failing = things(budget, { places: 0, built: [] });
  expect(() => failing.put('b', 'b', backend)).toThrow('out of memory');
  expect(budget.report.loaded).toEqual([]);
});
