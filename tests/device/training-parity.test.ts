// Training against PyTorch (training/make_training_reference.py): losses, every gradient, the weights that steps of AdamW
// lead to, and their average.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { addNoise } from '../../src/lib/ldm/diffusion/prediction.ts';
import { parseClipTextConfig, parseUnetConfig, parseVaeConfig } from '../../src/lib/ldm/config/index.ts';
import { AutoencoderKL } from '../../src/lib/ldm/models/autoencoderKL.ts';
import { CLIPTextModel } from '../../src/lib/ldm/models/clipTextModel.ts';
import { UNet2DConditionModel } from '../../src/lib/ldm/models/unet2DConditionModel.ts';
import { enableFusedKernels } from '../../src/lib/ldm/nn/kernels.ts';
import { AdamW } from '../../src/lib/ldm/training/adamw.ts';
import { autoencoderLoss } from '../../src/lib/ldm/training/autoencoderLoss.ts';
import { clippingScale } from '../../src/lib/ldm/training/clipGradients.ts';
import { diffusionLoss, diffusionTarget, minSnrWeight } from '../../src/lib/ldm/training/diffusionLoss.ts';
import { Ema } from '../../src/lib/ldm/training/ema.ts';
import { gradients } from '../../src/lib/ldm/training/gradients.ts';
import type { Trainable } from '../../src/lib/ldm/training/types.ts';
import { parseSafetensors, type StateDict } from '../../src/lib/ldm/weights/safetensors.ts';
import { fixture, take, useBackend } from './lib/device.ts';

/** Largest difference as a share of the tensor's largest value. */
const TOLERANCE = 1e-3;
/**
 * A bias of keys adds the same to all scores of a query, so its gradient is zero. What is left is rounding, which AdamW
 * blows up to steps of full length: nothing to compare.
 */
const WITHOUT_GRADIENT = /(to_k|k_proj)\.bias$/;

const backend = useBackend();

interface Settings {
  readonly optimizer: Readonly<Record<'learning_rate' | 'epsilon' | 'weight_decay' | 'max_norm', number>> & {
    readonly betas: [number, number];
  };
  readonly ema: Readonly<Record<'decay' | 'inverse_gamma' | 'power', number>>;
  readonly loss: Readonly<Record<'l1' | 'l2' | 'edges' | 'kl', number>>;
  readonly min_snr_gamma: number;
  readonly steps: number;
}

/** One case of the fixture. */
interface Case {
  readonly settings: Settings;
  readonly numbers: StateDict;
  readonly part: (name: string) => Promise<{ readonly config: unknown; readonly state: StateDict }>;
}

async function readCase(name: string): Promise<Case> {
  const source = await fixture(`training/${name}`);
  const read = async (path: string): Promise<Uint8Array> => {
    const bytes = await source.read(path);
    if (bytes === undefined) throw new Error(`tests/fixtures/training/${name}/${path} is missing`);
    return bytes;
  };
  const json = async (path: string): Promise<unknown> =>
    JSON.parse(new TextDecoder().decode(await read(path)));
  return {
    settings: (await json('reference.json')) as Settings,
    numbers: parseSafetensors(await read('reference.safetensors')),
    part: async (folder) => {
      const file = folder === 'text_encoder' ? 'model' : 'diffusion_pytorch_model';
      const state = parseSafetensors(await read(`${folder}/${file}.safetensors`));
      return { config: await json(`${folder}/config.json`), state };
    },
  };
}

function numbersOf({ numbers }: Case, name: string): { data: Float32Array; shape: readonly number[] } {
  const found = numbers.get(name);
  if (found === undefined) throw new Error(`the reference has no tensor ${name}`);
  return found;
}

const load = (which: Case, name: string): tf.Tensor4D => {
  const { data, shape } = numbersOf(which, name);
  return tf.tensor4d(data, shape as [number, number, number, number]);
};

/** The worst of many tensors, and which it is. */
interface Worst {
  readonly error: number;
  readonly name: string;
}

/** Compares the state of all networks with a vector of the reference. */
function compare(which: Case, what: string, ours: ReadonlyMap<string, Float32Array>, floor: number): Worst {
  const { data } = numbersOf(which, what);
  let worst: Worst = { error: 0, name: '' };
  let at = 0;
  for (const name of [...ours.keys()].sort()) {
    const values = ours.get(name) as Float32Array;
    let difference = 0;
    let largest = floor;
    for (const value of values) {
      const expected = data[at++] as number;
      difference = Math.max(difference, Math.abs(value - expected));
      largest = Math.max(largest, Math.abs(expected));
    }
    const error = Number.isFinite(difference) ? difference / largest : Infinity;
    if (!WITHOUT_GRADIENT.test(name) && error >= worst.error) worst = { error, name };
  }
  expect(at).toBe(data.length);
  return worst;
}

type Networks = Readonly<Record<string, Trainable>>;

/** All weights, or other values in their place, by `network/name`. */
async function readAll(
  networks: Networks,
  values?: readonly tf.Tensor[],
): Promise<ReadonlyMap<string, Float32Array>> {
  const all = new Map<string, Float32Array>();
  let at = 0;
  for (const [part, network] of Object.entries(networks)) {
    const end = at + network.parameters.length;
    for (const [name, { data }] of await network.readState(values?.slice(at, end))) {
      all.set(`${part}/${name}`, data);
    }
    at = end;
  }
  return all;
}

interface Loss {
  readonly loss: tf.Scalar;
  readonly parts: Readonly<Record<string, tf.Tensor>>;
}

/** Trains for as long as the reference did and holds everything against it. */
async function run(which: Case, networks: Networks, lossOf: (step: number) => Loss): Promise<void> {
  const { optimizer, ema: averaging, steps } = which.settings;
  const parameters = Object.values(networks).flatMap((network) => network.parameters);
  const adamw = new AdamW(parameters, {
    betas: optimizer.betas,
    epsilon: optimizer.epsilon,
    weightDecay: optimizer.weight_decay,
  });
  const ema = new Ema(parameters, {
    decay: averaging.decay,
    inverseGamma: averaging.inverse_gamma,
    power: averaging.power,
  });
  const reached: Record<string, Worst> = {};
  const before = tf.memory().numTensors;
  for (let step = 0; step < steps; step++) {
    const {
      loss,
      gradients: grads,
      aux,
    } = gradients(parameters, () => {
      const { loss: whole, parts } = lossOf(step);
      return { loss: whole, ...parts };
    });
    if (step === 0) {
      const all = await readAll(networks, grads);
      reached['gradient'] = compare(which, 'gradient', all, 0);
      // of the whole gradient's norm
      const norm = numbersOf(which, '0.norm').data[0] as number;
      for (const [name, data] of all) {
        if (WITHOUT_GRADIENT.test(name)) expect(Math.max(...data.map(Math.abs))).toBeLessThan(1e-5 * norm);
      }
    }
    const { norm, scale } = clippingScale(grads, optimizer.max_norm);
    adamw.step(grads, optimizer.learning_rate, scale);
    ema.step();
    for (const [name, tensor] of Object.entries<tf.Tensor>({ loss, norm, ...aux })) {
      const { data } = numbersOf(which, `${step}.${name}`);
      const ours = await take(tensor);
      const error = Math.max(...ours.map((value, i) => Math.abs(value / (data[i] as number) - 1)));
      if (!(error <= (reached[name]?.error ?? 0))) reached[name] = { error, name: `step ${step}` };
    }
    tf.dispose([scale, ...grads]);
    expect(tf.memory().numTensors).toBe(before);
    if (step === 0 || step === steps - 1) {
      const what = `after${step + 1}`;
      reached[what] = compare(which, what, await readAll(networks), 0);
    }
  }
  reached['average'] = compare(which, 'average', await readAll(networks, ema.values), 0);
  adamw.dispose();
  ema.dispose();
  console.log(
    backend,
    Object.entries(reached)
      .map(([what, { error, name }]) => `${what} ${error.toExponential(1)} (${name})`)
      .join('; '),
  );
  for (const { error } of Object.values(reached)) expect(error).toBeLessThan(TOLERANCE);
}

// Plain ops are the same everywhere, and slow where a graphics card is imitated: once is enough.
describe.each([
  ['fused where there is a kernel', true],
  ...(backend === 'wasm' ? [['plain ops', false] as const] : []),
] as const)('%s', (_, fused) => {
  test('the autoencoder trains as PyTorch trains it', async () => {
    const which = await readCase('autoencoder');
    const { config, state } = await which.part('vae');
    const before = enableFusedKernels(fused);
    const start = tf.memory().numTensors;
    const vae = AutoencoderKL.create(parseVaeConfig(config, 'vae'), state, { trainable: true });
    try {
      await run(which, { vae }, (step) => {
        const x = load(which, `${step}.x`);
        const { loss, ...parts } = autoencoderLoss(vae, x, load(which, `${step}.noise`), which.settings.loss);
        return { loss, parts };
      });
    } finally {
      vae.dispose();
      enableFusedKernels(before);
    }
    expect(tf.memory().numTensors).toBe(start);
  });

  test('the denoiser and its text encoder train as PyTorch trains them', async () => {
    const which = await readCase('denoiser');
    const [one, two] = [await which.part('unet'), await which.part('text_encoder')];
    const before = enableFusedKernels(fused);
    const start = tf.memory().numTensors;
    const unet = UNet2DConditionModel.create(parseUnetConfig(one.config, 'unet'), one.state, {
      trainable: true,
    });
    const text = CLIPTextModel.create(parseClipTextConfig(two.config, 'text'), two.state, {
      trainable: true,
    });
    try {
      await run(which, { unet, text_encoder: text }, (step) => {
        const plain = (name: string): number[] => [...numbersOf(which, `${step}.${name}`).data];
        const sigmas = plain('sigma');
        const levels = plain('alpha').map((alpha, i) => ({ alpha, sigma: sigmas[i] as number }));
        const batch = { x0: load(which, `${step}.x0`), noise: load(which, `${step}.noise`), levels };
        const { data, shape } = numbersOf(which, `${step}.ids`);
        const ids = tf.tensor2d(Int32Array.from(data), shape as [number, number], 'int32');
        const output = unet.forward(
          addNoise(batch.x0, batch.noise, levels),
          plain('timesteps'),
          text.forward(ids),
        );
        const weights = levels.map((level) =>
          minSnrWeight('v_prediction', level, which.settings.min_snr_gamma),
        );
        const { loss, errors } = diffusionLoss(output, diffusionTarget('v_prediction', batch), weights);
        return { loss, parts: { errors } };
      });
    } finally {
      for (const network of [unet, text]) network.dispose();
      enableFusedKernels(before);
    }
    expect(tf.memory().numTensors).toBe(start);
  });
});
