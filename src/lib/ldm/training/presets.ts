// Choices that are known to work, by the time they take. Numbers only.
import type { Recipe } from './recipe.ts';

export const PRESET_NAMES = ['minute', 'five', 'night'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

const common = {
  factor: 4,
  latentChannels: 4,
  prediction: 'v_prediction',
  minSnrGamma: null,
  conditionDropout: 0.1,
  klWeight: 1e-4,
  seed: 1,
} as const satisfies Partial<Recipe>;

const presets = {
  minute: {
    ...common,
    images: 1024,
    imageSize: 32,
    autoencoderWidth: 16,
    width: 32,
    autoencoderSteps: 200,
    autoencoderBatch: 16,
    autoencoderLearningRate: 2e-3,
    denoiserSteps: 300,
    batch: 32,
    learningRate: 2e-3,
  },
  five: {
    ...common,
    images: 2048,
    imageSize: 32,
    autoencoderWidth: 24,
    width: 64,
    autoencoderSteps: 500,
    autoencoderBatch: 16,
    autoencoderLearningRate: 2e-3,
    denoiserSteps: 800,
    batch: 32,
    learningRate: 1.5e-3,
  },
  night: {
    ...common,
    images: 8192,
    imageSize: 64,
    factor: 8,
    autoencoderWidth: 32,
    width: 96,
    autoencoderSteps: 5000,
    autoencoderBatch: 24,
    autoencoderLearningRate: 1e-3,
    denoiserSteps: 12000,
    batch: 64,
    learningRate: 6e-4,
  },
} as const satisfies Record<PresetName, Omit<Recipe, 'data' | 'conditioning'>>;

/** A preset's recipe for this kind of pictures: what is known of them steers, if anything is. */
export function presetRecipe(name: PresetName, data: Recipe['data']): Recipe {
  return { ...presets[name], data, conditioning: data === 'own' ? 'none' : 'facts' };
}
