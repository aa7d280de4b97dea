// How far one step moves the largest parameters, and how large their gradients are.
import * as tf from '@tensorflow/tfjs-core';
import { at } from '../base/at.ts';
import type { UpdateTraceEvent, Parameter } from './types.ts';

export type ParameterUpdate = UpdateTraceEvent['updates'][number];

/** How many parameters are shown. */
const SHOWN = 8;

/** The largest parameters, each called by the first tensor of the file that it holds. */
function largest(parameters: readonly Parameter[]): number[] {
  return [...parameters.keys()]
    .sort((a, b) => sizeOf(parameters, b) - sizeOf(parameters, a) || a - b)
    .slice(0, SHOWN);
}

const sizeOf = (parameters: readonly Parameter[], index: number): number =>
  at(parameters, index).variable.size;

const length = (tensor: tf.Tensor): tf.Scalar => tf.sqrt(tf.sum<tf.Scalar>(tf.square(tensor)));

/** Begin before the step, `measure` after it, `dispose` in any case. */
export function traceUpdates(
  parameters: readonly Parameter[],
  gradients: readonly tf.Tensor[],
): { measure(): Promise<ParameterUpdate[]>; dispose(): void } {
  const indices = largest(parameters);
  const variables = indices.map((i) => at(parameters, i).variable);
  const { before, norms } = tf.tidy(() => ({
    // Copies: the optimizer may write into the parameters' own memory.
    before: variables.map((variable) => tf.mul(variable, 1)),
    norms: indices.map((i) => length(at(gradients, i))),
  }));
  return {
    async measure() {
      const all = tf.tidy(() =>
        tf.stack([...norms, ...variables.map((variable, i) => length(tf.sub(variable, at(before, i))))]),
      );
      const values = await all.data();
      all.dispose();
      return indices.map((index, i) => ({
        name: at(parameters, index).names[0] ?? '',
        gradient: at(values, i),
        change: at(values, indices.length + i),
      }));
    },
    dispose() {
      tf.dispose([...before, ...norms]);
    },
  };
}
