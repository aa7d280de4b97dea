// Whole models in memory: which two are kept, which leaves, and what a lost device takes with it.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { backendInfo } from '../../../src/lib/ldm/backend/index.ts';
import { readModelFolder } from '../../../src/lib/ldm/pipeline/modelFolder.ts';
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

test('two are kept, the one less recently used leaves', () => {
  const backend = backendInfo()!;
  const before = tf.memory().numTensors;
  const models = new WholeModels();
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
  const models = new WholeModels({ onChange: (names) => told.push([...names]) });
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
  const models = new WholeModels({ maxBytes: 1.5 * bytes });
  models.put('a', host, backend);
  models.put('b', host, backend);
  expect(models.names).toEqual(['b']);
  const small = new WholeModels({ maxBytes: 0.5 * bytes });
  small.put('a', host, backend);
  expect(small.names).toEqual(['a']);
  models.drop('b');
  small.drop('a');
});

test('a model that cannot be built leaves the other', () => {
  const backend = backendInfo()!;
  const before = tf.memory().numTensors;
  const models = new WholeModels();
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
  const models = new WholeModels();
  models.put('a', host, backend);
  expect(models.use('a', { ...backend })).toBeUndefined(); // another start of the backend
  models.releaseAll();
  expect(models.use('a', backend)).toBeUndefined();
  expect(models.host('a')).toBe(host);
  expect(tf.memory().numTensors).toBe(before);
});
