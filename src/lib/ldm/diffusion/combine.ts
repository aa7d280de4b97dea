// Weighted sums of tensors, in as few kernels as possible.
import * as tf from '@tensorflow/tfjs-core';

export type Term = readonly [weight: number, tensor: tf.Tensor4D];

/**
 * Sum of weight times tensor over tensors of one shape. Terms of weight 0 are left out (also when their tensor
 * is not finite), weights 1 and -1 cost no multiplication. Always returns a tensor of its own.
 */
export function weightedSum(...terms: readonly Term[]): tf.Tensor4D {
  const first = terms[0];
  if (!first) throw new Error('weightedSum: expected at least one term.');
  return tf.tidy(() => {
    // Terms added as they are come first, so that -1 becomes a subtraction.
    const used = terms.filter(([weight]) => weight !== 0).sort(([a], [b]) => cost(a) - cost(b));
    let sum: tf.Tensor4D | undefined;
    for (const [weight, tensor] of used) {
      if (!sum) sum = weight === 1 ? tensor : tf.mul(tensor, weight);
      else if (weight === 1) sum = tf.add(sum, tensor);
      else if (weight === -1) sum = tf.sub(sum, tensor);
      else sum = tf.add(sum, tf.mul(tensor, weight));
    }
    if (!sum) return tf.zerosLike(first[1]);
    // A lone term of weight 1 would be handed back itself, and then be disposed twice.
    return used.length === 1 && used[0]?.[0] === 1 ? tf.clone(sum) : sum;
  });
}

function cost(weight: number): number {
  return weight === 1 ? 0 : weight === -1 ? 2 : 1;
}
