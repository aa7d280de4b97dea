// A fused kernel with the gradient that another kernel computes, as one operation of the tape.
import * as tf from '@tensorflow/tfjs-core';

type Named = Readonly<Record<string, tf.Tensor>>;

/**
 * Runs `forward` and records how its gradient is made.
 * @param inputs what a gradient goes through
 * @param kept those that `gradient` needs; the others it does not get
 * @param gradient one tensor for each input, in their order
 */
export function differentiable<N extends string, K extends N>(
  inputs: Readonly<Record<N, tf.Tensor>>,
  kept: readonly K[],
  forward: (inputs: Readonly<Record<N, tf.Tensor>>) => tf.Tensor,
  gradient: (dy: tf.Tensor, kept: Readonly<Record<K, tf.Tensor>>) => tf.Tensor[],
): tf.Tensor {
  const tensors: Named = inputs;
  const run = tf.customGrad((...args) => {
    const save = args[args.length - 1] as tf.GradSaveFunc;
    save(kept.map((name) => tensors[name] as tf.Tensor));
    return {
      value: forward(inputs),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        gradient(dy, Object.fromEntries(kept.map((name, i) => [name, saved[i]])) as Record<K, tf.Tensor>),
    };
  });
  return run(...Object.values(tensors));
}
