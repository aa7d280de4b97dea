// What a reader may choose for a run: the values offered, how they are called, and which do not go together.
import { grouped } from '../../../writing/numbers.ts';
import { dataKindOf, type DataKind } from '../../../datasets/dataKinds.ts';
import type { CONDITIONINGS, PREDICTIONS, Recipe } from '@noisebook/ldm/numbers';

/** The choices that are numbers out of a short list. */
export const OFFERED = {
  imageSize: [32, 64],
  factor: [2, 4, 8],
  latentChannels: [1, 2, 3, 4, 6, 8, 16],
  autoencoderWidth: [8, 16, 24, 32, 48, 64],
  width: [16, 24, 32, 48, 64, 96, 128],
  batch: [4, 8, 16, 24, 32, 48, 64, 96, 128],
  autoencoderBatch: [4, 8, 12, 16, 24, 32, 48, 64],
  images: [16, 64, 256, 512, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 10_000, 20_000],
  autoencoderSteps: [
    8, 50, 100, 200, 300, 400, 600, 800, 1000, 1200, 1500, 2000, 3000, 5000, 8000, 12000, 20000,
  ],
  denoiserSteps: [
    8, 50, 100, 200, 300, 400, 600, 800, 1000, 1200, 1500, 2000, 3000, 5000, 8000, 12000, 20000, 40000,
  ],
  learningRate: [1e-4, 2e-4, 3e-4, 5e-4, 8e-4, 1e-3, 1.5e-3, 2e-3, 3e-3, 5e-3, 1e-2],
  autoencoderLearningRate: [1e-4, 2e-4, 3e-4, 5e-4, 8e-4, 1e-3, 1.2e-3, 1.5e-3, 2e-3, 3e-3, 5e-3, 1e-2],
  klWeight: [0, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2],
  conditionDropout: [0, 0.05, 0.1, 0.15, 0.2, 0.3],
} as const satisfies Partial<Record<keyof Recipe, readonly number[]>>;

export type NumberChoice = keyof typeof OFFERED;
export const MAX_SEED = 9999;

export const dataNames = { faces: 'Faces', digits: 'Digits', own: 'Your pictures' } as const satisfies Record<
  DataKind,
  string
>;
export const conditioningNames = {
  none: 'nothing',
  facts: 'facts, a word each',
  sentences: 'sentences',
} as const satisfies Record<(typeof CONDITIONINGS)[number], string>;
export const predictionNames = {
  epsilon: 'the noise ε',
  sample: 'the picture x₀',
  v_prediction: 'v',
  flow: 'flow',
} as const satisfies Record<(typeof PREDICTIONS)[number], string>;

/** The list of offered values with `value` among them, in order. */
export const withValue = (choice: NumberChoice, value: number): number[] =>
  [...new Set<number>([...OFFERED[choice], value])].sort((a, b) => a - b);

/** The latent of a picture: its side, and how many numbers it has. */
export function latentOf({ imageSize, factor, latentChannels }: Recipe): { side: number; count: number } {
  const side = imageSize / factor;
  return { side, count: side * side * latentChannels };
}

/** Sentences about what can't be trained, and why; empty if the run can begin. */
export function problemsOf(
  recipe: Recipe,
  userPictures: { readonly count: number; readonly haveWords: boolean },
): string[] {
  const { imageSize, factor, batch, autoencoderBatch, images, conditioning, data } = recipe;
  const problems: string[] = [];
  const side = imageSize / factor;
  if (side < 4) {
    problems.push(
      `A ${imageSize} × ${imageSize} picture at f = ${factor} has a latent of ${side} × ${side}: the denoiser halves it once and would have ${side / 2} × ${side / 2} left. Take a smaller f or larger pictures.`,
    );
  }
  if (data === 'own' && userPictures.count === 0) {
    problems.push('There are no pictures of yours yet: add some above, or take the faces or the digits.');
  }
  const largest = Math.max(batch, autoencoderBatch);
  if (largest > images && (data !== 'own' || userPictures.count > 0)) {
    problems.push(
      `A batch of ${largest} needs at least ${largest} training pictures; there are ${images}. Take a smaller batch or more pictures.`,
    );
  }
  if (data === 'own' && userPictures.count > 0 && !userPictures.haveWords && conditioning !== 'none') {
    problems.push(
      'Your pictures come without words. Put them into two or more folders, named for what they show, or steer by nothing.',
    );
  }
  if (data === 'digits' && conditioning === 'sentences') {
    problems.push(
      'The digits come without sentences: each has one word, its name. Steer by facts or by nothing.',
    );
  }
  return problems;
}

/** The choices in which two runs differ, for people. */
export function differences(
  a: Recipe,
  b: Recipe,
): { readonly name: string; readonly values: [string, string] }[] {
  return (Object.keys(choiceNames) as (keyof Recipe)[])
    .filter((key) => a[key] !== b[key])
    .map((key) => ({ name: choiceNames[key], values: [writeChoice(a, key), writeChoice(b, key)] }));
}

export const choiceNames: Readonly<Record<keyof Recipe, string>> = {
  data: 'Pictures',
  images: 'Training pictures',
  imageSize: 'Picture size',
  factor: 'Factor f',
  latentChannels: 'Latent channels',
  autoencoderWidth: 'Autoencoder width',
  width: 'Denoiser width',
  conditioning: 'Steered by',
  prediction: 'Predicts',
  minSnrGamma: 'min-SNR γ',
  conditionDropout: 'Captions dropped',
  autoencoderSteps: 'Steps of phase one',
  autoencoderBatch: 'Batch of phase one',
  autoencoderLearningRate: 'Learning rate of phase one',
  klWeight: 'KL weight',
  denoiserSteps: 'Steps of phase two',
  batch: 'Batch of phase two',
  learningRate: 'Learning rate of phase two',
  seed: 'Seed',
};

/** The value of a choice for people. */
export function writeChoice(recipe: Recipe, key: keyof Recipe): string {
  const value = recipe[key];
  switch (key) {
    case 'data':
      return dataNames[dataKindOf(recipe)];
    case 'conditioning':
      return conditioningNames[recipe.conditioning];
    case 'prediction':
      return predictionNames[recipe.prediction];
    case 'imageSize':
      return `${recipe.imageSize} × ${recipe.imageSize}`;
    case 'conditionDropout':
      return `${Math.round(100 * recipe.conditionDropout)} %`;
    case 'minSnrGamma':
      return recipe.minSnrGamma === null ? 'off' : String(recipe.minSnrGamma);
    case 'seed':
      return String(value);
    default:
      return writeAmount(Number(value));
  }
}

/** A number for people: 0.0015, 1,500, 10⁻⁵. */
export function writeAmount(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-4) return power(Math.round(Math.log10(value)));
  return grouped(value, 5);
}

/** 10⁻⁵ */
export function power(exponent: number): string {
  const raise = (sign: string): string => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(sign)] ?? '';
  return `10${Array.from(String(exponent), raise).join('')}`;
}
