// The shipped models: from the same noise, our pipeline draws what StableDiffusionPipeline drew from the same folder.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { initBackend, loadPipeline, type StableDiffusionPipeline } from '@noisebook/ldm';
import { nodeFolderSource } from '@noisebook/ldm/node';
import { readDrawing } from '../lib/storedDrawing.ts';

const WEIGHTS = 'public/weights';

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
  const { stored, side, errorsOf } = readDrawing(`tests/fixtures/${model}`);
  let pipe: StableDiffusionPipeline;
  beforeAll(async () => {
    pipe = await loadPipeline(nodeFolderSource(`${WEIGHTS}/${model}`));
  });
  afterAll(() => {
    pipe.dispose();
  });

  test('the stored pictures were drawn with the weights that are shipped', async () => {
    const weights = Object.entries(stored.weights ?? {});
    expect(weights).toHaveLength(3);
    for (const [path, sha256] of weights) {
      const bytes = await readFile(fileOf(model, path));
      expect(createHash('sha256').update(bytes).digest('hex'), path).toBe(sha256);
    }
  });

  test('latents and pictures agree with StableDiffusionPipeline', async () => {
    const { latents, image } = await errorsOf(pipe);
    expect(latents).toBeLessThan(1e-3);
    expect(image).toBeLessThan(1e-3);
  });

  test('noise of another shape is refused by name', async () => {
    const options = {
      prompt: '',
      seed: 0,
      numImages: 2,
      latents: tf.zeros<tf.Rank.R4>([1, side, side, 4]),
    };
    const named = new RegExp(
      `latents: expected shape \\[2, ${side}, ${side}, 4\\].*got shape \\[1, ${side}, ${side}, 4\\]`,
    );
    await expect(pipe.textToImage(options)).rejects.toThrow(named);
  });
});
