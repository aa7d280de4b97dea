// Reads the weights of one model out of a state dict: checks every name and shape, converts layouts, owns the tensors.
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, StateDict } from '../weights/safetensors.ts';

/** How many problems an error message spells out before it only counts them. */
const MAX_REPORTED = 8;

interface Book {
  readonly state: StateDict;
  readonly where: string;
  readonly used: Set<string>;
  readonly problems: string[];
  readonly tensors: tf.Tensor[];
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** `[out, in]` row-major (PyTorch) to `[in, out]`, so that y = x W needs no transposed product. */
function transposeMatrix(data: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c] as number;
  }
  return out;
}

/** OIHW (PyTorch) to HWIO (TensorFlow). */
export function oihwToHwio(
  data: Float32Array,
  [o, i, h, w]: readonly [number, number, number, number],
): Float32Array {
  const out = new Float32Array(data.length);
  let read = 0;
  for (let a = 0; a < o; a++) {
    for (let b = 0; b < i; b++) {
      for (let p = 0; p < h * w; p++) out[(p * i + b) * o + a] = data[read++] as number;
    }
  }
  return out;
}

/**
 * A view of a state dict below a prefix. Modules ask for what they need by its diffusers name and PyTorch shape;
 * problems are collected and reported all at once by `finish`, each naming the key, the shape expected and the shape
 * that came. Tensors stay owned by the reader that `open` made: `dispose` frees them.
 */
export class ParameterReader {
  readonly #book: Book;
  readonly #prefix: string;

  private constructor(book: Book, prefix: string) {
    this.#book = book;
    this.#prefix = prefix;
  }

  /** @param where what the weights belong to, for messages, e.g. `unet` */
  static open(state: StateDict, where: string): ParameterReader {
    return new ParameterReader({ state, where, used: new Set(), problems: [], tensors: [] }, '');
  }

  scope(name: string | number): ParameterReader {
    return new ParameterReader(this.#book, `${this.#prefix}${name}.`);
  }

  has(name: string): boolean {
    return this.#book.state.has(this.#prefix + name);
  }

  /** A tensor as it is in the file. */
  raw(name: string, shape: readonly number[]): tf.Tensor {
    return this.#own(this.#host(name, shape).data, shape);
  }

  vector(name: string, length: number): tf.Tensor1D {
    return this.raw(name, [length]) as tf.Tensor1D;
  }

  /** Linear weights, `[out, in]` each in the file, side by side as one `[in, sum of out]` matrix. */
  linear(names: readonly string[], inFeatures: number, outFeatures: number): tf.Tensor2D {
    const total = outFeatures * names.length;
    const merged = new Float32Array(total * inFeatures);
    names.forEach((name, index) => {
      merged.set(this.#host(name, [outFeatures, inFeatures]).data, index * outFeatures * inFeatures);
    });
    return this.#own(transposeMatrix(merged, total, inFeatures), [inFeatures, total]) as tf.Tensor2D;
  }

  /** Bias vectors end to end. */
  vectors(names: readonly string[], length: number): tf.Tensor1D {
    const merged = new Float32Array(length * names.length);
    names.forEach((name, index) => merged.set(this.#host(name, [length]).data, index * length));
    return this.#own(merged, [merged.length]) as tf.Tensor1D;
  }

  /** Convolution weights, OIHW in the file, HWIO here. */
  conv(name: string, shape: readonly [number, number, number, number]): tf.Tensor4D {
    const [o, i, h, w] = shape;
    return this.#own(oihwToHwio(this.#host(name, shape).data, shape), [h, w, i, o]) as tf.Tensor4D;
  }

  /** Hands over a tensor derived from the weights, to be freed with them. */
  adopt(tensor: tf.Tensor): void {
    this.#book.tensors.push(tensor);
  }

  /** Frees tensors that were only needed while reading. */
  release(tensors: readonly tf.Tensor[]): void {
    for (const tensor of tensors) {
      const at = this.#book.tensors.indexOf(tensor);
      if (at >= 0) this.#book.tensors.splice(at, 1);
      tensor.dispose();
    }
  }

  /** Marks a key as known but not needed. */
  ignore(name: string): void {
    this.#book.used.add(this.#prefix + name);
  }

  /**
   * Call after everything was read.
   * @throws if a weight is missing, has another shape, or was never asked for; frees all tensors first
   */
  finish(): void {
    const { state, used, problems, where } = this.#book;
    for (const [key, tensor] of state) {
      if (!used.has(key)) {
        problems.push(`'${key}' [${tensor.shape.join(', ')}] is not part of this architecture: not expected`);
      }
    }
    if (problems.length === 0) return;
    this.dispose();
    const shown = problems.slice(0, MAX_REPORTED).map((problem) => `\n  ${problem}`);
    const rest = problems.length - shown.length;
    throw new Error(
      `${where}: the weights do not fit the config (${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}).` +
        `${shown.join('')}${rest > 0 ? `\n  and ${rest} more` : ''}\nCheck that the config and the weights come from the same model.`,
    );
  }

  dispose(): void {
    tf.dispose(this.#book.tensors);
    this.#book.tensors.length = 0;
  }

  #host(name: string, shape: readonly number[]): HostTensor {
    const key = this.#prefix + name;
    const { state, used, problems } = this.#book;
    const found = state.get(key);
    used.add(key);
    const expected = `[${shape.join(', ')}]`;
    if (found === undefined) {
      problems.push(`'${key}' is missing: expected shape ${expected}`);
    } else if (
      found.shape.length !== shape.length ||
      found.shape.some((size, axis) => size !== shape[axis])
    ) {
      problems.push(`'${key}': expected shape ${expected}, got [${found.shape.join(', ')}]`);
    } else {
      return found;
    }
    // `finish` will throw; until then go on with zeros, to report every problem at once.
    return { shape, dtype: 'F32', data: new Float32Array(product(shape)) };
  }

  #own(data: Float32Array, shape: readonly number[]): tf.Tensor {
    const tensor = tf.keep(tf.tensor(data, [...shape], 'float32'));
    this.#book.tensors.push(tensor);
    return tensor;
  }
}
