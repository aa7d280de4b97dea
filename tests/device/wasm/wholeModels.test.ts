// Whole models in memory: which are kept, which leaves, and what a lost device takes with it.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { backendInfo } from '../../../src/lib/ldm/backend/index.ts';
import { readModelFolder } from '../../../src/lib/ldm/pipeline/modelFolder.ts';
import { FirstStages } from '../../../src/engine/worker/firstStages.ts';
import { MemoryBudget } from '../../../src/engine/worker/memoryBudget.ts';
import { WholeModels, type HostModel } from '../../../src/engine/worker/wholeModels.ts';
import { fixture, useBackend } from '../lib/device.ts';

useBackend();

let host: HostModel;
let bytes = 0;
beforeAll(async () => {
  host = {
    manifest: { name: 'micro', files: [], knownWords: [] },
    folder: await readModelFolder(await fixture('micro')),
  };
  const { vae, unet, textEncoder } = host.folder;
  for (const { state } of [vae, unet, textEncoder])
    for (const { data } of state.values()) bytes += data.byteLength;
});

/** Room for so many of the model. */
const roomFor = (count: number): MemoryBudget => new MemoryBudget(() => count * bytes);

test('where two fit, the one less recently used leaves', () => {
  const backend = backendInfo()!;
  const before = tf.memory().numTensors;
  const models = new WholeModels(roomFor(2));
  const a = models.put('a', host, backend);
  const one = tf.memory().numTensors - before;
  expect(one).toBeGreaterThan(20);
  models.put('b', host, backend);
  expect(models.use('a', backend)).toBe(a);
  expect(models.names).toEqual(['b', 'a']);
  models.put('c', host, backend);
  expect(models.names).toEqual(['a', 'c']);
  expect(models.use('b', backend)).toBeUndefined();
  expect(models.host('b')).toBeUndefined();
  expect(tf.memory().numTensors - before).toBe(2 * one);
  models.put('c', host, backend);
  expect(models.names).toEqual(['a', 'c']);
  expect(tf.memory().numTensors - before).toBe(2 * one);
  for (const name of models.names) models.drop(name);
  expect(tf.memory().numTensors).toBe(before);
});

test('says which are kept whenever one comes or leaves, and not when one is used', () => {
  const backend = backendInfo()!;
  const told: string[][] = [];
  const models = new WholeModels(roomFor(2), (names) => told.push([...names]));
  models.put('a', host, backend);
  models.put('b', host, backend);
  models.use('a', backend);
  models.put('a', host, backend);
  models.put('c', host, backend);
  models.drop('c');
  models.drop('c');
  expect(told).toEqual([['a'], ['a', 'b'], ['a', 'c'], ['a']]);
  models.drop('a');
});

test('two that are too large together are not', () => {
  const backend = backendInfo()!;
  const models = new WholeModels(roomFor(1.5));
  models.put('a', host, backend);
  models.put('b', host, backend);
  expect(models.names).toEqual(['b']);
  const small = new WholeModels(roomFor(0.5));
  small.put('a', host, backend);
  expect(small.names).toEqual(['a']);
  models.drop('b');
  small.drop('a');
});

test('a model that cannot be built leaves the other', () => {
  const backend = backendInfo()!;
  const before = tf.memory().numTensors;
  const models = new WholeModels(roomFor(2));
  models.put('a', host, backend);
  const { unet } = host.folder;
  const broken = { ...host, folder: { ...host.folder, unet: { ...unet, state: new Map() } } };
  expect(() => models.put('b', broken, backend)).toThrow(/unet: the weights do not fit/);
  expect(models.names).toEqual(['a']);
  models.drop('a');
  expect(tf.memory().numTensors).toBe(before);
});

test('after a lost device the weights are still in host memory, and nothing counts as ready', () => {
  const backend = backendInfo()!;
  const before = tf.memory().numTensors;
  const models = new WholeModels(roomFor(2));
  models.put('a', host, backend);
  expect(models.use('a', { ...backend })).toBeUndefined(); // another start of the backend
  models.releaseAll();
  expect(models.use('a', backend)).toBeUndefined();
  expect(models.host('a')).toBe(host);
  expect(tf.memory().numTensors).toBe(before);
});

test('models and first stages share one budget, which says what is loaded and how much it takes', () => {
  const backend = backendInfo()!;
  const before = tf.memory().numTensors;
  const told: string[][] = [];
  const budget = roomFor(2.5);
  const models = new WholeModels(budget, (names) => told.push([...names]));
  const stages = new FirstStages(budget);
  models.put('a', host, backend);
  stages.put('s', host.folder.vae, backend);
  models.put('b', host, backend);
  const part = budget.report.loaded.find(({ kind }) => kind === 'first-stage')!.bytes;
  expect(part).toBeGreaterThan(0);
  expect(part).toBeLessThan(bytes / 2);
  expect(budget.report).toEqual({
    budgetBytes: 2.5 * bytes,
    usedBytes: 2 * bytes + part,
    loaded: [
      { name: 'a', kind: 'model', bytes },
      { name: 's', kind: 'first-stage', bytes: part },
      { name: 'b', kind: 'model', bytes },
    ],
  });

  // A first stage that is used takes no room from the model it was loaded after; 'a' is the oldest now.
  expect(stages.use('s', backend)).toBeDefined();
  models.put('c', host, backend);
  expect(models.names).toEqual(['b', 'c']);
  expect(stages.names).toEqual(['s']);
  expect(told).toEqual([['a'], ['a', 'b'], ['b', 'c']]);

  models.releaseAll();
  stages.releaseAll();
  expect(budget.report).toMatchObject({ usedBytes: 0, loaded: [] });
  expect(tf.memory().numTensors).toBe(before);
});

test('a first stage that needs room makes a model leave, and its cache says so', () => {
  const backend = backendInfo()!;
  const told: string[][] = [];
  const budget = roomFor(1);
  const models = new WholeModels(budget, (names) => told.push([...names]));
  const stages = new FirstStages(budget);
  models.put('a', host, backend);
  stages.put('s', host.folder.vae, backend);
  expect(models.names).toEqual([]);
  expect(told).toEqual([['a'], []]);
  stages.drop('s');
});

test('what is named beside stays, even where there is no room for both; others leave first', () => {
  const backend = backendInfo()!;
  const before = tf.memory().numTensors;
  const budget = roomFor(2);
  const models = new WholeModels(budget);
  models.put('a', host, backend);
  models.put('b', host, backend);
  models.put('c', host, backend, ['a']);
  expect(models.names).toEqual(['a', 'c']);
  models.put('d', host, backend, ['a', 'c']);
  expect(models.names).toEqual(['a', 'c', 'd']);
  expect(budget.report.usedBytes).toBeGreaterThan(budget.report.budgetBytes);
  // The next that is not named beside pays it back.
  models.put('e', host, backend);
  expect(models.names).toEqual(['d', 'e']);
  for (const name of models.names) models.drop(name);
  expect(tf.memory().numTensors).toBe(before);
});
