// The job `predict`: what it shows of the denoiser's inside, and the words whose tokens are seen there.
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { backendInfo } from '../../../src/lib/ldm/backend/index.ts';
import { wordMaps } from '../../../src/lib/ldm/metrics/wordMaps.ts';
import type { PredictRequest, PredictResult } from '../../../src/engine/protocol/messages.ts';
import { load } from '../../../src/engine/worker/jobs/load.ts';
import { predict } from '../../../src/engine/worker/jobs/predict.ts';
import type { Session } from '../../../src/engine/worker/session.ts';
import { useBackend, useMicro } from '../lib/device.ts';

useBackend();
const micro = useMicro();

/** A session that has the model `micro` in memory. */
function session(): Session {
  const { pipe: pipeline } = micro;
  const manifest = { name: 'micro', files: [], knownWords: ['person'] };
  const model = { name: 'micro', manifest, pipeline, folder: pipeline.folder, backend: backendInfo() };
  const fake = {
    enqueue: (_: unknown, task: () => Promise<unknown>) => task(),
    run: (_: string, signal: AbortSignal, task: (loaded: typeof model, signal: AbortSignal) => unknown) =>
      task(model, signal),
  };
  return fake as unknown as Session;
}

const context = { signal: new AbortController().signal, emit: () => undefined };
const request: PredictRequest = {
  model: 'micro',
  latents: Float32Array.from({ length: 128 }, (_, i) => Math.sin(i)),
  count: 2,
  timestep: 600,
  prompt: 'a person',
};
const ask = async (changes: Partial<PredictRequest> = {}): Promise<PredictResult> =>
  (await predict(session(), { ...request, ...changes }, context)).result;

test('a loaded model says what there is to see, and all of it can be asked for', async () => {
  const { tapPoints } = (await load(session(), { model: 'micro' }, context)).result;
  const names = (kind: string) => tapPoints.filter((point) => point.kind === kind).map(({ name }) => name);
  const before = tf.memory().numTensors;
  const result = await ask({
    count: 1,
    latents: request.latents.slice(0, 64),
    attention: names('attention'),
    activations: names('activations'),
  });
  expect(tf.memory().numTensors).toBe(before);
  const seen = [...result.attention, ...result.activations];
  expect(seen.length).toBe(tapPoints.length);
  for (const { point, data } of seen) {
    expect(tapPoints).toContainEqual(point);
    expect(data.length).toBe(point.shape.reduce((a, b) => a * b, 1));
  }
});

test('nothing is shown that was not asked for; words have their places either way', async () => {
  const result = await ask();
  expect([result.attention, result.activations]).toEqual([[], []]);
  const { words, ids } = micro.pipe.tokenizer.encode('a person');
  expect(result.words.map(({ text, known }) => [text, known])).toEqual([
    ['a', false],
    ['person', true],
  ]);
  // The tokens at the places of a word are the word's.
  result.words.forEach(({ first, count }, i) => {
    expect([...ids.slice(first, first + count)]).toEqual(words[i]?.ids);
  });
});

test('a guided call shows attention as it looks at the prompt, and gives maps of the words for each picture', async () => {
  const plain = await ask({ attention: 'cross' });
  const guided = await ask({ attention: 'cross', guidanceScale: 3 });
  const [one, both] = [plain.attention[0]!, guided.attention[0]!];
  expect(both.point).toEqual(one.point);
  expect(both.data.length).toBe(one.data.length);
  const maps = wordMaps(both.data, both.point, 2, guided.words);
  expect(maps.map(({ length }) => length)).toEqual([32, 32]);
  wordMaps(one.data, one.point, 2, plain.words).forEach((map, word) => {
    map.forEach((value, i) => expect(maps[word]![i]).toBeCloseTo(value, 5));
    expect(Math.max(...map)).toBeGreaterThan(0);
  });
});

test('an unknown name is a fault of the request, and says what there is', async () => {
  const before = tf.memory().numTensors;
  await expect(ask({ attention: ['attn'] })).rejects.toMatchObject({
    code: 'bad-request',
    message: expect.stringMatching(/^attention: expected names .* got 'attn'\. It has: mid_block/) as string,
  });
  expect(tf.memory().numTensors).toBe(before);
});
