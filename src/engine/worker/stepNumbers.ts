// The numbers of one step: each list is read from the device when it is first wanted, and never if it is not.
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { StepOutput } from '../protocol/messages.ts';
import { numbers } from './pictures.ts';

export class StepNumbers {
  readonly #tensors: Readonly<Record<StepOutput, Tensor4D>>;
  readonly #read = new Map<StepOutput, Promise<Float32Array<ArrayBuffer>>>();

  /** @param tensors borrowed for as long as the step lasts */
  constructor(tensors: Readonly<Record<StepOutput, Tensor4D>>) {
    this.#tensors = tensors;
  }

  tensor(output: StepOutput): Tensor4D {
    return this.#tensors[output];
  }

  of(output: StepOutput): Promise<Float32Array<ArrayBuffer>> {
    const known = this.#read.get(output);
    if (known !== undefined) return known;
    const reading = numbers(this.#tensors[output]);
    this.#read.set(output, reading);
    return reading;
  }

  /** Those that are asked for, by name. */
  async all(outputs: readonly StepOutput[]): Promise<Partial<Record<StepOutput, Float32Array<ArrayBuffer>>>> {
    const lists: Partial<Record<StepOutput, Float32Array<ArrayBuffer>>> = {};
    for (const output of outputs) lists[output] = await this.of(output);
    return lists;
  }
}
