// The feed-forward layer of a transformer block: GEGLU (Shazeer 2020) and a linear layer.
import * as tf from '@tensorflow/tfjs-core';
import { activate } from './activations.ts';
import { differentiable } from './differentiable.ts';
import { GEGLU, GEGLU_GRAD, hasFusedKernel, offersKernel, runFusedKernel, taping } from './kernels.ts';
import { linear, readLinear, type LinearParameters } from './linear.ts';
import type { ParameterReader } from './parameters.ts';

/** Width of the hidden layer, as a multiple of the model's. */
const EXPANSION = 4;

export interface FeedForwardParameters {
  readonly proj: LinearParameters;
  readonly out: LinearParameters;
}

export function readFeedForward(params: ParameterReader, features: number): FeedForwardParameters {
  const hidden = features * EXPANSION;
  return {
    proj: readLinear(params.scope('net.0.proj'), features, 2 * hidden),
    out: readLinear(params.scope('net.2'), hidden, features),
  };
}

/** [..., 2 C] to [..., C]: the first half times GELU of the second. */
export function geglu<T extends tf.Tensor>(x: T): T {
  const width = x.shape[x.rank - 1] as number;
  const half = width / 2;
  if (hasFusedKernel(GEGLU, half)) return runFusedKernel(GEGLU, { x }, {}) as T;
  if (taping() && offersKernel(GEGLU, half) && offersKernel(GEGLU_GRAD, half)) {
    return differentiable(
      { x },
      ['x'],
      (values) => runFusedKernel(GEGLU, values, {}),
      (dy, values) => [runFusedKernel(GEGLU_GRAD, { dy, ...values }, {})],
    ) as T;
  }
  return tf.tidy(() => {
    const rows = tf.reshape(x, [x.size / width, width]) as tf.Tensor2D;
    const hidden = tf.slice(rows, [0, 0], [-1, half]);
    const gate = tf.slice(rows, [0, half], [-1, half]);
    return tf.reshape(tf.mul(hidden, activate(gate, 'gelu')), [...x.shape.slice(0, -1), half]);
  }) as T;
}

/** [..., C] to [..., C]. */
export function feedForward<T extends tf.Tensor>(x: T, { proj, out }: FeedForwardParameters): T {
  return tf.tidy(() => linear(geglu(linear(x, proj)), out));
}
