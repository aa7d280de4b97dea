// The networks: weights that do not fit are named, and what is prepared once gives what is computed each time.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { AutoencoderKL } from '../../src/lib/ldm/models/autoencoderKL.ts';
import { CLIPTextModel } from '../../src/lib/ldm/models/clipTextModel.ts';
import { UNet2DConditionModel } from '../../src/lib/ldm/models/unet2DConditionModel.ts';
import { readModelFolder, type ModelFolder } from '../../src/lib/ldm/pipeline/modelFolder.ts';
import type { HostTensor, StateDict } from '../../src/lib/ldm/weights/safetensors.ts';
import { relativeError } from '../../tools/lib/parity.ts';
import { fixture, randomTensor, take, useBackend } from './lib/device.ts';

useBackend();

let folder: ModelFolder;
beforeAll(async () => {
  folder = await readModelFolder(await fixture('micro'));
});

/** A state dict with one entry changed: replaced, or removed by undefined. */
function changed(state: StateDict, key: string, tensor: HostTensor | undefined): StateDict {
  const copy = new Map(state);
  if (tensor === undefined) copy.delete(key);
  else copy.set(key, tensor);
  return copy;
}

const flat = (length: number): HostTensor => ({
  shape: [length],
  dtype: 'F32',
  data: new Float32Array(length),
});

describe.each([
  [
    'vae',
    'decoder.up_blocks.0.resnets.1.conv1.weight',
    '[8, 8, 3, 3]',
    (state: StateDict) => AutoencoderKL.create(folder.vae.config, state),
  ],
  [
    'unet',
    'mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight',
    '[8, 8]',
    (state: StateDict) => UNet2DConditionModel.create(folder.unet.config, state),
  ],
  [
    'text_encoder',
    'encoder.layers.0.self_attn.q_proj.bias',
    '[8]',
    (state: StateDict) => CLIPTextModel.create(folder.textEncoder.config, state),
  ],
] as const)('weights of the %s', (where, key, shape, create) => {
  const state = (): StateDict =>
    ({ vae: folder.vae, unet: folder.unet, text_encoder: folder.textEncoder })[where].state;

  test('a missing one is named with the shape it should have', () => {
    const before = tf.memory().numTensors;
    expect(() => create(changed(state(), key, undefined))).toThrow(
      `'${key}' is missing: expected shape ${shape}`,
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  test('one of another shape is named with both shapes', () => {
    expect(() => create(changed(state(), key, flat(5)))).toThrow(
      `'${key}': expected shape ${shape}, got [5]`,
    );
  });

  test('one too many is named', () => {
    expect(() => create(changed(state(), 'extra.weight', flat(3)))).toThrow(
      "'extra.weight' [3] is not part of this architecture",
    );
  });

  test('all problems are reported at once, the place first', () => {
    const empty = new Map<string, HostTensor>();
    expect(() => create(empty)).toThrow(
      new RegExp(`^${where}: the weights do not fit the config \\(\\d+ problems\\)`),
    );
    expect(() => create(empty)).toThrow(/and \d+ more/);
  });
});

test('prepared texts and timesteps give what unprepared ones give', async () => {
  const unet = UNet2DConditionModel.create(folder.unet.config, folder.unet.state);
  const [x, context] = [
    randomTensor('x', [2, 4, 4, 4]) as tf.Tensor4D,
    randomTensor('c', [2, 16, 8]) as tf.Tensor3D,
  ];
  const plain = await take(unet.forward(x, 37, context));
  const texts = unet.prepareContext(context);
  const prepared = unet.prepareTimesteps([999, 37, 0]);
  expect(relativeError(await take(unet.forward(x, { prepared, index: 1 }, texts)), plain)).toBeLessThan(1e-6);
  expect(relativeError(await take(unet.forward(x, [37, 37], texts)), plain)).toBeLessThan(1e-6);
  expect(relativeError(await take(unet.forward(x, { prepared, index: 0 }, texts)), plain)).toBeGreaterThan(
    1e-3,
  );
  texts.dispose();
  prepared.dispose();

  // one text for both images is that text given twice
  const one = tf.tidy(() => tf.slice(context, [0, 0, 0], [1, -1, -1]));
  const both = tf.tidy(() => tf.concat3d([one, one], 0));
  const shared = await take(unet.forward(x, 37, one));
  expect(relativeError(shared, await take(unet.forward(x, 37, both)))).toBeLessThan(1e-6);
  tf.dispose([x, context, one, both]);
  unet.dispose();
});

test('inputs of the wrong shape are refused with both shapes', () => {
  const unet = UNet2DConditionModel.create(folder.unet.config, folder.unet.state);
  const vae = AutoencoderKL.create(folder.vae.config, folder.vae.state);
  const text = CLIPTextModel.create(folder.textEncoder.config, folder.textEncoder.state);
  tf.tidy(() => {
    const x = tf.zeros([2, 4, 4, 4]) as tf.Tensor4D;
    const context = tf.zeros([1, 16, 8]) as tf.Tensor3D;
    expect(() => unet.forward(tf.zeros([1, 4, 4, 3]), 0, context)).toThrow(
      'expected x of shape [B, H, W, 4], got [1, 4, 4, 3]',
    );
    expect(() => unet.forward(x, [1, 2, 3], context)).toThrow(
      'expected 1 timestep or 2, one per image; got 3',
    );
    expect(() => unet.forward(x, 0, tf.zeros([1, 16, 5]))).toThrow('expected text states [B, T, 8]');
    expect(() => vae.decode(tf.zeros([1, 4, 4, 2]))).toThrow(
      'expected latents of shape [B, H, W, 4], got [1, 4, 4, 2]',
    );
    expect(() => vae.encode(tf.zeros([1, 8, 8, 1]))).toThrow(
      'expected images of shape [B, H, W, 3], got [1, 8, 8, 1]',
    );
    expect(() => text.forward(tf.zeros([1, 17], 'int32'))).toThrow('expected at most 16 tokens, got 17');
  });
  for (const network of [unet, vae, text]) network.dispose();
});
