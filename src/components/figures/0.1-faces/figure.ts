// Figure 0.1: a sentence and a seed become four faces, one denoising step at a time.
import * as v from 'valibot';
import { GUIDANCE, SEED, STEPS } from '../../../state/address.ts';
import { flag, plain, prompt, within, type Field, type ValuesOf } from '../../../state/figureAddress.ts';
import { defineFigure } from '../../kit/frame/defineFigure.ts';
import { generation } from '../../kit/player/generation.ts';
import { fullRequest } from './modelPolicy.ts';

export const title = 'Step by step, a sentence pulls four faces out of noise';
const MODEL = 'faces-128';

/** Whether typing draws. */
const typing: Field<boolean> = {
  ...flag(true),
  notice: (key, _text, value) =>
    value === undefined ? `The address has no usable ${key} (1 or 0): typing draws.` : undefined,
};

/** In the address by their names alone: `?prompt=a+face&seed=7&guidance=3&steps=12`. */
const fields = {
  prompt: plain(prompt('prompt', 'a person with pink hair and round glasses on a blue background'), 'always'),
  seed: plain(within(SEED, 7), 'always'),
  guidance: plain(within(GUIDANCE, 1.5), 'always'),
  steps: plain(within(STEPS, 12), 'always'),
  /** What the pictures should not show; empty for nothing. */
  negative: plain(prompt('negative prompt', ''), 'changed'),
  typing: plain(typing, 'changed'),
};
export type FaceSettings = ValuesOf<typeof fields>;

/** The settings of the recorded result. */
export const recordedSettings: FaceSettings = {
  prompt: fields.prompt.fallback,
  seed: fields.seed.fallback,
  guidance: fields.guidance.fallback,
  steps: fields.steps.fallback,
  negative: fields.negative.fallback,
  typing: fields.typing.fallback,
};

export default defineFigure({
  number: '0.1',
  title,
  page: '',
  weights: MODEL,
  model: 'chosen',
  fields,
  follows: false,
  supersede: 'abort',
  result: generation(),
  data: v.object({
    /** What a first Generate downloads. */
    modelBytes: v.number(),
    /** What draws while the reader types. */
    quick: v.object({
      name: v.string(),
      steps: v.number(),
      guidance: v.number(),
      bytes: v.number(),
      shared: v.number(),
    }),
    /** All words the model was taught. */
    knownWords: v.array(v.string()),
  }),

  // On the page the same request is the answer to Generate; which model answers a key, and when: face.svelte.ts.
  compute: (settings, engine) => engine.generate(fullRequest(MODEL, settings, 'latents')),

  sheet: { quality: 60 },
  code: [
    'src/lib/ldm/pipeline/stableDiffusionPipeline.ts#StableDiffusionPipeline.generate',
    'src/lib/ldm/pipeline/guidance.ts#guidedDenoiser: guideHalves(',
    'src/lib/ldm/samplers/dpmSolverPlusPlus.ts#dpmSolverPlusPlusSampler',
  ],
});
