// Choices that are known to work, by the time they take. Numbers only.
import type { DataKind } from '../datasets/dataKinds.ts';
import { MAX_DIGITS } from '../datasets/digits.ts';
import type { Recipe } from '@noisebook/ldm/numbers';

export const PRESET_NAMES = ['minute', 'five', 'night'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

// Many small steps learn more than few large ones, per second: docs/LOG.md.
const common = {
  imageSize: 32,
  factor: 4,
  latentChannels: 8,
  autoencoderWidth: 8,
  width: 32,
  prediction: 'v_prediction',
  minSnrGamma: null,
  conditionDropout: 0.1,
  autoencoderBatch: 8,
  autoencoderLearningRate: 6e-3,
  klWeight: 1e-6,
  batch: 16,
  learningRate: 3e-3,
  seed: 1,
} as const satisfies Partial<Recipe>;

const presets = {
  minute: { ...common, images: 1000, autoencoderSteps: 400, denoiserSteps: 400 },
  five: { ...common, images: 4000, autoencoderSteps: 1800, denoiserSteps: 1400 },
  night: {
    ...common,
    images: 10_000,
    imageSize: 64,
    factor: 8,
    autoencoderWidth: 16,
    width: 96,
    autoencoderSteps: 15_000,
    autoencoderBatch: 16,
    autoencoderLearningRate: 2e-3,
    denoiserSteps: 15_000,
    batch: 32,
    learningRate: 1e-3,
  },
} as const satisfies Record<PresetName, Omit<Recipe, 'data' | 'conditioning'>>;

/** A preset's recipe for this kind of pictures: what is known of them steers, if anything is. */
export function presetRecipe(name: PresetName, data: DataKind): Recipe {
  const preset = presets[name];
  const images = data === 'digits' ? Math.min(preset.images, MAX_DIGITS) : preset.images;
  return { ...preset, images, data, conditioning: data === 'own' ? 'none' : 'facts' };
}

/** Guidance that suits the presets: previews and finished models are drawn with it. */
export const PRESET_GUIDANCE = 2.5;
