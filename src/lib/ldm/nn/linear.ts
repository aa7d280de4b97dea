// y = x W + b on the last axis.
import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.ts';
import { LINEAR, LINEAR_GRAD, offersKernel, runFusedKernel, runFusedKernels, taping } from './kernels.ts';
import type { ParameterReader } from './parameters.ts';

export interface LinearParameters {
  /** [in, out] */
  readonly kernel: tf.Tensor2D;
  readonly bias?: tf.Tensor1D;
}

export function readLinear(
  params: ParameterReader,
  inFeatures: number,
  outFeatures: number,
  { bias = true }: { readonly bias?: boolean } = {},
): LinearParameters {
  const kernel = params.linear(['weight'], inFeatures, outFeatures);
  return bias ? { kernel, bias: params.vector('bias', outFeatures) } : { kernel };
}

/** Several linear layers of the same input as one product: their outputs lie side by side. */
export function readLinears(
  params: ParameterReader,
  names: readonly string[],
  inFeatures: number,
  outFeatures: number,
  { bias }: { readonly bias: boolean },
): LinearParameters {
  const kernel = params.linear(
    names.map((name) => `${name}.weight`),
    inFeatures,
    outFeatures,
  );
  if (!bias) return { kernel };
  return {
    kernel,
    bias: params.vectors(
      names.map((name) => `${name}.bias`),
      outFeatures,
    ),
  };
}

/** A 1x1 convolution of the file, used as the linear layer that it is. */
export function readPointwise(
  params: ParameterReader,
  inFeatures: number,
  outFeatures: number,
): LinearParameters {
  const kernel = params.pointwise('weight', inFeatures, outFeatures);
  return { kernel, bias: params.vector('bias', outFeatures) };
}

/** [..., in] to [..., out]. Two-dimensional inside: batched products and their bias are slow or wrong on wasm. */
export function linear<T extends tf.Tensor>(x: T, parameters: LinearParameters): T {
  const { kernel, bias } = parameters;
  const [inFeatures, outFeatures] = kernel.shape;
  if (taping() && offersKernel(LINEAR, inFeatures) && offersKernel(LINEAR_GRAD, inFeatures)) {
    return tf.tidy(() => differentiableLinear(x, parameters)) as T;
  }
  return tf.tidy(() => {
    const rows = rowsOf(x, inFeatures);
    const y = bias === undefined ? tf.matMul(rows, kernel) : tf.fused.matMul({ a: rows, b: kernel, bias });
    return tf.reshape(y, [...x.shape.slice(0, -1), outFeatures]);
  }) as T;
}

const rowsOf = (x: tf.Tensor, features: number): tf.Tensor2D =>
  tf.reshape(x, [x.size / features, features]) as tf.Tensor2D;

/** The kernel with its gradient. One operation of the tape: the reshapes are inside. */
function differentiableLinear(x: tf.Tensor, { kernel, bias }: LinearParameters): tf.Tensor {
  const [inFeatures, outFeatures] = kernel.shape;
  const inputs: Readonly<Record<string, tf.Tensor>> =
    bias === undefined ? { x, kernel } : { x, kernel, bias };
  return differentiable(
    inputs,
    ['x', 'kernel'],
    (values) => {
      const y = runFusedKernel(LINEAR, { ...values, x: rowsOf(x, inFeatures) }, {});
      return tf.reshape(y, [...x.shape.slice(0, -1), outFeatures]);
    },
    (dy, saved) => {
      const values = saved as { readonly x: tf.Tensor; readonly kernel: tf.Tensor };
      const [dx, ...others] = runFusedKernels(
        LINEAR_GRAD,
        { dy: rowsOf(dy, outFeatures), x: rowsOf(values.x, inFeatures), kernel: values.kernel },
        {},
      ) as [tf.Tensor, tf.Tensor, tf.Tensor];
      return [tf.reshape(dx, values.x.shape), ...others.slice(0, bias === undefined ? 1 : 2)];
    },
  );
}
