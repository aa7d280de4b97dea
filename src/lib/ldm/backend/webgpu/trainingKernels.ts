// Our WebGPU kernels for training: the gradients of the fused kernels.
import type * as tf from '@tensorflow/tfjs-core';
import {
  ACTIVATION_GRAD,
  ATTENTION_GRAD,
  COLUMN_SUM,
  GEGLU_GRAD,
  GROUP_NORM_GRAD,
  LAYER_NORM_GRAD,
} from '../../nn/kernels.ts';
import { lastOf, register, sizeOf } from './calls.ts';
import { registerWebgpuOptimizer } from './optimizer.ts';
import { registerWebgpuProducts } from './products.ts';
import { MAX_HEAD_DIM, MAX_KEYS } from './wgsl/attention.ts';
import { keyGradient, queryGradient, type AttentionShape } from './wgsl/attentionGradient.ts';
import { activationGradient, gegluGradient } from './wgsl/derivatives.ts';
import { groupNormGradient, layerNormGradient } from './wgsl/normGradients.ts';
import { columnSum, sumRows } from './wgsl/sums.ts';

/** Registers the kernels; call with the webgpu backend present. `unregisterFusedKernels` undoes it. */
export function registerWebgpuTrainingKernels(): void {
  registerNorms();
  registerAttention();
  registerElementwise();
  registerWebgpuOptimizer();
  registerWebgpuProducts();
}

function registerNorms(): void {
  register(GROUP_NORM_GRAD, ({ input, optional, attributes, run, free }) => {
    const [x, weight, bias, addend] = [input('x'), input('weight'), input('bias'), optional('addend')];
    const batch = x.shape[0] as number;
    const [dx, parts, dAddend] = run(
      groupNormGradient(
        { dy: input('dy'), x, weight, bias, ...(addend === undefined ? {} : { addend }) },
        attributes,
      ),
    ) as [tf.TensorInfo, tf.TensorInfo, tf.TensorInfo | undefined];
    const shared = addend !== undefined && dAddend === undefined;
    const sums = run(
      sumRows(parts, batch, {
        dWeight: weight.shape,
        dBias: bias.shape,
        ...(shared ? { dAddend: addend.shape } : {}),
      }),
    );
    free(parts);
    return dAddend === undefined ? [dx, ...sums] : [dx, ...sums, dAddend];
  });
  register(LAYER_NORM_GRAD, ({ input, attributes, run, free }) => {
    const [x, weight] = [input('x'), input('weight')];
    const channels = lastOf(x);
    const [dx, parts] = run(
      layerNormGradient(
        { dy: input('dy'), x, weight },
        sizeOf(x) / channels,
        channels,
        attributes['epsilon'] as number,
      ),
    ) as [tf.TensorInfo, tf.TensorInfo];
    const sums = run(
      sumRows(parts, parts.shape[0] as number, { dWeight: weight.shape, dBias: weight.shape }),
    );
    free(parts);
    return [dx, ...sums];
  });
}

function registerAttention(): void {
  register(
    ATTENTION_GRAD,
    ({ input, attributes, run, free }) => {
      const inputs = { dy: input('dy'), q: input('q'), k: input('k'), v: input('v') };
      const shape = attributes as unknown as AttentionShape;
      const [dq, rows] = run(queryGradient(inputs, shape)) as [tf.TensorInfo, tf.TensorInfo];
      const [dk, dv] = run(keyGradient(inputs, rows, shape)) as [tf.TensorInfo, tf.TensorInfo];
      free(rows);
      return [dq, dk, dv];
    },
    (headDim, keys) => headDim <= MAX_HEAD_DIM && keys <= MAX_KEYS,
  );
}

function registerElementwise(): void {
  register(ACTIVATION_GRAD, ({ input, attributes, run }) => {
    const x = input('x');
    return run(
      activationGradient(input('dy'), x, sizeOf(x), attributes['activation'] as number),
    )[0] as tf.TensorInfo;
  });
  register(GEGLU_GRAD, ({ input, run }) => {
    const [dy, x] = [input('dy'), input('x')];
    return run(gegluGradient(dy, x, sizeOf(dy), lastOf(dy)))[0] as tf.TensorInfo;
  });
  register(COLUMN_SUM, ({ input, run, free }) => columnSum(input('x'), run, free));
}
