// The timestep as a vector: sinusoids (Vaswani et al. 2017; Ho et al. 2020, appendix B), then a small network.
import * as tf from '@tensorflow/tfjs-core';
import { activate, type ActivationName } from './activations.ts';
import { linear, readLinear, type LinearParameters } from './linear.ts';
import type { ParameterReader } from './parameters.ts';

const MAX_PERIOD = 10_000;

export interface SinusoidOptions {
  readonly dim: number;
  /** Cosines first, then sines. */
  readonly flipSinToCos: boolean;
  readonly freqShift: number;
}

/**
 * Sinusoids of the given timesteps, [N, dim], rounded to single precision at each step as the reference does: at t = 999
 * one rounding moves the phase by 3e-5.
 */
export function timestepSinusoids(timesteps: readonly number[], options: SinusoidOptions): Float32Array {
  const { dim, flipSinToCos, freqShift } = options;
  const half = Math.floor(dim / 2);
  const out = new Float32Array(timesteps.length * dim);
  const base = Math.fround(-Math.log(MAX_PERIOD));
  for (let i = 0; i < half; i++) {
    const exponent = Math.fround(Math.fround(base * i) / Math.fround(half - freqShift));
    const frequency = Math.fround(Math.exp(exponent));
    timesteps.forEach((t, row) => {
      const phase = Math.fround(Math.fround(t) * frequency);
      const sine = row * dim + (flipSinToCos ? half + i : i);
      const cosine = row * dim + (flipSinToCos ? i : half + i);
      out[sine] = Math.sin(phase);
      out[cosine] = Math.cos(phase);
    });
  }
  return out; // an odd dim leaves its last column 0
}

export interface TimeEmbeddingParameters {
  readonly linear1: LinearParameters;
  readonly linear2: LinearParameters;
  readonly activation: ActivationName;
}

export function readTimeEmbedding(
  params: ParameterReader,
  inFeatures: number,
  outFeatures: number,
  activation: ActivationName,
): TimeEmbeddingParameters {
  return {
    linear1: readLinear(params.scope('linear_1'), inFeatures, outFeatures),
    linear2: readLinear(params.scope('linear_2'), outFeatures, outFeatures),
    activation,
  };
}

/** [N, in] to [N, out]. */
export function timeEmbedding(x: tf.Tensor2D, parameters: TimeEmbeddingParameters): tf.Tensor2D {
  return tf.tidy(() =>
    linear(activate(linear(x, parameters.linear1), parameters.activation), parameters.linear2),
  );
}
