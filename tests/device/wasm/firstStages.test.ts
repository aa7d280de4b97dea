// Several first stages in memory: which is kept, which leaves, and what a lost device takes with it.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { backendInfo } from '../../../src/lib/ldm/backend/index.ts';
import type { VaeConfig } from '../../../src/lib/ldm/config/index.ts';
import { readVae, type HostPart } from '../../../src/lib/ldm/pipeline/modelFolder.ts';
import { FirstStages } from '../../../src/engine/worker/firstStages.ts';
import { MemoryBudget } from '../../../src/engine/worker/memoryBudget.ts';
import { fixture, useBackend } from '../lib/device.ts';

useBackend();

let part: HostPart<VaeConfig>;
let bytes = 0;
beforeAll(async () => {
  part = await readVae(await fixture('micro'));
  for (const { data } of part.state.values()) bytes += data.byteLength;
});

test('the one least recently used leaves when the bytes are too many', () => {
  const backend = backendInfo()!;
  const before = tf.memory().numTensors;
  const stages = new FirstStages(new MemoryBudget(() => 2.5 * bytes));
  stages.put('a', part, backend);
  const one = tf.memory().numTensors - before;
  stages.put('b', part, backend);
  expect(stages.use('a', backend)).toBeDefined();
  stages.put('c', part, backend);
  expect(stages.names).toEqual(['a', 'c']);
  expect(stages.use('b', backend)).toBeUndefined();
  expect(stages.host('b')).toBeUndefined();
  expect(tf.memory().numTensors - before).toBe(2 * one);
  stages.put('c', part, backend);
  expect(tf.memory().numTensors - before).toBe(2 * one);
  for (const name of stages.names) stages.drop(name);
  expect(tf.memory().numTensors).toBe(before);
});

test('one larger than the limit is kept alone', () => {
  const backend = backendInfo()!;
  const stages = new FirstStages(new MemoryBudget(() => 0.5 * bytes));
  stages.put('a', part, backend);
  stages.put('b', part, backend);
  expect(stages.names).toEqual(['b']);
  stages.drop('b');
});

test('after a lost device the weights are still in host memory, and nothing counts as ready', () => {
  const backend = backendInfo()!;
  const before = tf.memory().numTensors;
  const stages = new FirstStages(new MemoryBudget(() => Infinity));
  stages.put('a', part, backend);
  expect(stages.use('a', { ...backend })).toBeUndefined(); // another start of the backend
  stages.releaseAll();
  expect(stages.use('a', backend)).toBeUndefined();
  expect(stages.host('a')).toBe(part);
  expect(tf.memory().numTensors).toBe(before);
});
