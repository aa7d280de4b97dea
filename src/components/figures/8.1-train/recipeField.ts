// The choices of a run in the page's address: only what differs from the preset, each as a short word and its value.
import { fixed, roundedTo } from '../../../writing/numbers.ts';
import { limitNumber } from '../../../state/address.ts';
import type { Field } from '../../../state/fields.ts';
import { CONDITIONINGS, type Recipe } from '@noisebook/ldm/numbers';
import { MAX_SEED, OFFERED, type NumberChoice } from './recipeChoices.ts';

export type Changes = Partial<Omit<Recipe, 'data'>>;

/** What stands in the address for each choice. */
const words = {
  images: 'n',
  imageSize: 'px',
  factor: 'f',
  latentChannels: 'c',
  autoencoderWidth: 'aw',
  width: 'w',
  conditioning: 'by',
  prediction: 'says',
  minSnrGamma: 'snr',
  conditionDropout: 'drop',
  autoencoderSteps: 'as',
  autoencoderBatch: 'ab',
  autoencoderLearningRate: 'alr',
  klWeight: 'kl',
  denoiserSteps: 's',
  batch: 'b',
  learningRate: 'lr',
  seed: 'seed',
} as const satisfies Record<keyof Changes, string>;

const predictionWords = { eps: 'epsilon', x0: 'sample', v: 'v_prediction', flow: 'flow' } as const;
const keys = Object.keys(words) as (keyof Changes)[];

/** Sizes that a network has or has not: only those offered. */
const exact: readonly (keyof Changes)[] = [
  'imageSize',
  'factor',
  'latentChannels',
  'autoencoderWidth',
  'width',
];
const fractions: readonly (keyof Changes)[] = [
  'learningRate',
  'autoencoderLearningRate',
  'klWeight',
  'conditionDropout',
];

function readNumber(key: NumberChoice, text: string): number | undefined {
  const fraction = fractions.includes(key);
  if (!(fraction ? /^\d{1,2}(\.\d{1,7})?$/ : /^\d{1,6}$/).test(text)) return undefined;
  const offered: readonly number[] = OFFERED[key];
  if (exact.includes(key)) return offered.find((value) => value === Number(text));
  const range = { min: Math.min(...offered), max: Math.max(...offered), step: fraction ? 1e-7 : 1 };
  const value = limitNumber(Number(text), range);
  return value && roundedTo(value, 6);
}

function readChoice(key: keyof Changes, text: string): unknown {
  switch (key) {
    case 'conditioning':
      return CONDITIONINGS.find((value) => value === text);
    case 'prediction':
      return Object.entries(predictionWords).find(([word]) => word === text)?.[1];
    case 'minSnrGamma':
      return text === 'off' ? null : /^\d{1,2}$/.test(text) && text !== '0' ? Number(text) : undefined;
    case 'seed':
      return /^\d{1,4}$/.test(text) ? Math.min(MAX_SEED, Number(text)) : undefined;
    default:
      return readNumber(key, text);
  }
}

function writeChoice(key: keyof Changes, value: unknown): string {
  if (key === 'prediction') {
    return Object.entries(predictionWords).find(([, name]) => name === value)?.[0] ?? '';
  }
  return value === null
    ? 'off'
    : typeof value === 'number'
      ? plain(value)
      : typeof value === 'string'
        ? value
        : '';
}
/** Without an exponent: 0.00001. */
const plain = (value: number): string =>
  Number.isInteger(value) ? String(value) : fixed(value, 7).replace(/0+$/, '');

/** `f-8_c-4_lr-0.001`: factor 8, 4 channels, a learning rate of 0.001, the rest as the preset has it. */
export const changesField: Field<Changes> = {
  fallback: {},
  expected: 'choices such as f-4_c-4_seed-7',
  parse(text) {
    const found: Record<string, unknown> = {};
    for (const part of text === '' ? [] : text.split('_', keys.length + 1)) {
      const dash = part.indexOf('-');
      const key = keys.find((name) => words[name] === part.slice(0, dash));
      const value = key && readChoice(key, part.slice(dash + 1));
      if (key === undefined || value === undefined) return undefined;
      found[key] = value;
    }
    return found;
  },
  format: (changes) =>
    keys
      .filter((key) => changes[key] !== undefined)
      .map((key) => `${words[key]}-${writeChoice(key, changes[key])}`)
      .join('_'),
};
