// AdamW's step and the moving average of the weights, in place: one dispatch for each parameter.
import type * as tf from '@tensorflow/tfjs-core';
import { float, type Pass } from '../webgpuDispatch.ts';
import { WORKGROUP } from './program.ts';

export interface AdamWNumbers {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** 1 - beta1^t and 1 - beta2^t */
  readonly correction1: number;
  readonly correction2: number;
  /** What the gradient counts times. */
  readonly gradientScale: number;
}

/** Loshchilov & Hutter 2019, algorithm 2, as PyTorch computes it. `scale` [1] multiplies the gradient, too. */
export function adamW(
  {
    p,
    m,
    v,
    g,
    scale,
  }: Readonly<Record<'p' | 'm' | 'v' | 'g', tf.TensorInfo>> & { readonly scale?: tf.TensorInfo },
  size: number,
  numbers: AdamWNumbers,
): Pass {
  return {
    key: `adamW_${scale === undefined ? 0 : 1}`,
    reads: scale === undefined ? { g } : { g, scale },
    rewrites: { p, m, v },
    uniforms: [
      float('decay', 1 - numbers.learningRate * numbers.weightDecay),
      float('rate', numbers.learningRate / numbers.correction1),
      float('beta1', numbers.beta1),
      float('rest1', 1 - numbers.beta1),
      float('beta2', numbers.beta2),
      float('rest2', 1 - numbers.beta2),
      float('root', Math.sqrt(numbers.correction2)),
      float('epsilon', numbers.epsilon),
      float('gradientScale', numbers.gradientScale),
    ],
    passing: true,
    workgroups: Math.ceil(size / WORKGROUP),
    workgroupSize: WORKGROUP,
    code: `
    fn main(group : i32, tid : i32) {
      let at = group * ${WORKGROUP} + tid;
      if (at >= i32(arrayLength(&p))) { return; }
      let gradient = g[at] * uniforms.gradientScale${scale === undefined ? '' : ' * scale[0]'};
      let mean = uniforms.beta1 * m[at] + uniforms.rest1 * gradient;
      let square = uniforms.beta2 * v[at] + uniforms.rest2 * gradient * gradient;
      m[at] = mean;
      v[at] = square;
      p[at] = p[at] * uniforms.decay - uniforms.rate * mean / (sqrt(square) / uniforms.root + uniforms.epsilon);
    }`,
  };
}

/** average += (1 - decay) (value - average) */
export function movingAverage(
  average: tf.TensorInfo,
  value: tf.TensorInfo,
  size: number,
  decay: number,
): Pass {
  return {
    key: 'movingAverage',
    reads: { value },
    rewrites: { average },
    uniforms: [float('rest', 1 - decay)],
    passing: true,
    workgroups: Math.ceil(size / WORKGROUP),
    workgroupSize: WORKGROUP,
    code: `
    fn main(group : i32, tid : i32) {
      let at = group * ${WORKGROUP} + tid;
      if (at < i32(arrayLength(&average))) { average[at] += uniforms.rest * (value[at] - average[at]); }
    }`,
  };
}
