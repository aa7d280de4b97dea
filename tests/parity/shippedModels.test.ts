// The shipped models: from the same noise, our pipeline draws what StableDiffusionPipeline drew from the same folder.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  initBackend,
  loadPipeline,
  parseSafetensors,
  type StableDiffusionPipeline,
} from '../../src/lib/ldm/index.ts';
import { nodeFolderSource } from '../../tools/lib/nodeFolderSource.ts';
import { relativeError } from '../../tools/lib/parity.ts';

const WEIGHTS = 'public/weights';

interface Stored {
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly guidanceScale: number;
  readonly numInferenceSteps: number;
  readonly count: number;
  /** By path in the model's folder, or in that of its base. */
  readonly weights: Readonly<Record<string, string>>;
}

/** A file of a model; what it lacks is its base's. */
function fileOf(model: string, path: string): string {
  const own = `${WEIGHTS}/${model}/${path}`;
  if (existsSync(own)) return own;
  const manifest = JSON.parse(readFileSync(`${WEIGHTS}/${model}/manifest.json`, 'utf8')) as { base?: string };
  return `${WEIGHTS}/${manifest.base ?? model}/${path}`;
}

beforeAll(async () => {
  await initBackend({ backend: 'wasm' });
});

describe.each(['faces-64', 'faces-128', 'faces-128-turbo'])('%s', (model) => {
  const folder = `tests/fixtures/${model}`;
  const stored = JSON.parse(readFileSync(`${folder}/reference.json`, 'utf8')) as Stored;
  const expected = parseSafetensors(readFileSync(`${folder}/reference.safetensors`));
  let pipe: StableDiffusionPipeline;
  beforeAll(async () => {
    pipe = await loadPipeline(nodeFolderSource(`${WEIGHTS}/${model}`));
  });
  afterAll(() => {
    pipe.dispose();
  });

  function tensor(name: string): { shape: [number, number, number, number]; data: Float32Array } {
    const found = expected.get(name);
    if (found?.shape.length !== 4) throw new Error(`${folder}: expected a tensor ${name} of rank 4`);
    return { shape: found.shape as [number, number, number, number], data: found.data };
  }

  /** Max |a - b| / max |b| of our NHWC tensor against a stored NCHW one. */
  async function errorAgainst(ours: tf.Tensor4D, name: string): Promise<number> {
    const nchw = tf.transpose(ours, [0, 3, 1, 2]);
    expect(nchw.shape).toEqual(tensor(name).shape);
    return relativeError((await nchw.data()) as Float32Array, tensor(name).data);
  }

  test('the stored pictures were drawn with the weights that are shipped', async () => {
    expect(Object.keys(stored.weights)).toHaveLength(3);
    for (const [path, sha256] of Object.entries(stored.weights)) {
      const bytes = await readFile(fileOf(model, path));
      expect(createHash('sha256').update(bytes).digest('hex'), path).toBe(sha256);
    }
  });

  test('latents and pictures agree with StableDiffusionPipeline', async () => {
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
  });

  test('noise of another shape is refused by name', async () => {
    const side = tensor('init').shape[2];
    const options = {
      prompt: '',
      seed: 0,
      numImages: 2,
      latents: tf.zeros<tf.Rank.R4>([1, side, side, 4]),
    };
    const named = new RegExp(`latents.*1,${side},${side},4.*2,${side},${side},4`);
    await expect(pipe.textToImage(options)).rejects.toThrow(named);
  });
});
