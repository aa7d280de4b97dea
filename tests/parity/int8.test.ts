// Weights in 8 bits and a base: from two folders our pipeline draws what diffusers drew from the unpacked one.
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { initBackend, loadPipeline, parseSafetensors } from '../../src/lib/ldm/index.ts';
import { nodeFolderSource } from '../../tools/lib/nodeFolderSource.ts';
import { relativeError } from '../../tools/lib/parity.ts';

const FOLDER = 'tests/fixtures/micro-int8';

interface Stored {
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly guidanceScale: number;
  readonly numInferenceSteps: number;
  readonly count: number;
}

beforeAll(async () => {
  await initBackend({ backend: 'wasm' });
});

async function drawn(folder: string): Promise<{ latents: number; image: number }> {
  const stored = JSON.parse(await readFile(`${FOLDER}/reference.json`, 'utf8')) as Stored;
  const expected = parseSafetensors(await readFile(`${FOLDER}/reference.safetensors`));
  const tensor = (name: string): { data: Float32Array; shape: readonly number[] } => {
    const found = expected.get(name);
    if (found === undefined) throw new Error(`${FOLDER}: expected a tensor ${name}`);
    return found;
  };
  const pipe = await loadPipeline(nodeFolderSource(folder));
  const init = tensor('init');
  const latents = await pipe.textToImage({
    ...stored,
    numImages: stored.count,
    seed: 0,
    latents: tf.transpose(
      tf.tensor4d(init.data, init.shape as [number, number, number, number]),
      [0, 2, 3, 1],
    ),
  });
  const apart = async (ours: tf.Tensor4D, name: string): Promise<number> => {
    const nchw = tf.transpose(ours, [0, 3, 1, 2]);
    expect(nchw.shape).toEqual(tensor(name).shape);
    return relativeError((await nchw.data()) as Float32Array, tensor(name).data);
  };
  const result = {
    latents: await apart(latents, 'latents'),
    image: await apart(pipe.decode(latents), 'image'),
  };
  pipe.dispose();
  return result;
}

test('the packed folder agrees with diffusers', async () => {
  const { latents, image } = await drawn(FOLDER);
  expect(latents).toBeLessThan(1e-4);
  expect(image).toBeLessThan(1e-4);
});

test('the weights before they were packed do not: the test sees a difference of that size', async () => {
  expect((await drawn('tests/fixtures/micro')).latents).toBeGreaterThan(1e-4);
});
