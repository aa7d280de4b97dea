// One training step of the lab as files: weights, settings and a batch, for whoever is to compute it.
import * as tf from '@tensorflow/tfjs-core';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { StepCase } from '../../bench/training/types.ts';
import {
  addNoise,
  averageDecay,
  diffusionTarget,
  initBackend,
  initialClipText,
  initialUnet,
  initialVae,
  TrainingLevels,
} from '@noisebook/ldm';
import {
  architectureOf,
  latentSide,
  type Recipe,
  Rng,
  serializeSafetensors,
  type StateDict,
} from '@noisebook/ldm/numbers';
import { typicalTextSize } from '../../src/datasets/dataKinds.ts';
import { presetRecipe, type PresetName } from '../../src/lab/presets.ts';

const SEED = 'step';

type Tensors = readonly (readonly [
  string,
  { readonly shape: readonly number[]; readonly data: Float32Array },
])[];

/** Captions of random words, with begin and end: [batch, length]. */
function tokenIds(recipe: Recipe, rng: Rng): Float32Array {
  const { vocabSize, length, bosTokenId, eosTokenId } = typicalTextSize(recipe);
  return Float32Array.from({ length: recipe.batch * length }, (_, i) => {
    if (i % length === 0) return bosTokenId;
    return (i + 1) % length === 0 ? eosTokenId : Math.floor(rng.uniform() * (vocabSize - 2));
  });
}

/** Noisy latents at the levels that training draws, channels last. */
function denoiserBatch(recipe: Recipe): Tensors {
  const rng = new Rng(SEED);
  const text = typicalTextSize(recipe);
  const { scheduler } = architectureOf(recipe, text);
  const side = latentSide(recipe);
  const shape: [number, number, number, number] = [recipe.batch, side, side, recipe.latentChannels];
  const normal = (name: string): tf.Tensor4D =>
    tf.tensor4d(rng.fork(name).fillNormal(new Float32Array(shape.reduce((a, b) => a * b))), shape);
  const drawn = new TrainingLevels(scheduler.config).draw(recipe.batch, rng.fork('levels'));
  return tf.tidy(() => {
    const noisy = { x0: normal('latents'), noise: normal('noise'), levels: drawn.map(({ level }) => level) };
    const target = diffusionTarget(recipe.prediction, noisy);
    return [
      ['xt', { shape, data: addNoise(noisy.x0, noisy.noise, noisy.levels).dataSync<'float32'>().slice() }],
      ['target', { shape, data: target.dataSync<'float32'>().slice() }],
      ['timesteps', { shape: [recipe.batch], data: Float32Array.from(drawn, ({ timestep }) => timestep) }],
      ['ids', { shape: [recipe.batch, text.length], data: tokenIds(recipe, rng.fork('words')) }],
    ] as const;
  });
}

/** Smooth pictures in [-1, 1], channels last, and the posterior's noise. */
function autoencoderBatch(recipe: Recipe): Tensors {
  const rng = new Rng(SEED);
  const { autoencoderBatch: count, imageSize: size, latentChannels } = recipe;
  const side = latentSide(recipe);
  const noise = rng.fork('noise').fillNormal(new Float32Array(count * side * side * latentChannels));
  const phases = rng.fork('pictures').fillNormal(new Float32Array(count * 3));
  const x = Float32Array.from({ length: count * size * size * 3 }, (_, i) => {
    const picture = Math.floor(i / (size * size * 3));
    const column = Math.floor(i / 3) % size;
    const row = Math.floor(i / (3 * size)) % size;
    const phase = phases[3 * picture + (i % 3)]!;
    return 0.9 * Math.sin(phase + 0.3 * row) * Math.cos(2 * phase + 0.2 * column);
  });
  return [
    ['x', { shape: [count, size, size, 3], data: x }],
    ['noise', { shape: [count, side, side, latentChannels], data: noise }],
  ];
}

interface Network {
  readonly folder: string;
  readonly file: string;
  readonly json: object;
  readonly state: StateDict;
}

function networksOf(kind: StepCase['kind'], recipe: Recipe): Network[] {
  const { vae, unet, textEncoder } = architectureOf(recipe, typicalTextSize(recipe));
  const diffusers = 'diffusion_pytorch_model.safetensors';
  if (kind === 'autoencoder') {
    // As the lab begins: posteriors with little noise.
    const state = initialVae(vae.config, `${SEED}/vae`, { logVariance: -6 });
    return [{ folder: 'vae', file: diffusers, json: vae.json, state }];
  }
  return [
    { folder: 'unet', file: diffusers, json: unet.json, state: initialUnet(unet.config, `${SEED}/unet`) },
    {
      folder: 'text_encoder',
      file: 'model.safetensors',
      json: textEncoder.json,
      state: initialClipText(textEncoder.config, `${SEED}/text`),
    },
  ];
}

/** Writes the step of a preset into a folder, emptied first: case.json, batch.safetensors, and a folder for each network. */
export async function writeStepCase(
  folder: string,
  preset: PresetName,
  kind: StepCase['kind'],
): Promise<StepCase> {
  await initBackend({ backend: 'wasm' });
  const recipe = presetRecipe(preset, 'faces');
  const phaseSteps = kind === 'denoiser' ? recipe.denoiserSteps : recipe.autoencoderSteps;
  const settings: StepCase = {
    preset,
    kind,
    // Below the preset's: the same batch again and again is easily overshot.
    learningRate: 1e-3,
    betas: [0.9, 0.99],
    epsilon: 1e-8,
    weightDecay: 0.01,
    maxNorm: 1,
    averageDecay: averageDecay(phaseSteps),
    phaseSteps,
    klWeight: recipe.klWeight,
  };
  rmSync(folder, { recursive: true, force: true });
  const write = (name: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  };
  write('case.json', `${JSON.stringify(settings, null, 2)}\n`);
  write(
    'batch.safetensors',
    serializeSafetensors(kind === 'denoiser' ? denoiserBatch(recipe) : autoencoderBatch(recipe)),
  );
  for (const { folder: name, file, json, state } of networksOf(kind, recipe)) {
    write(`${name}/config.json`, `${JSON.stringify(json, null, 2)}\n`);
    write(`${name}/${file}`, serializeSafetensors(state));
  }
  return settings;
}
