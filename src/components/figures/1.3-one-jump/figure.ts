// Figure 1.3: many small steps and one jump, compared where they can be compared: in how their results are spread.
import * as v from 'valibot';
import { makeBetas } from '@noisebook/ldm/numbers';
import { choice, decimal, flag } from '../../../state/figureAddress.ts';
import { defineFigure } from '../../kit/frame/defineFigure.ts';
import { live, picture } from '../../kit/frame/result.ts';
import * as field from '../../kit/noise/fields.ts';
import { inSlices } from '../../kit/noise/inSlices.ts';
import { rgbaOf, valuesOf } from '../../kit/noise/pixelValues.ts';
import { fixed } from '../../../writing/numbers.ts';
import { alphaBars, betaSettings } from '../../kit/noise/schedule.ts';
import { bothPictures, compare, comparison } from './oneJump.ts';

/** Pixels a side of the two pictures. */
const SIZE = 64;
/** How many copies of the value. */
export const COUNTS = ['1000', '4000', '16000'] as const;
/** Fewer random numbers than this are drawn fast enough to follow a slider. */
const QUICK = 6e6;

export default defineFigure({
  number: '1.3',
  title: 'One jump lands where many small steps do: on other values, spread the same way',
  page: 'noise',
  weights: 'faces-64',
  fields: {
    t: field.timestep(400),
    seed: field.seed,
    picture: field.picture,
    /** The value that the copies start from. */
    start: decimal(-1, 1, 0.05, 0.6),
    count: choice(COUNTS, '4000'),
    /** Forget a factor in the small steps. */
    broken: flag(false),
  },
  result: v.object({ ...comparison.entries, pictures: v.object({ steps: picture(), jump: picture() }) }),
  data: betaSettings,

  async compute({ picture: id, count, ...values }, engine, task) {
    const x0 = valuesOf(await engine.picture(id, SIZE));
    const setting = {
      ...values,
      count: Number(count),
      betas: makeBetas(task.data),
      alphasCumprod: alphaBars(task.data),
    };
    const steps = values.t + 1;
    const compared = await inSlices(compare(setting), task.signal, (done) => task.progress(done, 2 * steps));
    const pictures = await inSlices(bothPictures(x0, setting), task.signal, (done) =>
      task.progress(steps + done, 2 * steps),
    );
    return {
      ...compared,
      pictures: { steps: live(rgbaOf(pictures.steps)), jump: live(rgbaOf(pictures.jump)) },
    };
  },

  supersede: ({ t, count }) => ((t + 1) * (Number(count) + 3 * SIZE ** 2) > QUICK ? 'abort' : 'wait'),
  numbers: ({ result: { t, distance, limit } }) => ({
    steps: String(t + 1),
    distance: fixed(distance, 4),
    limit: fixed(limit, 4),
  }),
  files: {
    csv: ({ result: { steps, jump } }) => [
      ['rank', 'many steps', 'one jump'],
      ...steps.quantiles.map((value, i) => [
        (i + 0.5) / steps.quantiles.length,
        value,
        jump.quantiles[i] ?? 0,
      ]),
    ],
  },
  code: [
    'src/components/figures/1.3-one-jump/oneJump.ts#manySteps',
    'src/components/figures/1.3-one-jump/oneJump.ts#oneJump',
    'src/lib/ldm/schedules/forward.ts#forwardStep: x[i] = keep * x[i]',
    'src/lib/ldm/schedules/forward.ts#forwardJump: out[i] = alpha * x0[i]',
    'src/lib/ldm/metrics/distribution.ts#kolmogorovSmirnov',
    'src/lib/ldm/metrics/distribution.ts#kolmogorovSmirnovLimit',
  ],
  sheet: { quality: 'crisp' },
  digits: 9,
});
