// The loss and its gradient for every parameter.
import * as tf from '@tensorflow/tfjs-core';
import { registerOpGradients } from '../nn/opGradients.ts';
import type { Parameter } from './types.ts';

export interface LossAndGradients<A> {
  readonly loss: tf.Scalar;
  /** In the order of the parameters. Zeros where the loss does not depend on one. */
  readonly gradients: tf.Tensor[];
  /** Whatever else the loss function returned. */
  readonly aux: Omit<A, 'loss'>;
}

/** Frees what a forward pass that failed has saved for its gradient. */
function dropTape(): void {
  const { activeTape } = tf.engine().state;
  // The engine's own type does not say that it is null between gradients.
  if (!Array.isArray(activeTape)) return;
  for (const { saved } of activeTape) if (saved !== undefined) tf.dispose(saved);
  activeTape.length = 0;
}

/**
 * Runs the loss function and differentiates it. Tensors made inside it are freed, whether it returns or throws; the caller
 * (or its tidy) owns the result.
 * @param lossFunction returns the `loss`, and other tensors to keep, which no gradient goes through
 */
export function gradients<A extends { readonly [K in keyof A]: tf.Tensor } & { readonly loss: tf.Scalar }>(
  parameters: readonly Parameter[],
  lossFunction: () => A,
): LossAndGradients<A> {
  registerOpGradients();
  const kept: [string, tf.Tensor][] = [];
  const variables = parameters.map(({ variable }) => variable);
  try {
    const { value, grads } = tf.variableGrads(() => {
      const { loss, ...aux } = lossFunction();
      for (const [name, tensor] of Object.entries<tf.Tensor>(aux)) {
        kept.push([name, tf.keep(tf.clone(tensor))]);
      }
      return loss;
    }, variables);
    return {
      loss: value,
      gradients: variables.map(({ name, shape }) => grads[name] ?? tf.zeros(shape)),
      // clones belong to the caller's scope, which kept ones do not
      aux: Object.fromEntries(kept.map(([name, tensor]) => [name, tf.clone(tensor)])) as Omit<A, 'loss'>,
    };
  } catch (error) {
    dropTape();
    throw error;
  } finally {
    tf.dispose(kept.map(([, tensor]) => tensor));
  }
}
