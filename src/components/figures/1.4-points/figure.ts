// Figure 1.4: a shape made of points walks into a round cloud, a small random step at a time.
import * as v from 'valibot';
import { makeBetas } from '@noisebook/ldm/numbers';
import { choice, text } from '../../../state/figureAddress.ts';
import { defineFigure } from '../../kit/frame/defineFigure.ts';
import { floats } from '../../kit/frame/result.ts';
import * as field from '../../kit/noise/fields.ts';
import { inSlices } from '../../kit/noise/inSlices.ts';
import { fixed } from '../../../writing/numbers.ts';
import { betaSettings } from '../../kit/noise/schedule.ts';
import {
  cloudOf,
  FIRST_DRAWING,
  FOLLOWED,
  marginal,
  MAX_DRAWING,
  placesAt,
  SHAPES,
  trail,
  walk,
} from './pointCloud.ts';

const along = v.object({ mean: v.number(), variance: v.number(), bars: v.array(v.number()) });

export default defineFigure({
  number: '1.4',
  title: 'Whatever shape the points had, they end as the same round cloud',
  page: 'noise',
  weights: 'faces-64',
  fields: {
    t: field.timestep(150),
    seed: field.seed,
    shape: choice(SHAPES, 'moons'),
    /** As `writeDrawing` wrote it. */
    drawing: text(MAX_DRAWING, FIRST_DRAWING),
  },
  inputs: ['seed', 'shape', 'drawing'],
  result: v.object({
    /** Where the points are: x and y of each. */
    points: floats(),
    /** The ways of those that are followed. */
    trails: v.array(v.array(v.tuple([v.number(), v.number()]))),
    /** How all are spread along both axes. */
    x: along,
    y: along,
  }),
  data: betaSettings,

  async compute({ seed, shape, drawing }, _engine, { data, signal }) {
    const from = cloudOf(shape, drawing, seed);
    return { from, way: await inSlices(walk(from, makeBetas(data), seed), signal) };
  },

  at({ from, way }, { t }) {
    const points = placesAt(way, t);
    return {
      points,
      trails: Array.from({ length: FOLLOWED }, (_, i) => trail(from, way, 97 * i + 11, t)),
      x: marginal(points, 0),
      y: marginal(points, 1),
    };
  },

  supersede: 'abort',
  numbers: ({ result: { x, y } }) => ({
    varianceX: fixed(x.variance, 2),
    varianceY: fixed(y.variance, 2),
  }),
  files: {
    csv: ({ result: { points }, values: { shape, drawing, seed } }) => {
      const from = cloudOf(shape, drawing, seed);
      return [
        ['x0', 'y0', 'xt', 'yt'],
        ...Array.from({ length: points.length / 2 }, (_, i) =>
          [from, points].flatMap((of) => [of[2 * i] ?? 0, of[2 * i + 1] ?? 0]),
        ),
      ];
    },
  },
  code: [
    'src/components/figures/1.4-points/pointCloud.ts#walk',
    'src/lib/ldm/schedules/forward.ts#forwardStep: x[i] = keep * x[i]',
    'src/lib/ldm/schedules/betas.ts#makeBetas',
    'src/datasets/pointClouds.ts#makeCloud',
  ],
});
