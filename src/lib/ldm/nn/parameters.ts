// Reads the weights of one model out of a state dict: checks every name and shape, converts layouts, owns the tensors;
// gives the weights back in the file's layouts.
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, StateDict } from '../weights/safetensors.ts';
import { asItIs, endToEnd, kernel, sideBySide, unpackTo, type FilePart, type Layout } from './layouts.ts';

/** How many problems an error message spells out before it only counts them. */
const MAX_REPORTED = 8;

/** One tensor that learns. It may hold several tensors of the file side by side, in the library's own layout. */
export interface Parameter {
  /** The diffusers names of what it holds, in order, e.g. `down_blocks.0.resnets.0.conv1.weight`. */
  readonly names: readonly string[];
  readonly variable: tf.Variable;
}

/** A network whose parameters can learn. `create(config, state, { trainable: true })` makes one. */
export interface Trainable {
  readonly parameters: readonly Parameter[];
  /**
   * The weights under their diffusers names and in PyTorch's layouts, read back from the device.
   * @param values other values for `parameters`, in their order: an EMA's
   */
  readState(values?: readonly tf.Tensor[]): Promise<StateDict>;
  dispose(): void;
}

export interface CreateOptions {
  /** Weights become `tf.Variable`s. */
  readonly trainable?: boolean;
}

/** A tensor that was read, and how the file's tensors lie in it. */
interface Entry {
  readonly layout: Layout;
  readonly tensor: tf.Tensor;
}

interface Book {
  readonly state: StateDict;
  readonly where: string;
  readonly trainable: boolean;
  /** Only asks what there should be: every tensor is taken to be there, none is made. */
  readonly survey: boolean;
  readonly used: Set<string>;
  readonly problems: string[];
  readonly entries: Entry[];
}

/** A matrix of the file that lies beside others: `name` below the prefix of `params`, `[out, in]`. */
export interface MatrixSource {
  readonly params: ParameterReader;
  readonly name: string;
  readonly out: number;
}

/**
 * A view of a state dict below a prefix. Modules ask for what they need by its diffusers name and PyTorch shape;
 * problems are collected and reported all at once by `finish`, each naming the key, the shape expected and the shape
 * that came. Tensors stay owned by the reader that `open` made: `dispose` frees them.
 */
export class ParameterReader implements Trainable {
  readonly #book: Book;
  readonly #prefix: string;

  private constructor(book: Book, prefix: string) {
    this.#book = book;
    this.#prefix = prefix;
  }

  /**
   * @param where what the weights belong to, for messages, e.g. `unet`
   * @param options `trainable`: every tensor becomes a `tf.Variable`, listed in `parameters`
   */
  static open(state: StateDict, where: string, { trainable = false }: CreateOptions = {}): ParameterReader {
    return new ParameterReader(
      { state, where, trainable, survey: false, used: new Set(), problems: [], entries: [] },
      '',
    );
  }

  /**
   * A reader that finds everything it is asked for, to learn what a model asks for: then see `asked`. The tensors that it
   * gives have shapes and no values; no backend is needed.
   */
  static survey(where: string): ParameterReader {
    const state: StateDict = new Map();
    return new ParameterReader(
      { state, where, trainable: false, survey: true, used: new Set(), problems: [], entries: [] },
      '',
    );
  }

  /** Every tensor of the file that was asked for, in that order. */
  get asked(): readonly FilePart[] {
    return this.#book.entries.flatMap(({ layout }) => layout.parts);
  }

  /** The variables, in the order in which they were read; none if the reader was not opened to train. */
  get parameters(): readonly Parameter[] {
    return this.#book.entries.flatMap(({ layout, tensor }) =>
      tensor instanceof tf.Variable
        ? [{ names: layout.parts.map(({ name }) => name), variable: tensor }]
        : [],
    );
  }

  scope(name: string | number): ParameterReader {
    return new ParameterReader(this.#book, `${this.#prefix}${name}.`);
  }

  /** Where this view is, such as `down_blocks.0.resnets.0`; '' at the top. */
  get path(): string {
    return this.#prefix.slice(0, -1);
  }

  has(name: string): boolean {
    return this.#book.state.has(this.#prefix + name);
  }

  /** A tensor as it is in the file. */
  raw(name: string, shape: readonly number[]): tf.Tensor {
    return this.#read(asItIs(this.#prefix + name, shape));
  }

  vector(name: string, length: number): tf.Tensor1D {
    return this.raw(name, [length]) as tf.Tensor1D;
  }

  /** Linear weights, `[out, in]` each in the file, side by side as one `[in, sum of out]` matrix. */
  linear(names: readonly string[], inFeatures: number, outFeatures: number): tf.Tensor2D {
    return this.matrices(
      names.map((name) => ({ params: this, name, out: outFeatures })),
      inFeatures,
    );
  }

  /** The same for layers of different places and widths. */
  matrices(sources: readonly MatrixSource[], inFeatures: number): tf.Tensor2D {
    const parts = sources.map(({ params, name, out }) => params.#part(name, [out, inFeatures]));
    return this.#read(sideBySide(parts, inFeatures)) as tf.Tensor2D;
  }

  /** The kernel of a 1x1 convolution, `[out, in, 1, 1]` in the file, as the `[in, out]` matrix that it is. */
  pointwise(name: string, inFeatures: number, outFeatures: number): tf.Tensor2D {
    const part = this.#part(name, [outFeatures, inFeatures, 1, 1]);
    return this.#read(sideBySide([part], inFeatures)) as tf.Tensor2D;
  }

  /** Bias vectors end to end. */
  vectors(names: readonly string[], length: number): tf.Tensor1D {
    return this.vectorsOf(names.map((name) => ({ params: this, name, out: length })));
  }

  /** The same for layers of different places and widths. */
  vectorsOf(sources: readonly MatrixSource[]): tf.Tensor1D {
    const parts = sources.map(({ params, name, out }) => params.#part(name, [out]));
    return this.#read(endToEnd(parts)) as tf.Tensor1D;
  }

  /** Convolution weights, OIHW in the file, HWIO here. */
  conv(name: string, shape: readonly [number, number, number, number]): tf.Tensor4D {
    return this.#read(kernel(this.#prefix + name, shape)) as tf.Tensor4D;
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

  /** The weights as the file has them, to the bit. Keys that were only ignored are left out. */
  async readState(values?: readonly tf.Tensor[]): Promise<StateDict> {
    const { entries, where } = this.#book;
    if (values !== undefined) {
      const expected = entries.map(({ layout }) => `[${layout.shape.join(', ')}]`);
      const got = values.map(({ shape }) => `[${shape.join(', ')}]`);
      const at = Array.from({ length: Math.max(expected.length, got.length) }, (_, i) => i).find(
        (i) => expected[i] !== got[i],
      );
      if (at !== undefined) {
        throw new Error(
          `${where}: expected ${entries.length} values shaped like the parameters, got ${values.length}; ` +
            `number ${at + 1}: expected ${expected[at] ?? 'none'}, got ${got[at] ?? 'none'}`,
        );
      }
    }
    const state = new Map<string, HostTensor>();
    for (const [index, { layout, tensor }] of entries.entries()) {
      const data = (await (values?.[index] ?? tensor).data()) as Float32Array;
      for (const [name, host] of unpackTo(layout, data)) state.set(name, host);
    }
    return state;
  }

  dispose(): void {
    const { entries, survey } = this.#book;
    if (!survey) for (const { tensor } of entries) tensor.dispose();
    entries.length = 0;
  }

  #part(name: string, shape: readonly number[]): FilePart {
    return { name: this.#prefix + name, shape };
  }

  #host({ name, shape }: FilePart): Float32Array {
    const { state, used, problems } = this.#book;
    const found = state.get(name);
    used.add(name);
    const expected = `[${shape.join(', ')}]`;
    if (found === undefined) {
      problems.push(`'${name}' is missing: expected shape ${expected}`);
    } else if (
      found.shape.length !== shape.length ||
      found.shape.some((size, axis) => size !== shape[axis])
    ) {
      problems.push(`'${name}': expected shape ${expected}, got [${found.shape.join(', ')}]`);
    } else {
      return found.data;
    }
    // `finish` will throw; until then go on with zeros, to report every problem at once.
    return new Float32Array(tf.util.sizeFromShape([...shape]));
  }

  #read(layout: Layout): tf.Tensor {
    const { survey, entries } = this.#book;
    const tensor = survey
      ? new tf.Tensor([...layout.shape], 'float32', {}, -1 - entries.length)
      : this.#make(layout);
    entries.push({ layout, tensor });
    return tensor;
  }

  #make(layout: Layout): tf.Tensor {
    const data = layout.pack(layout.parts.map((part) => this.#host(part)));
    const values = tf.tensor(data, [...layout.shape], 'float32');
    if (!this.#book.trainable) return tf.keep(values);
    const variable = tf.variable(values);
    values.dispose();
    return variable;
  }
}
