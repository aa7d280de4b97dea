// DPM-Solver++: multistep solver of order 1 to 3 for the ODE of the data prediction, in lambda = log(alpha / sigma)
// (Lu et al. 2022, "DPM-Solver++", equation 4.1 and algorithm 2; the third order as in the authors' code).
import * as tf from '@tensorflow/tfjs-core';
import { at } from '../base/at.ts';
import type { DpmSolverConfig } from '../config/index.ts';
import { weightedSum } from '../diffusion/combine.ts';
import { convertPrediction } from '../diffusion/prediction.ts';
import type { NoiseLevel } from '../schedules/forward.ts';
import { dpmSolverSchedule } from '../schedules/sigmas.ts';
import { alphaSigma } from '../schedules/snr.ts';
import { makeSampler } from './makeSampler.ts';
import type { Sampler } from './types.ts';

export function dpmSolverPlusPlusSampler(config: DpmSolverConfig, numInferenceSteps: number): Sampler {
  const { timesteps, sigmas } = dpmSolverSchedule(config, numInferenceSteps);
  const levels: readonly NoiseLevel[] = Array.from(sigmas, alphaSigma);

  return makeSampler({
    name: 'dpm-solver++',
    config,
    timesteps,
    levels,
    historyLength: config.solverOrder - 1,
    step({ index, x, output, history }) {
      const prediction = convertPrediction(config.predictionType, x, output, at(levels, index));
      const order = Math.min(history.length + 1, highestOrder(config, index, timesteps.length));
      // The data predictions of this step and of the ones before, as many as the order needs.
      const predictions = [prediction.predX0, ...history].slice(0, order);
      return { ...prediction, next: solverStep(x, predictions, levels, index, config.solverType) };
    },
  });
}

/** Few steps are steadier when the last ones are of lower order; the step to sigma = 0 must be of order 1. */
function highestOrder(config: DpmSolverConfig, index: number, total: number): number {
  const isShort = config.lowerOrderFinal && total < 15;
  if (index === total - 1 && (config.eulerAtFinal || isShort || config.finalSigmasType === 'zero')) return 1;
  if (index === total - 2 && isShort) return Math.min(config.solverOrder, 2);
  return config.solverOrder;
}

/**
 * x at levels[index + 1] from x at levels[index].
 * @param predictions [m0, m1, m2]: x0 as predicted at levels[index], index - 1, index - 2. How many there are is the order.
 */
function solverStep(
  x: tf.Tensor4D,
  [m0, m1, m2]: readonly tf.Tensor4D[],
  levels: readonly NoiseLevel[],
  index: number,
  solverType: DpmSolverConfig['solverType'],
): tf.Tensor4D {
  if (m0 === undefined) throw new Error('DPM-Solver++: expected at least one prediction, got none.');
  const lambda = (i: number): number => Math.log(at(levels, i).alpha) - Math.log(at(levels, i).sigma);
  const { alpha, sigma } = at(levels, index + 1);
  const ratio = sigma / at(levels, index).sigma;
  const h = lambda(index + 1) - lambda(index);
  // The integrals of exp(lambda) times 1, lambda and lambda^2 over the step.
  const phi1 = Math.expm1(-h);
  const phi2 = phi1 / h + 1;
  const phi3 = (phi1 + h) / (h * h) - 0.5;
  return tf.tidy(() => {
    if (m1 === undefined) return weightedSum([ratio, x], [-alpha * phi1, m0]);

    // The first derivative of the prediction, from the last step to this one.
    const r0 = (lambda(index) - lambda(index - 1)) / h;
    const D1 = tf.div<tf.Tensor4D>(tf.sub(m0, m1), r0);
    if (m2 === undefined && solverType === 'midpoint') {
      const D = weightedSum([1, m0], [0.5, D1]);
      return weightedSum([ratio, x], [-alpha * phi1, D]);
    }
    if (m2 === undefined) return weightedSum([ratio, x], [-alpha * phi1, m0], [alpha * phi2, D1]);

    // The derivative one step earlier; from both, the first and second derivative here.
    const r1 = (lambda(index - 1) - lambda(index - 2)) / h;
    const earlier = tf.div<tf.Tensor4D>(tf.sub(m1, m2), r1);
    const D2 = tf.div<tf.Tensor4D>(tf.sub(D1, earlier), r0 + r1);
    const D1here = weightedSum([1, D1], [r0, D2]);
    return weightedSum([ratio, x], [-alpha * phi1, m0], [alpha * phi2, D1here], [-alpha * phi3, D2]);
  });
}
