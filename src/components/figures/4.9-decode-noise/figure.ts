// Figure 4.9: noise has the numbers of latents, and decodes to no face; what is missing is how they hang together.
import * as v from 'valibot';
import {
  channelMoments,
  type ChannelMoments as Moments,
  neighbourCorrelation,
  Rng,
  shuffleCells,
} from '@noisebook/ldm/numbers';
import { choice, decimal, whole } from '../../../state/figureAddress.ts';
import { faceIds } from '../../../userContent/pictures/ids.ts';
import { defineFigure } from '../../kit/frame/defineFigure.ts';
import { floats, live, picture } from '../../kit/frame/result.ts';
import { decibels, shipped, writeDecibels, type StageModel } from '../../kit/latents/firstStage.ts';

export const MAX_SEED = 9999;
export const MAX_TEMPERATURE = 2;
/** The seed of the recorded noise, shuffle and sample. */
export const SEED = 6;

/** What is computed here; beside it stands a sample of the diffusion model, which is always the recorded one. */
export const made = ['face', 'noise', 'shuffled'] as const;
export type Made = (typeof made)[number];
export const names = {
  face: 'a face',
  noise: 'noise',
  shuffled: 'the face, shuffled',
  sample: 'noise, then diffusion',
} as const;
export type Kind = keyof typeof names;
export const kinds = Object.keys(names) as readonly Kind[];

/** A grid of latents, its picture, and how well that survives another turn through the autoencoder. */
const decoded = v.object({
  latents: floats(),
  picture: picture(),
  /** PSNR of the picture encoded and decoded again, in decibels; left out while it is being computed. */
  again: v.optional(v.number()),
});
export type Decoded = v.InferOutput<typeof decoded>;

const ends = v.tuple([v.number(), v.number()]);
/** Lowest, median, highest. */
const spread = v.tuple([v.number(), v.number(), v.number()]);

interface Chosen {
  readonly face: string;
  readonly seed: number;
  readonly temperature: number;
}

/** What each grid is made from: the same words, the same picture. */
export const sources = ({ face, seed, temperature }: Chosen): Readonly<Record<Made, string>> => ({
  face,
  noise: `noise ${seed} ${temperature}`,
  shuffled: `${face} shuffled ${seed}`,
});

/** Independent standard normal numbers times `temperature`: for seed s those that a generation with seed s starts from. */
export function noiseLatents(
  seed: number,
  temperature: number,
  { numbers }: Pick<StageModel, 'numbers'> = shipped,
): Float32Array<ArrayBuffer> {
  const noise = new Rng(seed).fork(0).fillNormal(new Float32Array(numbers));
  return Float32Array.from(noise, (value) => value * temperature);
}

export const shuffledLatents = (
  latents: ArrayLike<number>,
  seed: number,
  { channels }: Pick<StageModel, 'channels'> = shipped,
): Float32Array<ArrayBuffer> => shuffleCells(latents, channels, new Rng(seed));

/** What can be counted about a grid: each channel by itself, and how much neighbouring cells agree. */
export function statistics(
  latents: ArrayLike<number>,
  { side, channels }: Pick<StageModel, 'side' | 'channels'> = shipped,
): { readonly channels: readonly Moments[]; readonly neighbours: number } {
  return {
    channels: channelMoments(latents, channels),
    neighbours: neighbourCorrelation(latents, side, side, channels),
  };
}

export default defineFigure({
  number: '4.9',
  title: 'Noise has the right numbers in the wrong company: decoded, it is no face',
  page: 'compression',
  weights: 'faces-64',
  model: 'chosen',
  fields: {
    seed: whole(0, MAX_SEED, SEED),
    temperature: decimal(0, MAX_TEMPERATURE, 0.05, 1),
    face: choice<string>(faceIds, 'face-9'),
  },
  result: v.object({ face: decoded, noise: decoded, shuffled: decoded }),
  study: v.object({
    sample: decoded,
    prompt: v.string(),
    numInferenceSteps: v.number(),
    guidanceScale: v.number(),
    /** Test faces, and as many pictures of noise; training faces that the nearest one is looked for among. */
    count: v.number(),
    training: v.number(),
    /** Lowest and highest of the channels. */
    means: ends,
    stds: ends,
    faceDistance: spread,
    noiseDistance: spread,
    faceCorrelation: spread,
    noiseCorrelation: spread,
    faceAgain: spread,
    noiseAgain: spread,
  }),

  async compute(values, engine, task) {
    const { model } = engine;
    const { seed, temperature } = values;
    const source = sources(values);
    const real = await task.memo(
      `encoded ${values.face}`,
      async () => (await engine.encode([await engine.picture(values.face)]))[0]!,
    );
    const latents = {
      face: real,
      noise: noiseLatents(seed, temperature, model),
      shuffled: shuffledLatents(real, seed, model),
    };
    // Kept by what they are made from, so that a slider costs its own picture only.
    const cards = await Promise.all(
      made.map((kind) =>
        task.memo(source[kind], async () => {
          const [bytes] = await engine.decode([latents[kind]]);
          return { latents: latents[kind], bytes: bytes!, again: undefined as number | undefined };
        }),
      ),
    );
    const [face, noise, shuffled] = cards.map(({ latents, bytes }) => ({ latents, picture: live(bytes) }));
    const all = () => ({
      face: { ...face!, again: cards[0]!.again },
      noise: { ...noise!, again: cards[1]!.again },
      shuffled: { ...shuffled!, again: cards[2]!.again },
    });
    const missing = cards.filter(({ again }) => again === undefined);
    if (missing.length > 0) {
      // The pictures are there; how well they survive may come a moment later.
      task.show(all());
      const again = await engine.decode(await engine.encode(missing.map(({ bytes }) => bytes)));
      missing.forEach((card, i) => (card.again = decibels(card.bytes, again[i]!)));
    }
    return all();
  },

  numbers: ({ result: { noise } }) => ({
    again: noise.again === undefined ? '…' : writeDecibels(noise.again),
  }),
  files: {
    png: ({ result, study }) => [[...made.map((kind) => result[kind].picture), study.sample.picture]],
    csv: ({ result, study, model: { channels } }) => {
      const columns = [...made.map((kind) => result[kind].latents), study.sample.latents];
      const length = Math.max(...columns.map((column) => column.length));
      return [
        ['cell', 'channel', ...kinds.map((kind) => names[kind])],
        ...Array.from({ length }, (_, i) => [
          Math.floor(i / channels) + 1,
          (i % channels) + 1,
          ...columns.map((column) => column[i] ?? ''),
        ]),
      ];
    },
  },
  code: [
    'src/components/figures/4.9-decode-noise/figure.ts#noiseLatents: value * temperature',
    'src/lib/ldm/metrics/latentStatistics.ts#shuffleCells',
    'src/lib/ldm/models/autoencoderKL.ts#AutoencoderKL.decode',
    'src/lib/ldm/metrics/latentStatistics.ts#channelMoments',
    'src/lib/ldm/metrics/latentStatistics.ts#neighbourCorrelation',
  ],
});
