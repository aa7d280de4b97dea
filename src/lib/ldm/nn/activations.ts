// Activation functions by their names in the configs of diffusers and transformers.
import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.ts';
import {
  ACTIVATION,
  ACTIVATION_CODES,
  ACTIVATION_GRAD,
  hasFusedKernel,
  offersKernel,
  runFusedKernel,
  taping,
} from './kernels.ts';

export type ActivationName = 'silu' | 'gelu' | 'relu' | 'mish' | 'quick_gelu';

const SQRT_HALF = Math.SQRT1_2;

/** SiLU, x sigma(x) (Hendrycks & Gimpel 2016; Ramachandran et al. 2017, "swish"). */
function silu<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => tf.mul(x, tf.sigmoid(x))) as T;
}

/** GELU, x Phi(x), with the exact normal distribution function. */
function gelu<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, SQRT_HALF)), 1))) as T;
}

/** GELU's sigmoid approximation of CLIP: x sigma(1.702 x). */
function quickGelu<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => tf.mul(x, tf.sigmoid(tf.mul(x, 1.702)))) as T;
}

/** Mish, x tanh(softplus(x)). */
function mish<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => tf.mul(x, tf.tanh(tf.softplus(x)))) as T;
}

/** The number by which fused kernels know an activation; undefined if they do not have it. */
export function fusedActivationCode(name: ActivationName | undefined): number | undefined {
  if (name === undefined) return ACTIVATION_CODES.none;
  if (name === 'silu') return ACTIVATION_CODES.silu;
  if (name === 'gelu') return ACTIVATION_CODES.gelu;
  if (name === 'quick_gelu') return ACTIVATION_CODES.quickGelu;
  return undefined;
}

/** y = f(x), any shape. */
export function activate<T extends tf.Tensor>(x: T, name: ActivationName): T {
  const code = fusedActivationCode(name);
  if (code !== undefined && hasFusedKernel(ACTIVATION, x.size)) {
    return runFusedKernel(ACTIVATION, { x }, { activation: code }) as T;
  }
  if (
    code !== undefined &&
    taping() &&
    offersKernel(ACTIVATION, x.size) &&
    offersKernel(ACTIVATION_GRAD, x.size)
  ) {
    const attrs = { activation: code };
    return differentiable(
      { x },
      ['x'],
      (values) => runFusedKernel(ACTIVATION, values, attrs),
      (dy, values) => [runFusedKernel(ACTIVATION_GRAD, { dy, ...values }, attrs)],
    ) as T;
  }
  switch (name) {
    case 'silu':
      return silu(x);
    case 'gelu':
      return gelu(x);
    case 'quick_gelu':
      return quickGelu(x);
    case 'mish':
      return mish(x);
    case 'relu':
      return tf.relu(x);
  }
}
