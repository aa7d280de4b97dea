// The small first stages: what they encode and decode here is what PyTorch computes (training/check_first_stages.py).
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { type FirstStage, initBackend, loadFirstStage } from '@noisebook/ldm';
import { parseSafetensors, type StateDict } from '@noisebook/ldm/numbers';
import { nodeFolderSource } from '@noisebook/ldm/node';
import { relativeError } from '../../tools/lib/parity.ts';

const STORED = 'tests/fixtures/first-stages';
const folder = (name: string): string => `public/weights/${name}`;
const open = (name: string): Promise<FirstStage> => loadFirstStage(nodeFolderSource(folder(name)));

let weights: Readonly<Record<string, string>>;
let expected: StateDict;

beforeAll(async () => {
  await initBackend({ backend: 'wasm' });
  ({ weights } = JSON.parse(await readFile(`${STORED}/reference.json`, 'utf8')) as {
    weights: typeof weights;
  });
  expected = parseSafetensors(await readFile(`${STORED}/reference.safetensors`));
});

/** A stored NCHW tensor as NHWC. */
function stored(name: string): tf.Tensor4D {
  const found = expected.get(name);
  if (found?.shape.length !== 4) throw new Error(`${STORED}: expected a tensor ${name} of rank 4`);
  const shape = found.shape as [number, number, number, number];
  return tf.tidy(() => tf.transpose(tf.tensor4d(found.data, shape), [0, 2, 3, 1]));
}

/** Max |a - b| / max |b|. */
async function errorAgainst(ours: tf.Tensor4D, name: string): Promise<number> {
  const theirs = stored(name);
  expect(ours.shape).toEqual(theirs.shape);
  return relativeError((await ours.data()) as Float32Array, (await theirs.data()) as Float32Array);
}

const names = ['faces-six', 'faces-up-resize', 'faces-up-transpose'];

test.each(names)('%s is the one that PyTorch ran', async (name) => {
  const bytes = await readFile(`${folder(name)}/vae/diffusion_pytorch_model.safetensors`);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(weights[name]);
});

test.each(names)('%s decodes as PyTorch does', async (name) => {
  const stage = await open(name);
  expect(await errorAgainst(stage.decode(stored(`${name}.latents`)), `${name}.image`)).toBeLessThan(1e-3);
  stage.dispose();
});

test('faces-six encodes as PyTorch does: six numbers a face', async () => {
  const stage = await open('faces-six');
  const { mean, logvar } = stage.posterior(stored('faces-six.picture'));
  expect(mean.shape).toEqual([2, 1, 1, 6]);
  expect(await errorAgainst(mean, 'faces-six.mean')).toBeLessThan(1e-3);
  expect(await errorAgainst(logvar, 'faces-six.logvar')).toBeLessThan(1e-3);
  stage.dispose();
});

test('the two ways to enlarge are not the same decoder', async () => {
  const [resize, transpose] = await Promise.all(['faces-up-resize', 'faces-up-transpose'].map(open));
  const latents = stored('faces-up-resize.latents');
  const images = [resize!.decode(latents), transpose!.decode(latents)];
  const difference = tf.mean(tf.abs(tf.sub(images[0]!, images[1]!)));
  expect((await difference.data())[0]).toBeGreaterThan(0.01);
  resize!.dispose();
  transpose!.dispose();
});
