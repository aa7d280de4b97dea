// Gradient clipping by the norm over all parameters (Pascanu et al. 2013), as torch.nn.utils.clip_grad_norm_ does it.
import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel, listInputs, runFusedKernel, SQUARE_SUM } from '../nn/kernels.ts';

/** Added to the norm before dividing by it, as PyTorch does. */
const EPSILON = 1e-6;

export interface Clipping {
  /** Euclidean norm over all gradients. Stays on the device until it is read. */
  readonly norm: tf.Scalar;
  /** What to multiply the gradients with: at most 1. `AdamW.step` takes it. */
  readonly scale: tf.Scalar;
}

function squareSum(tensors: readonly tf.Tensor[]): tf.Tensor {
  if (hasFusedKernel(SQUARE_SUM, 0)) return runFusedKernel(SQUARE_SUM, listInputs({ x: tensors }), {});
  return tf.sum(tf.stack(tensors.map((tensor) => tf.sum(tf.square(tensor)))));
}

/** Measures the gradients and says how much to shrink them so that their norm is at most `maxNorm`. */
export function clippingScale(gradients: readonly tf.Tensor[], maxNorm: number): Clipping {
  if (!(maxNorm > 0)) {
    throw new RangeError(`clipGradients: expected a largest norm above 0, got ${maxNorm}`);
  }
  const [norm, scale] = tf.tidy(() => {
    const whole = tf.sqrt(squareSum(gradients));
    return [whole, tf.minimum(tf.div(maxNorm, tf.add(whole, EPSILON)), 1)] as [tf.Scalar, tf.Scalar];
  });
  return { norm, scale };
}

/** The same, and the shrunk gradients themselves: new tensors. */
export function clipGradients(
  gradients: readonly tf.Tensor[],
  maxNorm: number,
): { readonly norm: tf.Scalar; readonly gradients: tf.Tensor[] } {
  const { norm, scale } = clippingScale(gradients, maxNorm);
  const clipped = gradients.map((gradient) => tf.mul(gradient, scale));
  scale.dispose();
  return { norm, gradients: clipped };
}
