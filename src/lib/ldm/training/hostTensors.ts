// Tensors that belong to parameters, one each: read back to be stored, checked and written when a run goes on.
import type * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, StateDict } from '../weights/safetensors.ts';
import type { Parameter } from './types.ts';

/** What the tensor of a parameter is called: for its first tensor of the file. */
const keyOf = ({ names }: Parameter, prefix: string): string => `${prefix}${names.join('+')}`;

/** @throws Error when two parameters share a name: keep the parts of a run apart */
export function checkNames(parameters: readonly Parameter[]): void {
  const seen = new Set<string>();
  for (const name of parameters.flatMap(({ names }) => names)) {
    if (seen.has(name)) throw new Error(`parameters: expected each name once, got '${name}' twice`);
    seen.add(name);
  }
}

/** Reads tensors back, one a parameter, in the library's layout. */
export async function readTensors(
  parameters: readonly Parameter[],
  tensors: readonly tf.Tensor[],
  prefix: string,
): Promise<[string, HostTensor][]> {
  const out: [string, HostTensor][] = [];
  for (const [index, parameter] of parameters.entries()) {
    const tensor = tensors[index] as tf.Tensor;
    const data = ((await tensor.data()) as Float32Array).slice();
    out.push([keyOf(parameter, prefix), { shape: tensor.shape, dtype: 'F32', data }]);
  }
  return out;
}

/**
 * The stored tensors of the parameters, in their order.
 * @throws Error naming the first that is missing or has another shape
 */
export function findTensors(
  parameters: readonly Parameter[],
  state: StateDict,
  prefix: string,
): readonly HostTensor[] {
  return parameters.map((parameter) => {
    const key = keyOf(parameter, prefix);
    const found = state.get(key);
    const expected = `[${parameter.variable.shape.join(', ')}]`;
    const got = found === undefined ? 'nothing' : `[${found.shape.join(', ')}]`;
    if (found === undefined || got !== expected) {
      throw new Error(
        `'${key}': expected shape ${expected}, got ${got}. The checkpoint belongs to another model.`,
      );
    }
    return found;
  });
}
