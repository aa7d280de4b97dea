// The shipped model: from the same noise, our pipeline draws what StableDiffusionPipeline drew from the same folder.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { initBackend, loadPipeline, parseSafetensors, type StateDict } from '../../src/lib/ldm/index.ts';
import { nodeFolderSource } from '../../tools/lib/nodeFolderSource.ts';
import { relativeError } from '../../tools/lib/parity.ts';

const FOLDER = 'public/weights/faces-64';
const STORED = 'tests/fixtures/faces-64';

interface Stored {
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly guidanceScale: number;
  readonly numInferenceSteps: number;
  readonly count: number;
  readonly weights: Readonly<Record<string, string>>;
}

let stored: Stored;
let expected: StateDict;

beforeAll(async () => {
  await initBackend({ backend: 'wasm' });
  stored = JSON.parse(await readFile(`${STORED}/reference.json`, 'utf8')) as Stored;
  expected = parseSafetensors(await readFile(`${STORED}/reference.safetensors`));
});

function tensor(name: string): { shape: [number, number, number, number]; data: Float32Array } {
  const found = expected.get(name);
  if (found?.shape.length !== 4) throw new Error(`${STORED}: expected a tensor ${name} of rank 4`);
  return { shape: found.shape as [number, number, number, number], data: found.data };
}

/** Max |a - b| / max |b| of our NHWC tensor against a stored NCHW one. */
async function errorAgainst(ours: tf.Tensor4D, name: string): Promise<number> {
  const nchw = tf.transpose(ours, [0, 3, 1, 2]);
  expect(nchw.shape).toEqual(tensor(name).shape);
  return relativeError((await nchw.data()) as Float32Array, tensor(name).data);
}

test('the stored pictures were drawn with the weights that are shipped', async () => {
  for (const [file, sha256] of Object.entries(stored.weights)) {
    const bytes = await readFile(`${FOLDER}/${file}`);
    expect(createHash('sha256').update(bytes).digest('hex'), file).toBe(sha256);
  }
});

test('latents and pictures agree with StableDiffusionPipeline', async () => {
  const pipe = await loadPipeline(nodeFolderSource(FOLDER));
  const init = tensor('init');
  const noise = tf.transpose(tf.tensor4d(init.data, init.shape), [0, 2, 3, 1]);
  const latents = await pipe.textToImage({
    prompt: stored.prompt,
    negativePrompt: stored.negativePrompt,
    guidanceScale: stored.guidanceScale,
    numInferenceSteps: stored.numInferenceSteps,
    numImages: stored.count,
    seed: 0,
    latents: noise,
  });
  expect(await errorAgainst(latents, 'latents')).toBeLessThan(1e-3);
  expect(await errorAgainst(pipe.decode(latents), 'image')).toBeLessThan(1e-3);
  pipe.dispose();
});

test('noise of another shape is refused by name', async () => {
  const pipe = await loadPipeline(nodeFolderSource(FOLDER));
  const options = { prompt: '', seed: 0, numImages: 2, latents: tf.zeros<tf.Rank.R4>([1, 8, 8, 4]) };
  await expect(pipe.textToImage(options)).rejects.toThrow(/latents.*1,8,8,4.*2,8,8,4/);
  pipe.dispose();
});
