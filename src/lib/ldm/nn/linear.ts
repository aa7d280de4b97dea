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
export function linear<T extends tf.Tensor>(x: T, { kernel, bias }: LinearParameters): T {
  const [inFeatures, outFeatures] = kernel.shape;
  return tf.tidy(() => {
    const rows = tf.reshape(x, [x.size / inFeatures, inFeatures]) as tf.Tensor2D;
    return tf.reshape(product(rows, { kernel, ...(bias && { bias }) }), [
      ...x.shape.slice(0, -1),
      outFeatures,
    ]);
  }) as T;
}

/** [N, in] to [N, out]. */
function product(x: tf.Tensor2D, { kernel, bias }: LinearParameters): tf.Tensor {
  if (taping() && offersKernel(LINEAR, kernel.shape[0]) && offersKernel(LINEAR_GRAD, kernel.shape[0])) {
    const inputs: Readonly<Record<string, tf.Tensor>> =
      bias === undefined ? { x, kernel } : { x, kernel, bias };
    return differentiable(
      inputs,
      ['x', 'kernel'],
      (values) => runFusedKernel(LINEAR, values, {}),
      (dy, values) => {
        const gradients = runFusedKernels(LINEAR_GRAD, { dy, ...values }, {});
        return bias === undefined ? gradients.slice(0, 2) : gradients;
      },
    );
  }
  return bias === undefined ? tf.matMul(x, kernel) : tf.fused.matMul({ a: x, b: kernel, bias });
}
