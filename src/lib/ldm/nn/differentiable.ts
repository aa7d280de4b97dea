// A fused kernel with the gradient that another kernel computes, as one operation of the tape.
import * as tf from '@tensorflow/tfjs-core';

type Named = Readonly<Record<string, tf.Tensor>>;

/**
 * Runs `forward` and records how its gradient is made.
 * @param inputs what a gradient goes through; all are kept for `gradient`
 * @param gradient one tensor for each input, in their order
 */
export function differentiable<N extends string>(
  inputs: Readonly<Record<N, tf.Tensor>>,
  forward: (inputs: Readonly<Record<N, tf.Tensor>>) => tf.Tensor,
  gradient: (dy: tf.Tensor, inputs: Readonly<Record<N, tf.Tensor>>) => tf.Tensor[],
): tf.Tensor {
  const names = Object.keys(inputs);
  const named = (tensors: readonly tf.Tensor[]): Readonly<Record<N, tf.Tensor>> =>
    Object.fromEntries(names.map((name, i) => [name, tensors[i]])) as Readonly<Record<N, tf.Tensor>>;
  const run = tf.customGrad((...args) => {
    const save = args[args.length - 1] as tf.GradSaveFunc;
    const values = args.slice(0, -1) as tf.Tensor[];
    save(values);
    return {
      value: forward(named(values)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => gradient(dy, named(saved)),
    };
  });
  return run(...names.map((name) => (inputs as Named)[name] as tf.Tensor));
}
