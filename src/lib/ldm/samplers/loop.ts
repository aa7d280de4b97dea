// The loop that every sampler runs: show x to the model, step, report; dispose whatever is no longer needed.
import * as tf from '@tensorflow/tfjs-core';
import { at } from '../base/at.ts';
import { expectShape } from '../base/shapes.ts';
import { weightedSum } from '../diffusion/combine.ts';
import type { Denoiser, SampleOptions, Shape4D } from './types.ts';

/** What a sampler's step function gets. Everything is borrowed; it runs inside tf.tidy. */
export interface StepInput {
  readonly index: number;
  readonly x: tf.Tensor4D;
  /** The model's raw output. */
  readonly output: tf.Tensor4D;
  /** predX0 of the steps before, the latest first. */
  readonly history: readonly tf.Tensor4D[];
  /** Standard normal noise for this step. Each call draws it anew, so call it once. */
  readonly noise: () => tf.Tensor4D;
}

/** Three tensors of the step's own. */
export interface StepResult {
  readonly next: tf.Tensor4D;
  readonly predX0: tf.Tensor4D;
  readonly predNoise: tf.Tensor4D;
}

export interface Loop {
  readonly timesteps: readonly number[];
  readonly modelInputScales: readonly number[];
  readonly step: (input: StepInput) => StepResult;
  /** How many earlier predX0 the step needs. */
  readonly historyLength?: number;
}

export async function runLoop(
  loop: Loop,
  denoiser: Denoiser,
  xT: tf.Tensor4D,
  options: SampleOptions,
): Promise<tf.Tensor4D> {
  const { timesteps, modelInputScales, historyLength = 0 } = loop;
  const { signal, onStep, afterStep, startIndex = 0, history: before = [] } = options;
  const total = timesteps.length;
  if (!Number.isSafeInteger(startIndex) || startIndex < 0 || startIndex > total) {
    throw new RangeError(`startIndex: expected a whole number from 0 to ${total}, got ${startIndex}.`);
  }
  for (const { shape } of before) expectShape('history', xT.shape, shape);
  signal?.throwIfAborted();
  const live = new Set<tf.Tensor4D>(); // what this run owns at the moment
  const own = (tensor: tf.Tensor4D): tf.Tensor4D => (live.add(tensor), tensor);
  const free = (tensor: tf.Tensor4D): void => {
    if (live.delete(tensor)) tf.dispose(tensor);
  };
  const history: tf.Tensor4D[] = [];
  try {
    let x = own(tf.clone(xT));
    for (const predX0 of before.slice(0, Math.min(historyLength, startIndex)))
      history.push(own(tf.clone(predX0)));
    for (let index = startIndex; index < total; index++) {
      const timestep = at(timesteps, index);
      const scale = at(modelInputScales, index);
      const input = scale === 1 ? x : own(weightedSum([scale, x]));
      const output = own(checkOutput(await denoiser(input, timestep), input, x));
      if (input !== x) free(input);
      signal?.throwIfAborted();
      const shape = x.shape;
      const noise = (): tf.Tensor4D => own(drawNoise(options, index, shape));
      const result = tf.tidy(() => {
        const { next, predX0, predNoise } = loop.step({ index, x, output, history, noise });
        return { next, predX0, predNoise };
      });
      const [predX0, predNoise] = [own(result.predX0), own(result.predNoise)];
      for (const tensor of live)
        if (tensor !== predX0 && tensor !== predNoise && !history.includes(tensor)) free(tensor);
      x = own(result.next);
      if (afterStep) {
        const replaced = afterStep(x, index, timesteps[index + 1]);
        if (replaced !== x) {
          checkShape('afterStep', replaced, xT.shape);
          free(x);
          x = own(replaced);
        }
      }
      await onStep?.({ index, total, timestep, x, predX0, predNoise });
      free(predNoise);
      history.unshift(predX0);
      for (const old of history.splice(historyLength)) free(old);
      signal?.throwIfAborted();
    }
    live.delete(x); // the caller's now
    return x;
  } finally {
    tf.dispose([...live]);
  }
}

function checkOutput(output: tf.Tensor4D, input: tf.Tensor4D, x: tf.Tensor4D): tf.Tensor4D {
  // A model that hands back its input would have it disposed twice.
  const fresh = output === input || output === x ? tf.clone(output) : output;
  checkShape('denoiser', fresh, input.shape);
  return fresh;
}

function drawNoise(options: SampleOptions, index: number, shape: Shape4D): tf.Tensor4D {
  if (!options.noise) {
    throw new Error('This sampler draws noise in every step: expected the option "noise", got none.');
  }
  const noise = options.noise(index, shape);
  checkShape('noise', noise, shape);
  return noise;
}

/** Disposes the tensor when it is wrong. */
function checkShape(what: string, tensor: tf.Tensor4D, expected: readonly number[]): void {
  if (expected.length === tensor.rank && expected.every((size, i) => size === tensor.shape[i])) return;
  const got = tensor.shape.join(', ');
  tf.dispose(tensor);
  throw new Error(`${what}: expected a tensor of shape [${expected.join(', ')}], got [${got}].`);
}
