// What a reference folder holds and how the library's tensors are compared with it, row by row.
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, ModelSource, StateDict } from '@noisebook/ldm/numbers';
import type { Reference } from './parityReference.ts';

/** max |a - b| / max |b|, for networks and samplers */
export const TOLERANCE = 1e-4;
/** The same for a whole guided generation, which multiplies small differences. */
export const PIPELINE_TOLERANCE = 1e-3;

export interface ParityRow {
  readonly tensor: string;
  /** max |a - b| / max |b|; for the tokenizer the share of texts that differ. NaN if nothing could be compared. */
  readonly error: number;
  readonly tolerance: number;
  readonly passed: boolean;
  /** Why a row failed, where the numbers do not say it. */
  readonly note?: string;
}

/** max |a - b| / max |b|; Infinity for another length, NaN for numbers that are none. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Infinity;
  let worst = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const b = expected[i] as number;
    const difference = Math.abs((actual[i] as number) - b);
    if (Number.isNaN(difference)) return NaN;
    worst = Math.max(worst, difference);
    largest = Math.max(largest, Math.abs(b));
  }
  return largest === 0 ? worst : worst / largest;
}

export class ParityTable {
  readonly rows: ParityRow[] = [];
  readonly source: ModelSource;
  readonly reference: Reference;
  readonly tensors: StateDict;
  readonly #onRow: ((row: ParityRow) => void) | undefined;

  constructor(
    source: ModelSource,
    reference: Reference,
    tensors: StateDict,
    onRow: ((row: ParityRow) => void) | undefined,
  ) {
    this.source = source;
    this.reference = reference;
    this.tensors = tensors;
    this.#onRow = onRow;
  }

  add(row: ParityRow): void {
    this.rows.push(row);
    this.#onRow?.(row);
  }

  host(name: string): HostTensor {
    const found = this.tensors.get(name);
    if (found === undefined) {
      throw new Error(`reference.safetensors: the tensor '${name}' is missing; write the folder anew`);
    }
    return found;
  }

  /** An NCHW tensor of the reference, in NHWC; or one of another rank as it is. */
  input(name: string): tf.Tensor {
    const { data, shape } = this.host(name);
    return tf.tidy(() => {
      const tensor = tf.tensor(data, [...shape]);
      return shape.length === 4 ? tf.transpose(tensor, [0, 2, 3, 1]) : tensor;
    });
  }

  /** Compares and disposes our tensor (NHWC, or of another rank as it is). */
  async compare(name: string, ours: tf.Tensor, tolerance = TOLERANCE): Promise<void> {
    const expected = this.host(name);
    const nchw = tf.tidy(() => (ours.rank === 4 ? tf.transpose(ours, [0, 3, 1, 2]) : tf.clone(ours)));
    ours.dispose();
    const data = (await nchw.data()) as Float32Array;
    const shape = nchw.shape;
    nchw.dispose();
    if (shape.join() !== expected.shape.join()) {
      const note = `expected shape [${expected.shape.join(', ')}], got [${shape.join(', ')}]`;
      this.add({ tensor: name, error: NaN, tolerance, passed: false, note });
      return;
    }
    this.compareData(name, data, expected.data, tolerance);
  }

  compareData(name: string, ours: Float32Array, expected: Float32Array, tolerance = TOLERANCE): void {
    const error = relativeError(ours, expected);
    this.add({ tensor: name, error, tolerance, passed: error <= tolerance });
  }
}
