// What our kernels for the wasm backend have in common: the addresses of their inputs, their results, their scratch.
import type * as tf from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { wasmInternals } from '../tfjsInternals/wasm.ts';
import { registerFusedKernel } from '../../nn/kernels.ts';

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
export const divisibleBy4 = (size: number): boolean => size % 4 === 0;

/** Parts into which work is cut. Never the number of threads: sums must not depend on it. */
export const PARTS = 8;

/** Cuts 0 to `count` into at most `parts` ranges of about the same length. */
export function ranges(
  count: number,
  parts = PARTS,
): readonly { readonly first: number; readonly count: number }[] {
  const cuts = Math.max(1, Math.min(parts, count));
  return Array.from({ length: cuts }, (_, i) => {
    const first = Math.floor((i * count) / cuts);
    return { first, count: Math.floor(((i + 1) * count) / cuts) - first };
  });
}

/** A tensor of a kernel's call: where it lies, and its shape. */
export interface Argument {
  readonly address: number;
  readonly shape: readonly number[];
}

/** One call of a kernel. Everything it makes for itself is freed by `finish`. */
export class KernelCall {
  readonly backend: BackendWasm;
  readonly attributes: Readonly<Record<string, number>>;
  readonly results: tf.TensorInfo[] = [];
  readonly #inputs: Readonly<Record<string, tf.TensorInfo | undefined>>;
  readonly #temporary: tf.TensorInfo[] = [];

  constructor(inputs: unknown, attributes: unknown, backend: unknown) {
    this.#inputs = inputs as Record<string, tf.TensorInfo | undefined>;
    this.attributes = attributes as Record<string, number>;
    this.backend = backend as BackendWasm;
  }

  has(name: string): boolean {
    return this.#inputs[name] !== undefined;
  }

  info(name: string): tf.TensorInfo {
    const info = this.#inputs[name];
    if (info === undefined) throw new Error(`kernel input '${name}' is missing`);
    return info;
  }

  input(name: string): Argument {
    const info = this.info(name);
    return { address: this.backend.getMemoryOffset(info.dataId), shape: info.shape };
  }

  attribute(name: string): number {
    const value = this.attributes[name];
    if (value === undefined) throw new Error(`kernel attribute '${name}' is missing`);
    return value;
  }

  /** The address of a new result. */
  output(shape: readonly number[]): number {
    const info = this.backend.makeOutput([...shape], 'float32');
    this.results.push(info);
    return this.backend.getMemoryOffset(info.dataId);
  }

  /** The address of that many floats. */
  scratch(floats: number): number {
    const info = this.backend.makeOutput([floats], 'float32');
    this.#temporary.push(info);
    return this.backend.getMemoryOffset(info.dataId);
  }

  /** All memory, as it is now: it may move when something is allocated. */
  get bytes(): Uint8Array {
    return wasmInternals(this.backend).wasm.HEAPU8;
  }

  finish(): void {
    for (const { dataId } of this.#temporary) this.backend.disposeData(dataId);
    this.#temporary.length = 0;
  }
}

/** Wraps a kernel that has one result. */
export function oneResult(name: string, run: (call: KernelCall) => void): tf.KernelFunc {
  const many = manyResults(run);
  return (options) => {
    const [result] = many(options) as tf.TensorInfo[];
    if (result === undefined) throw new Error(`kernel ${name} made no output`);
    return result;
  };
}

/** Wraps a kernel that has several results, or none. */
export function manyResults(run: (call: KernelCall) => void): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const call = new KernelCall(inputs, attrs, backend);
    try {
      run(call);
    } finally {
      call.finish();
    }
    return call.results;
  };
}

/** Registers a kernel of ours that has one result. */
export function registerOne(
  name: string,
  supports: (channels: number) => boolean,
  run: (call: KernelCall) => void,
): void {
  registerFusedKernel({ name, backend: 'wasm', supports, run: oneResult(name, run) });
}

/** Registers a kernel of ours that has several results, or none. */
export function registerMany(
  name: string,
  supports: (channels: number) => boolean,
  run: (call: KernelCall) => void,
): void {
  registerFusedKernel({ name, backend: 'wasm', supports, run: manyResults(run) });
}
