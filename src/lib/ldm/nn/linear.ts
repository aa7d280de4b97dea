// y = x W + b on the last axis.
import * as tf from '@tensorflow/tfjs-core';
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
    const y = bias === undefined ? tf.matMul(rows, kernel) : tf.fused.matMul({ a: rows, b: kernel, bias });
    return tf.reshape(y, [...x.shape.slice(0, -1), outFeatures]);
  }) as T;
}
