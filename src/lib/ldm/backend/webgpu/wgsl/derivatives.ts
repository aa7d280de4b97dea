// Derivatives of the activations, and the gradients of activation and GEGLU: one invocation for each number.
import type * as tf from '@tensorflow/tfjs-core';
import { ACTIVATION_CODES } from '../../../nn/kernels.ts';
import { int, type Pass } from '../dispatch.ts';
import { WORKGROUP } from './program.ts';

/** d/dy (y sigma(a y)) = s (1 + a y (1 - s)) with s = sigma(a y) */
const sigmoidLinear = (scale: string): string => `
  fn slope(y : f32) -> f32 {
    let s = 1.0 / (1.0 + exp(clamp(-${scale} * y, -80.0, 80.0)));
    return s * (1.0 + ${scale} * y * (1.0 - s));
  }`;

/** Phi(y) with erf by Abramowitz & Stegun 7.1.26, as in the activation itself. */
const PHI = `
  fn phi(y : f32) -> f32 {
    let a = abs(y) * 0.70710678;
    let t = 1.0 / (1.0 + 0.3275911 * a);
    let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    let e = 1.0 - p * exp(-min(a * a, 80.0));
    return 0.5 * (1.0 + select(e, -e, y < 0.0));
  }`;

/** d/dy (y Phi(y)) = Phi(y) + y phi(y) */
const GELU = `${PHI}
  fn slope(y : f32) -> f32 {
    return phi(y) + y * 0.39894228 * exp(-min(0.5 * y * y, 80.0));
  }`;

/** `slope(y)`: the derivative, for an activation code. */
export const SLOPE: Readonly<Record<number, string>> = {
  [ACTIVATION_CODES.none]: 'fn slope(y : f32) -> f32 { return 1.0; }',
  [ACTIVATION_CODES.silu]: sigmoidLinear('1.0'),
  [ACTIVATION_CODES.gelu]: GELU,
  [ACTIVATION_CODES.quickGelu]: sigmoidLinear('1.702'),
};

/** dx = dy f'(x), any shape. */
export function activationGradient(
  dy: tf.TensorInfo,
  x: tf.TensorInfo,
  size: number,
  activation: number,
): Pass {
  return {
    key: `activationGradient_${activation}`,
    reads: { dy, x },
    makes: { dx: x.shape },
    workgroups: Math.ceil(size / WORKGROUP),
    workgroupSize: WORKGROUP,
    code: `
    ${SLOPE[activation] ?? ''}
    fn main(group : i32, tid : i32) {
      let at = group * ${WORKGROUP} + tid;
      if (at < i32(arrayLength(&dx))) { dx[at] = dy[at] * slope(x[at]); }
    }`,
  };
}

/** y = a gelu(b) for x = [a, b]: dx = [dy gelu(b), dy a gelu'(b)]. dy [..., C], x [..., 2 C]. */
export function gegluGradient(dy: tf.TensorInfo, x: tf.TensorInfo, size: number, half: number): Pass {
  return {
    key: 'gegluGradient',
    reads: { dy, x },
    makes: { dx: x.shape },
    uniforms: [int('half', half)],
    workgroups: Math.ceil(size / WORKGROUP),
    workgroupSize: WORKGROUP,
    code: `
    ${GELU}
    fn main(group : i32, tid : i32) {
      let index = group * ${WORKGROUP} + tid; // of dy
      if (index < i32(arrayLength(&dy))) {
        let at = (index / uniforms.half) * 2 * uniforms.half + index % uniforms.half;
        let gate = x[at + uniforms.half];
        dx[at] = dy[index] * gate * phi(gate);
        dx[at + uniforms.half] = dy[index] * x[at] * slope(gate);
      }
    }`,
  };
}
