// First stages alone, odd ones too: what diffusers and PyTorch compute, and not a tensor left.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseVaeConfig } from '../../src/lib/ldm/config/index.ts';
import { FirstStage, loadFirstStage } from '../../src/lib/ldm/pipeline/firstStage.ts';
import { readVae } from '../../src/lib/ldm/pipeline/modelFolder.ts';
import { parseSafetensors, type StateDict } from '../../src/lib/ldm/weights/safetensors.ts';
import { relativeError } from '../../tools/lib/parity.ts';
import { fixture, take, useBackend } from './lib/device.ts';

useBackend();

/** Largest difference to diffusers, in parts of the largest value. */
const TOLERANCE = 1e-4;

async function readReference(name: string): Promise<StateDict> {
  const bytes = await (await fixture(`first-stages/${name}`)).read('reference.safetensors');
  return parseSafetensors(bytes!, { name });
}

/** A tensor of the reference, times `factor`. */
function given(reference: StateDict, key: string, factor = 1): tf.Tensor4D {
  const { data, shape } = reference.get(key)!;
  return tf.tensor(
    data.map((value) => value * factor),
    shape as [number, number, number, number],
  );
}

describe('f = 64: a picture becomes six numbers', () => {
  let stage: FirstStage;
  let reference: StateDict;
  let scale: number;
  beforeAll(async () => {
    stage = await loadFirstStage(await fixture('first-stages/six'));
    reference = await readReference('six');
    scale = stage.config.scalingFactor;
  });

  test('the posterior is that of diffusers, in the scale of raw latents', async () => {
    const before = tf.memory().numTensors;
    const images = given(reference, 'images');
    const { mean, logvar } = stage.posterior(images);
    expect(mean.shape).toEqual([2, 1, 1, 6]);
    const own = (key: string): Float32Array => reference.get(key)!.data;
    expect(
      relativeError(
        await take(mean),
        own('mean').map((value) => value * scale),
      ),
    ).toBeLessThan(TOLERANCE);
    expect(
      relativeError(
        await take(logvar),
        own('logvar').map((value) => value + 2 * Math.log(scale)),
      ),
    ).toBeLessThan(TOLERANCE);
    images.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('so are the pictures that it decodes', async () => {
    const before = tf.memory().numTensors;
    const latents = given(reference, 'latents', scale);
    const decoded = stage.decode(latents);
    expect(decoded.shape).toEqual([2, 64, 64, 3]);
    expect(relativeError(await take(decoded), reference.get('decoded')!.data)).toBeLessThan(TOLERANCE);
    latents.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('disposed, nothing is left', async () => {
    const part = await readVae(await fixture('first-stages/six'));
    const before = tf.memory().numTensors;
    const another = new FirstStage(part);
    expect(tf.memory().numTensors).toBeGreaterThan(before);
    another.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a decoder with transposed convolutions', () => {
  test('decodes as PyTorch does, sides of any length', async () => {
    const stage = await loadFirstStage(await fixture('first-stages/transpose'));
    const reference = await readReference('transpose');
    const latents = given(reference, 'latents', stage.config.scalingFactor);
    const decoded = stage.decode(latents);
    expect(decoded.shape).toEqual([2, 20, 12, 3]);
    expect(relativeError(await take(decoded), reference.get('decoded')!.data)).toBeLessThan(TOLERANCE);
    latents.dispose();
    stage.dispose();
  });

  test('without an encoder it says that it only decodes', async () => {
    const stage = await loadFirstStage(await fixture('first-stages/transpose'));
    expect(stage.vae.hasEncoder).toBe(false);
    const images = tf.zeros([1, 8, 8, 3]) as tf.Tensor4D;
    expect(() => stage.encode(images)).toThrow('expected a model with an encoder, got one that only decodes');
    images.dispose();
    stage.dispose();
  });

  test('its weights in a model of the usual kind are refused', async () => {
    const { state } = await readVae(await fixture('first-stages/transpose'));
    const config = parseVaeConfig(
      {
        block_out_channels: [8, 16],
        down_block_types: ['DownEncoderBlock2D', 'DownEncoderBlock2D'],
        up_block_types: ['UpDecoderBlock2D', 'UpDecoderBlock2D'],
        norm_num_groups: 4,
      },
      'vae/config.json',
    );
    const before = tf.memory().numTensors;
    expect(() => new FirstStage({ config, state })).toThrow(/the weights do not fit the config/);
    expect(tf.memory().numTensors).toBe(before);
  });
});
