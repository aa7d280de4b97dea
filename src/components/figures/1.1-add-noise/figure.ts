// Figure 1.1: a picture fades, noise is added, until only the noise is left; and how the values are spread meanwhile.
import * as v from 'valibot';
import {
  densities,
  forwardJump,
  histogram,
  moments,
  type Moments,
  type NoiseLevel,
  signalAndNoise,
} from '@noisebook/ldm/numbers';
import { defineFigure } from '../../kit/frame/defineFigure.ts';
import { live, picture } from '../../kit/frame/result.ts';
import * as field from '../../kit/noise/fields.ts';
import { noiseFor, rgbaOf, valuesOf } from '../../kit/noise/pixelValues.ts';
import { fixed } from '../../../writing/numbers.ts';
import { alphaBars, betaSettings, levelAt } from '../../kit/noise/schedule.ts';

/** Pixels a side of the picture. */
export const SIZE = 128;
/** The histogram's range; beyond lie 6 in 100,000 values of standard normal noise. */
export const RANGE = 4;
const BINS = 100;
const WIDTH = (2 * RANGE) / BINS;

/** One timestep of one picture. */
export interface Noised extends Moments {
  readonly level: NoiseLevel;
  /** x_t */
  readonly x: Float32Array;
  /** Densities in BINS bins from -RANGE to RANGE. */
  readonly bars: readonly number[];
  /** Share of the values outside [-1, 1], 0 to 1: the screen can't show them. */
  readonly outside: number;
}

/** @param out the array to reuse for x_t */
export function noised(
  x0: Float32Array,
  noise: Float32Array,
  alphaBar: number,
  out?: Float32Array<ArrayBuffer>,
): Noised {
  const level = signalAndNoise(alphaBar);
  const x = forwardJump(x0, noise, level, out);
  const counts = histogram(x, -RANGE, RANGE, new Uint32Array(BINS));
  let outside = 0;
  for (const value of x) if (value < -1 || value > 1) outside += 1;
  return {
    level,
    x,
    bars: densities(counts, x.length, WIDTH),
    outside: outside / x.length,
    ...moments(x),
  };
}

const room = (): Uint8ClampedArray<ArrayBuffer> => new Uint8ClampedArray(4 * SIZE ** 2);

export default defineFigure({
  number: '1.1',
  title: 'Fade the picture and add noise, until only the noise is left',
  page: 'noise',
  weights: 'faces-64',
  fields: { t: field.timestep(400), picture: field.picture, seed: field.seed },
  inputs: ['picture', 'seed'],
  result: v.object({
    signal: picture(),
    noise: picture(),
    sum: picture(),
    bars: v.array(v.number()),
    mean: v.number(),
    variance: v.number(),
    outside: v.number(),
  }),
  data: betaSettings,

  async compute({ picture: id, seed }, engine, { data }) {
    const x0 = valuesOf(await engine.picture(id, SIZE));
    return {
      alphaBars: alphaBars(data),
      x0,
      noise: noiseFor(x0.length, seed),
      // Written anew at every t: nothing to throw away while the slider moves.
      xt: new Float32Array(x0.length),
      bytes: { signal: room(), noise: room(), sum: room() },
    };
  },

  at({ alphaBars: curve, x0, noise, xt, bytes }, { t }) {
    const { level, x, bars, ...spread } = noised(x0, noise, curve[t] ?? 1, xt);
    return {
      signal: live(rgbaOf(x0, level.alpha, bytes.signal)),
      noise: live(rgbaOf(noise, level.sigma, bytes.noise)),
      sum: live(rgbaOf(x, 1, bytes.sum)),
      bars: [...bars],
      ...spread,
    };
  },

  awake: true,
  numbers: ({ result, data }, { t }) => {
    const { alpha, sigma } = levelAt(data, t);
    return {
      t: String(t),
      alphaBar: fixed(alpha ** 2, 3),
      signal: fixed(alpha, 3),
      noise: fixed(sigma, 3),
      outside: fixed(100 * result.outside, 0),
    };
  },
  files: {
    png: ({ result }) => [[result.sum]],
    csv: ({ result: { bars } }) => [
      ['from', 'to', 'density'],
      ...bars.map((bar, i) => [i * WIDTH - RANGE, (i + 1) * WIDTH - RANGE, bar]),
    ],
  },
  code: [
    'src/lib/ldm/schedules/forward.ts#forwardJump: out[i] = alpha * x0[i]',
    'src/components/figures/1.1-add-noise/figure.ts#noised',
    'src/lib/ldm/schedules/forward.ts#signalAndNoise',
    'src/lib/ldm/schedules/alphas.ts#cumulativeAlphas',
    'src/lib/ldm/metrics/distribution.ts#histogram',
  ],
  sheet: { quality: 'crisp' },
  digits: 9,
});
