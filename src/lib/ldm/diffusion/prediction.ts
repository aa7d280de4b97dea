// The one place where a model's output becomes what it says about the picture and about the noise.
//
// With x = alpha x0 + sigma noise:
//   epsilon       output = noise
//   sample        output = x0
//   v_prediction  output = alpha noise - sigma x0, for alpha and sigma scaled to alpha^2 + sigma^2 = 1
//                 (Salimans & Ho 2022); a sampler whose x has another scale shows the model x scaled to it
//   flow          output = noise - x0, for alpha + sigma = 1 (Lipman et al. 2022; Liu et al. 2022)
import * as tf from '@tensorflow/tfjs-core';
import type { PredictionType } from '../config/index.ts';
import type { NoiseLevel } from '../schedules/forward.ts';
import { weightedSum, type Term } from './combine.ts';

export interface Prediction {
  readonly predX0: tf.Tensor4D;
  readonly predNoise: tf.Tensor4D;
}

/** [weight of x, weight of the output] */
type Weights = readonly [number, number];

/** predX0 and predNoise as weighted sums of x and the output. Not finite where the level leaves them open. */
export function predictionWeights(
  type: PredictionType,
  { alpha, sigma }: NoiseLevel,
): { readonly predX0: Weights; readonly predNoise: Weights } {
  switch (type) {
    case 'epsilon':
      return { predX0: [1 / alpha, -sigma / alpha], predNoise: [0, 1] };
    case 'sample':
      return { predX0: [0, 1], predNoise: [1 / sigma, -alpha / sigma] };
    case 'v_prediction': {
      const square = alpha * alpha + sigma * sigma;
      const norm = Math.sqrt(square);
      return { predX0: [alpha / square, -sigma / norm], predNoise: [sigma / square, alpha / norm] };
    }
    case 'flow':
      return { predX0: [1, -sigma], predNoise: [1, alpha] };
  }
}

/**
 * What the output says about x. Both tensors are new, of x's shape.
 * @throws Error at a level where the type says nothing about x0 (epsilon without signal) or the noise.
 */
export function convertPrediction(
  type: PredictionType,
  x: tf.Tensor4D,
  output: tf.Tensor4D,
  level: NoiseLevel,
): Prediction {
  const { predX0, predNoise } = predictionWeights(type, level);
  if (![...predX0, ...predNoise].every(Number.isFinite)) {
    throw new Error(
      `A model of prediction type "${type}" says nothing at a noise level of alpha = ${level.alpha}, ` +
        `sigma = ${level.sigma}. Zero terminal SNR needs "v_prediction" or "sample".`,
    );
  }
  const terms = ([ofX, ofOutput]: Weights): [Term, Term] => [
    [ofX, x],
    [ofOutput, output],
  ];
  return { predX0: weightedSum(...terms(predX0)), predNoise: weightedSum(...terms(predNoise)) };
}

/**
 * x = alpha x0 + sigma noise, the forward process (Ho et al. 2020, equation 4). A new tensor.
 * @param x0 [B, H, W, C]
 * @param noise standard normal, of x0's shape
 * @param level one for the whole batch, or a list with one a picture
 * @throws Error when the shapes differ, or the list is not as long as the batch
 */
export function addNoise(
  x0: tf.Tensor4D,
  noise: tf.Tensor4D,
  level: NoiseLevel | readonly NoiseLevel[],
): tf.Tensor4D {
  tf.util.assertShapesMatch(x0.shape, noise.shape, 'addNoise: x0 and noise: ');
  if ('alpha' in level) return weightedSum([level.alpha, x0], [level.sigma, noise]);
  const [alpha, sigma] = [column(level, 'alpha', x0), column(level, 'sigma', x0)];
  const x = tf.tidy(() => tf.add<tf.Tensor4D>(tf.mul(alpha, x0), tf.mul(sigma, noise)));
  tf.dispose([alpha, sigma]);
  return x;
}

/**
 * One factor a picture of the batch `like`, as [B, 1, 1, 1].
 * @throws Error unless there are as many levels as pictures
 */
export function column(
  levels: readonly NoiseLevel[],
  part: 'alpha' | 'sigma',
  like: tf.Tensor4D,
): tf.Tensor4D {
  const count = like.shape[0];
  if (levels.length !== count) {
    throw new Error(`expected ${count} noise levels, one a picture, got ${levels.length}`);
  }
  return tf.tensor4d(
    Float32Array.from(levels, (level) => level[part]),
    [count, 1, 1, 1],
  );
}
