// What trains: AdamW, clipping, the average and the gradients' bookkeeping, with the kernels of the backend and with plain
// ops; and that a run put away and taken up again goes on to the bit.
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseClipTextConfig, parseUnetConfig } from '../../src/lib/ldm/config/index.ts';
import { CLIPTextModel } from '../../src/lib/ldm/models/clipTextModel.ts';
import { UNet2DConditionModel } from '../../src/lib/ldm/models/unet2DConditionModel.ts';
import { enableFusedKernels } from '../../src/lib/ldm/nn/kernels.ts';
import { Rng } from '../../src/lib/ldm/base/rng.ts';
import { AdamW, type AdamWState } from '../../src/lib/ldm/training/adamw.ts';
import { clipGradients, clippingScale } from '../../src/lib/ldm/training/clipGradients.ts';
import { diffusionLoss } from '../../src/lib/ldm/training/diffusionLoss.ts';
import { Ema, emaDecay, type EmaState } from '../../src/lib/ldm/training/ema.ts';
import { gradients } from '../../src/lib/ldm/training/gradients.ts';
import { initialClipText, initialUnet } from '../../src/lib/ldm/training/initialize.ts';
import type { Parameter } from '../../src/lib/ldm/training/types.ts';
import {
  parseSafetensors,
  serializeSafetensors,
  type StateDict,
} from '../../src/lib/ldm/weights/safetensors.ts';
import { relativeError } from '../../tools/lib/parity.ts';
import { randomTensor, take, useBackend } from './lib/device.ts';

useBackend();

const SHAPES = [[1], [5], [3, 3, 4, 8], [70, 61], [1024]];

function makeParameters(): Parameter[] {
  return SHAPES.map((shape, i) => {
    const values = randomTensor(`p${i}`, shape);
    const variable = tf.variable(values);
    values.dispose();
    return { names: [`p${i}`], variable };
  });
}

const makeGradients = (step: number, size = 1): tf.Tensor[] =>
  SHAPES.map((shape, i) => randomTensor(`g${i}.${step}`, shape, 0, size));

const read = (tensors: readonly tf.Tensor[]): Promise<Float32Array[]> =>
  Promise.all(tensors.map(async (tensor) => ((await tensor.data()) as Float32Array).slice()));

const variablesOf = (parameters: readonly Parameter[]): tf.Variable[] =>
  parameters.map(({ variable }) => variable);

describe.each([
  ['fused where there is a kernel', true],
  ['plain ops', false],
])('%s', (_, fused) => {
  let before = true;
  beforeAll(() => {
    before = enableFusedKernels(fused);
  });
  afterAll(() => {
    enableFusedKernels(before);
  });

  test.each([undefined, 0.25])('AdamW follows its formula, gradients times %s', async (factor) => {
    const start = tf.memory().numTensors;
    const parameters = makeParameters();
    const p = (await read(variablesOf(parameters))).map((data) => Float64Array.from(data));
    const m = p.map((data) => new Float64Array(data.length));
    const v = p.map((data) => new Float64Array(data.length));
    const adamw = new AdamW(parameters, { betas: [0.8, 0.95], epsilon: 1e-6, weightDecay: 0.1 });
    for (let t = 1; t <= 3; t++) {
      const learningRate = 0.01 * t;
      const grads = makeGradients(t);
      const scale = factor === undefined ? undefined : tf.scalar(factor);
      const host = await read(grads);
      adamw.step(grads, learningRate, scale);
      if (scale !== undefined) scale.dispose();
      tf.dispose(grads);
      host.forEach((data, i) => {
        const [pi, mi, vi] = [p[i], m[i], v[i]] as [Float64Array, Float64Array, Float64Array];
        data.forEach((value, j) => {
          const g = value * (factor ?? 1);
          mi[j] = 0.8 * (mi[j] as number) + 0.2 * g;
          vi[j] = 0.95 * (vi[j] as number) + 0.05 * g * g;
          const denominator = Math.sqrt(vi[j] / (1 - 0.95 ** t)) + 1e-6;
          const decayed = (pi[j] as number) * (1 - learningRate * 0.1);
          pi[j] = decayed - ((learningRate / (1 - 0.8 ** t)) * mi[j]) / denominator;
        });
      });
      // read between the steps as well: nothing may remember older values
      const ours = await read(variablesOf(parameters));
      ours.forEach((data, i) => {
        expect(relativeError(data, Float32Array.from(p[i] as Float64Array))).toBeLessThan(2e-6);
      });
    }
    expect(adamw.count).toBe(3);
    const { tensors } = await adamw.state();
    expect(relativeError(tensors.get('m.p3')?.data as Float32Array, Float32Array.from(m[3]!))).toBeLessThan(
      2e-6,
    );
    expect(relativeError(tensors.get('v.p3')?.data as Float32Array, Float32Array.from(v[3]!))).toBeLessThan(
      2e-6,
    );
    adamw.dispose();
    tf.dispose(variablesOf(parameters));
    expect(tf.memory().numTensors).toBe(start);
  });

  test('the average follows its formula and is not the weights themselves', async () => {
    const start = tf.memory().numTensors;
    const parameters = makeParameters();
    const options = { decay: 0.6, inverseGamma: 1, power: 0.75 };
    const ema = new Ema(parameters, options);
    const adamw = new AdamW(parameters);
    let expected = (await read(variablesOf(parameters))).map((data) => Float64Array.from(data));
    for (let t = 1; t <= 4; t++) {
      const grads = makeGradients(t);
      adamw.step(grads, 0.5);
      tf.dispose(grads);
      const still = await read(ema.values);
      still.forEach((data, i) => {
        expect(relativeError(data, Float32Array.from(expected[i] as Float64Array))).toBeLessThan(1e-6);
      });
      ema.step();
      const decay = emaDecay(t, options);
      const now = await read(variablesOf(parameters));
      expected = expected.map((old, i) =>
        old.map((value, j) => decay * value + (1 - decay) * ((now[i] as Float32Array)[j] as number)),
      );
      (await read(ema.values)).forEach((data, i) => {
        expect(relativeError(data, Float32Array.from(expected[i] as Float64Array))).toBeLessThan(1e-6);
      });
    }
    ema.dispose();
    adamw.dispose();
    tf.dispose(variablesOf(parameters));
    expect(tf.memory().numTensors).toBe(start);
  });
});

describe('clipping', () => {
  test('shrinks gradients whose norm is too large, and says the norm', async () => {
    // more tensors than a graphics card binds buffers
    const grads = Array.from({ length: 40 }, (_, i) => randomTensor(`c${i}`, [1 + i, 3]));
    const host = await read(grads);
    const square = host.reduce((sum, data) => sum + data.reduce((s, value) => s + value * value, 0), 0);
    const start = tf.memory().numTensors;
    const { norm, gradients: clipped } = clipGradients(grads, 2);
    expect(tf.memory().numTensors).toBe(start + 41);
    expect((await take(norm))[0]).toBeCloseTo(Math.sqrt(square), 3);
    const after = await Promise.all(clipped.map(take));
    const small = after.reduce((sum, data) => sum + data.reduce((s, value) => s + value * value, 0), 0);
    expect(Math.sqrt(small)).toBeCloseTo(2, 4);
    tf.dispose(grads);
  });

  test('leaves small gradients as they are', async () => {
    const grads = makeGradients(1, 1e-4);
    const { norm, scale } = clippingScale(grads, 1);
    expect([...(await take(scale))]).toEqual([1]);
    norm.dispose();
    tf.dispose(grads);
    expect(() => clippingScale([], 0)).toThrow('expected a largest norm above 0, got 0');
  });
});

describe('gradients', () => {
  test('come with the loss and what else it returned; nothing stays behind', async () => {
    const start = tf.memory().numTensors;
    const [x, unused] = tf.tidy(() => [
      tf.variable(tf.tensor1d([1, -2, 3])),
      tf.variable(tf.tensor1d([1, 2])),
    ]);
    const parameters = [x, unused].map((variable, i) => ({ names: [`v${i}`], variable }));
    const lossOf = () => {
      const squares = tf.square(x);
      return { loss: tf.sum<tf.Scalar>(squares), squares };
    };
    const baseline = tf.memory().numTensors;
    const { loss, gradients: grads, aux } = gradients(parameters, lossOf);
    expect(tf.memory().numTensors).toBe(baseline + 4);
    expect([...(await take(loss))]).toEqual([14]);
    expect([...(await take(aux.squares))]).toEqual([1, 4, 9]);
    const [ofX, ofUnused] = await Promise.all(grads.map(take));
    expect([...(ofX as Float32Array)]).toEqual([2, -4, 6]);
    expect([...(ofUnused as Float32Array)]).toEqual([0, 0]);
    tf.tidy(() => gradients(parameters, lossOf).loss).dispose();
    expect(tf.memory().numTensors).toBe(baseline);

    expect(() =>
      gradients(parameters, () => {
        lossOf();
        throw new Error('device lost in between');
      }),
    ).toThrow('device lost in between');
    expect(tf.memory().numTensors).toBe(baseline);
    tf.tidy(() => {
      expect(gradients(parameters, lossOf).gradients.length).toBe(2);
    });
    tf.dispose([x, unused]);
    expect(tf.memory().numTensors).toBe(start);
  });
});

/** What is put away of a run, as bytes, as a checkpoint has it. */
interface Saved {
  readonly unet: StateDict;
  readonly text: StateDict;
  readonly adamw: AdamWState;
  readonly ema: EmaState;
}

const throughBytes = (state: StateDict): StateDict => parseSafetensors(serializeSafetensors(state));

describe('a run that is put away and taken up again', () => {
  // One block of every kind that trains: each kernel takes a while to compile on WebGPU without a graphics card.
  const config = {
    unet: parseUnetConfig(
      {
        _class_name: 'UNet2DConditionModel',
        sample_size: 4,
        in_channels: 3,
        out_channels: 3,
        block_out_channels: [8],
        down_block_types: ['CrossAttnDownBlock2D'],
        mid_block_type: null,
        up_block_types: ['UpBlock2D'],
        layers_per_block: 1,
        attention_head_dim: 2,
        cross_attention_dim: 8,
        norm_num_groups: 2,
      },
      'unet',
    ),
    text: parseClipTextConfig(
      {
        vocab_size: 20,
        hidden_size: 8,
        intermediate_size: 12,
        num_hidden_layers: 0,
        num_attention_heads: 2,
        max_position_embeddings: 6,
      },
      'text_encoder',
    ),
  };

  /** A small training run on made-up data: each step's batch is drawn from its number. */
  const start = (saved?: Saved) => {
    const unet = UNet2DConditionModel.create(config.unet, saved?.unet ?? initialUnet(config.unet, 1), {
      trainable: true,
    });
    const text = CLIPTextModel.create(config.text, saved?.text ?? initialClipText(config.text, 1), {
      trainable: true,
    });
    const parameters = [...unet.parameters, ...text.parameters];
    const adamw = new AdamW(parameters);
    const ema = new Ema(parameters, { decay: 0.99 });
    if (saved !== undefined) {
      adamw.restore(saved.adamw);
      ema.restore(saved.ema);
    }
    return {
      adamw,
      ema,
      step: (): void => {
        tf.tidy(() => {
          const rng = new Rng(`batch ${adamw.count}`);
          const normal = (): tf.Tensor4D =>
            tf.tensor4d(rng.fillNormal(new Float32Array(2 * 4 * 4 * 3)), [2, 4, 4, 3]);
          const [x, target] = [normal(), normal()];
          const ids = tf.tensor2d(
            Int32Array.from({ length: 12 }, () => rng.int(20)),
            [2, 6],
            'int32',
          );
          const { gradients: grads } = gradients(parameters, () =>
            diffusionLoss(unet.forward(x, [rng.int(1000), rng.int(1000)], text.forward(ids)), target),
          );
          adamw.step(grads, 1e-3, clippingScale(grads, 1).scale);
          ema.step();
        });
      },
      save: async (): Promise<Saved> => {
        const [moments, average] = [await adamw.state(), await ema.state()];
        return {
          unet: throughBytes(await unet.readState()),
          text: throughBytes(await text.readState()),
          adamw: { count: moments.count, tensors: throughBytes(moments.tensors) },
          ema: { count: average.count, tensors: throughBytes(average.tensors) },
        };
      },
      dispose: (): void => {
        for (const part of [unet, text, adamw, ema]) part.dispose();
      },
    };
  };

  const bits = ({ unet, text, adamw, ema }: Saved): unknown[] => [
    adamw.count,
    ema.count,
    ...[unet, text, adamw.tensors, ema.tensors].flatMap((state) =>
      [...state].map(([key, { data }]) => [key, new Uint32Array(data.slice().buffer)]),
    ),
  ];

  test('goes on to the bit, and every step changes something', async () => {
    const before = tf.memory().numTensors;
    const one = start();
    one.step();
    const halfway = await one.save();
    one.step();
    const end = bits(await one.save());
    one.dispose();

    const two = start(halfway);
    expect(bits(await two.save())).toEqual(bits(halfway));
    two.step();
    expect(bits(await two.save())).toEqual(end);
    expect(bits(halfway)).not.toEqual(end);
    two.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('the state of another model is refused and changes nothing', async () => {
  const parameters = makeParameters();
  const adamw = new AdamW(parameters);
  const ema = new Ema(parameters, { decay: 0.9 });
  const grads = makeGradients(1);
  adamw.step(grads, 0.1);
  ema.step();
  const [moments, average] = [await adamw.state(), await ema.state()];
  expect(() => {
    adamw.restore({ count: 7, tensors: new Map([...moments.tensors].slice(1)) });
  }).toThrow("'m.p0': expected shape [1], got nothing. The checkpoint belongs to another model");
  const other = new Map(average.tensors).set('p2', { shape: [2], dtype: 'F32', data: new Float32Array(2) });
  expect(() => {
    ema.restore({ count: 7, tensors: other });
  }).toThrow("'p2': expected shape [3, 3, 4, 8], got [2]");
  expect(() => {
    ema.restore({ count: -1, tensors: average.tensors });
  }).toThrow('expected a count of steps, got -1');
  expect(await adamw.state()).toEqual(moments);
  expect(await ema.state()).toEqual(average);
  expect(() => new AdamW([...parameters, ...parameters])).toThrow("expected each name once, got 'p0' twice");
  expect(() => {
    adamw.step(grads.slice(1), 0.1);
  }).toThrow('expected 5 gradients, one a parameter, got 4');
  for (const part of [adamw, ema]) part.dispose();
  tf.dispose([...grads, ...variablesOf(parameters)]);
});
