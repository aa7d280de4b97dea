// Figure 1.2: one picture under four noise schedules, at the same timesteps, and what each leaves of it at the last.
import * as v from 'valibot';
import { forwardJump } from '@noisebook/ldm/numbers';
import { choice } from '../../../state/figureAddress.ts';
import { defineFigure } from '../../kit/frame/defineFigure.ts';
import { live, picture } from '../../kit/frame/result.ts';
import * as field from '../../kit/noise/fields.ts';
import { noiseFor, rgbaOf, valuesOf } from '../../kit/noise/pixelValues.ts';
import { fixed } from '../../../writing/numbers.ts';
import { makeCurves, readingAt, scheduleIds, schedules, share } from './schedules.ts';

/** Pixels a side of the pictures. */
const SIZE = 64;
/** The timesteps of the strip, first to last. */
export const STRIP = [0, 125, 250, 375, 500, 625, 750, 875, 999] as const;
/** What is left at the last timestep is shown this many times as strong. */
export const GAIN = 10;
const LAST = field.T - 1;

/** alpha-bar of every schedule, in their order. */
export const curves = makeCurves();

export default defineFigure({
  number: '1.2',
  title: 'A schedule decides how fast the picture goes, and whether all of it goes',
  page: 'noise',
  weights: 'faces-64',
  fields: {
    t: field.timestep(400),
    picture: field.picture,
    seed: field.seed,
    view: choice(['shares', 'logSnr'], 'shares'),
    focus: choice(scheduleIds, 'cosine'),
  },
  inputs: ['picture', 'seed'],
  /** For each schedule: the picture at t, along the strip, what is left. */
  result: v.object({ rows: v.array(v.array(picture())) }),

  async compute({ picture: id, seed }, engine) {
    const x0 = valuesOf(await engine.picture(id, SIZE));
    const noise = noiseFor(x0.length, seed);
    const xt = new Float32Array(x0.length);
    return curves.map((curve) => {
      const room = new Uint8ClampedArray(4 * SIZE ** 2);
      const at = (t: number, bytes?: typeof room) =>
        live(rgbaOf(forwardJump(x0, noise, readingAt(curve, t), xt), 1, bytes));
      return {
        now: (t: number) => at(t, room),
        strip: STRIP.map((t) => at(t)),
        left: live(rgbaOf(x0, GAIN * readingAt(curve, LAST).alpha)),
      };
    });
  },

  at: (made, { t }) => ({ rows: made.map(({ now, strip, left }) => [now(t), ...strip, left]) }),

  numbers: (_shown, { t }) => ({
    t: String(t),
    ...Object.fromEntries(
      schedules.flatMap(({ id }, i) => [
        [`${id}.left`, share(readingAt(curves[i]!, LAST).alpha)],
        [`${id}.signal`, fixed(readingAt(curves[i]!, t).alpha, 3)],
      ]),
    ),
  }),
  files: {
    csv: () => [
      ['t', ...schedules.flatMap(({ id }) => [`${id} signal`, `${id} noise`, `${id} log SNR`])],
      ...Array.from({ length: field.T }, (_, step) => [
        step,
        ...curves.flatMap((curve) => {
          const { alpha, sigma, logSnr } = readingAt(curve, step);
          return [alpha, sigma, Number.isFinite(logSnr) ? logSnr : '-inf'];
        }),
      ]),
    ],
  },
  code: [
    'src/lib/ldm/schedules/betas.ts#makeBetas',
    'src/lib/ldm/schedules/betas.ts#betasForAlphaBar',
    'src/lib/ldm/schedules/alphas.ts#makeAlphasCumprod',
    'src/lib/ldm/schedules/alphas.ts#cumulativeAlphas: product *=',
    'src/lib/ldm/schedules/alphas.ts#rescaleZeroTerminalSnr',
    'src/lib/ldm/schedules/snr.ts#snr',
  ],
  sheet: { columns: STRIP.length + 2, quality: 80 },
});
