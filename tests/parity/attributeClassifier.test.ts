// The classifier in this library reads what PyTorch's reads: stored features and logits of real faces, small and large.
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { encodeFace } from '../../src/datasets/faceAttributes.ts';
import { sampleFace } from '../../src/datasets/faceSplits.ts';
import { initBackend } from '@noisebook/ldm';
import { parseSafetensors, type StateDict } from '@noisebook/ldm/numbers';
import { nodeFolderSource } from '@noisebook/ldm/node';
import { loadAttributeClassifier } from '../../tools/lib/evaluation/attributeClassifier.ts';
import { look } from '../../tools/lib/evaluation/look.ts';
import { realPicture, toTensor } from '../../tools/lib/evaluation/pictures.ts';
import { relativeError } from '../../tools/lib/parity.ts';

/** The folder's weights are rounded to half precision, PyTorch's were not. */
const TOLERANCE = 5e-3;
let stored: StateDict;

beforeAll(async () => {
  await initBackend({ backend: 'wasm' });
  stored = parseSafetensors(await readFile('tests/fixtures/judge/logits.safetensors'));
});

const open = () => loadAttributeClassifier(nodeFolderSource('public/weights/judge-64'));

/** The first two test faces, as they are stored and as this library draws them: see the test below. */
const faces = (side: number) => [0, 1].map((i) => realPicture(sampleFace('test', i), side));

test.each([
  ['small', 64],
  ['large', 128],
] as const)('%s faces', async (name, side) => {
  const classifier = await open();
  const x = toTensor(faces(side));
  const before = tf.memory().numTensors;
  const { features, logits } = classifier.forward(x);
  expect(tf.memory().numTensors).toBe(before + 2);
  expect(
    relativeError((await features.data()) as Float32Array, stored.get(`${name}.features`)!.data),
  ).toBeLessThan(TOLERANCE);
  expect(
    relativeError((await logits.data()) as Float32Array, stored.get(`${name}.logits`)!.data),
  ).toBeLessThan(TOLERANCE);
  tf.dispose([x, features, logits]);
  classifier.dispose();
});

test('the stored faces are those that this library draws', () => {
  expect(faces(64).flatMap((picture) => [...picture])).toEqual([...stored.get('small.bytes')!.data]);
});

test('reads every fact off real faces, also off combinations that models never see', async () => {
  const classifier = await open();
  for (const split of ['test', 'heldout'] as const) {
    const real = Array.from({ length: 40 }, (_, i) => sampleFace(split, i));
    const seen = await look(
      classifier,
      real.map((face) => realPicture(face, 64)),
    );
    const right = seen.filter(({ found }, i) => String(found) === String(Array.from(encodeFace(real[i]!))));
    expect(right.length, split).toBeGreaterThanOrEqual(38);
  }
  classifier.dispose();
});

test('refuses pictures that it cannot shrink', async () => {
  const classifier = await open();
  const x = tf.zeros<tf.Rank.R4>([1, 96, 96, 3]);
  expect(() => classifier.forward(x)).toThrow('64 pixels a side or a multiple, got 96 x 96');
  x.dispose();
  classifier.dispose();
});
