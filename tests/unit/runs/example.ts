// Small things to store: a recipe, a data set of noise-free numbers, steps, pictures.
import type { Recipe } from '@noisebook/ldm/numbers';
import type { Phase, TrainingStepEvent as StepEvent } from '@noisebook/ldm';
import type { LabDataset, LabSamplesEvent } from '../../../src/engine/protocol/lab.ts';
import type { NewSnapshot, UserModel, Progress, RunRecord } from '../../../src/storage/index.ts';

export const recipe: Recipe = {
  data: 'digits',
  images: 4,
  imageSize: 32,
  factor: 4,
  latentChannels: 2,
  autoencoderWidth: 8,
  width: 8,
  conditioning: 'facts',
  prediction: 'epsilon',
  minSnrGamma: null,
  conditionDropout: 0.1,
  autoencoderSteps: 10,
  autoencoderBatch: 2,
  autoencoderLearningRate: 1e-3,
  klWeight: 1e-6,
  denoiserSteps: 20,
  batch: 2,
  learningRate: 1e-3,
  seed: 1,
};

export const dataset: LabDataset = {
  kind: 'digits',
  title: 'digits',
  credit: 'Nobody, public domain',
  count: 6,
  size: 32,
  pixels: Uint8Array.from({ length: 6 * 32 * 32 * 3 }, (_, i) => (i * 7) % 256),
  captions: [['one'], ['two'], ['three'], ['one'], ['two'], ['three']],
  words: ['one', 'three', 'two'],
  sampleCaptions: [{ text: 'one', label: '1' }],
};

export function record(id: string, change: Partial<RunRecord> = {}): RunRecord {
  const { pixels: _pixels, captions: _captions, words: _words, ...data } = dataset;
  return {
    id,
    name: `Run ${id}`,
    recipe,
    created: 1,
    changed: 1,
    state: 'new',
    phase: 'autoencoder',
    step: 0,
    trainedMs: 0,
    bytes: 0,
    revision: 0,
    data,
    ...change,
  };
}

export const step = (phase: Phase, number: number): StepEvent => ({
  type: 'step',
  phase,
  step: number,
  steps: phase === 'autoencoder' ? 10 : 20,
  loss: 1 / (number + 0.1),
  parts: phase === 'autoencoder' ? { reconstruction: 0.1 / number, kl: number } : {},
  gradientNorm: Math.sqrt(number),
  learningRate: 1e-3,
  ms: 12.5,
  ...(phase === 'denoiser' && { timesteps: [number, 999], errors: [0.5, number / 4] }),
});

export const samples = (number: number): LabSamplesEvent => ({
  type: 'samples',
  step: number,
  count: 1,
  size: 2,
  images: Uint8ClampedArray.from({ length: 16 }, (_, i) => i * number),
});

export const snapshot = (number: number, files?: NewSnapshot['files']): NewSnapshot => ({
  phase: 'denoiser',
  step: number,
  trainedMs: 10 * number,
  samples: samples(number),
  ...(files && { files }),
});

export const progress = (
  phase: Phase,
  from: number,
  to: number,
  change: Partial<Progress> = {},
): Progress => ({
  checkpoint: {
    phase,
    step: to,
    trainedMs: 100 * to,
    bytes: Uint8Array.from({ length: 1000 }, (_, i) => (i * to) % 256),
  },
  steps: Array.from({ length: to - from }, (_, i) => step(phase, from + i + 1)),
  snapshots: [],
  state: 'training',
  backend: 'wasm (2 threads)',
  ...change,
});

export const model = (id: string, created = '2026-01-01T00:00:00.000Z'): UserModel => ({
  id,
  name: `own-${id}`,
  title: 'Digits',
  created,
  bytes: 3,
  hash: '0123abcd',
  image: { size: 32, f: 4, latentChannels: 2, latentSize: 8 },
  sampling: { numInferenceSteps: 12, guidanceScale: 3 },
  knownWords: ['one'],
  examples: ['one'],
  origin: 'run',
});
