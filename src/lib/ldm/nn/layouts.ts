// How tensors of a weight file lie in the tensors that the library computes with, and the way back.
import type { HostTensor } from '../weights/safetensors.ts';

/** One tensor of the file. */
export interface FilePart {
  /** Its full name, e.g. `down_blocks.0.resnets.0.conv1.weight`. */
  readonly name: string;
  /** As in the file. */
  readonly shape: readonly number[];
}

/** One tensor of the library: which tensors of the file it holds, and how. Both ways are exact. */
export interface Layout {
  readonly parts: readonly FilePart[];
  readonly shape: readonly number[];
  /** @param parts the values of `parts`, in their order */
  readonly pack: (parts: readonly Float32Array[]) => Float32Array;
  /** The inverse of `pack`. */
  readonly unpack: (data: Float32Array) => Float32Array[];
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** `[rows, columns]` row-major to `[columns, rows]`. */
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

/** HWIO to OIHW: the inverse of `oihwToHwio`, with the same sizes. */
export function hwioToOihw(
  data: Float32Array,
  [o, i, h, w]: readonly [number, number, number, number],
): Float32Array {
  const out = new Float32Array(data.length);
  let write = 0;
  for (let a = 0; a < o; a++) {
    for (let b = 0; b < i; b++) {
      for (let p = 0; p < h * w; p++) out[write++] = data[(p * i + b) * o + a] as number;
    }
  }
  return out;
}

function join(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function cut(data: Float32Array, parts: readonly FilePart[]): Float32Array[] {
  let at = 0;
  return parts.map(({ shape }) => data.slice(at, (at += product(shape))));
}

/** A tensor as it is in the file. */
export function asItIs(name: string, shape: readonly number[]): Layout {
  return {
    parts: [{ name, shape }],
    shape,
    pack: ([data]) => data as Float32Array,
    unpack: (data) => [data.slice()],
  };
}

/** Vectors end to end. */
export function endToEnd(parts: readonly FilePart[]): Layout {
  const total = parts.reduce((sum, { shape }) => sum + product(shape), 0);
  return { parts, shape: [total], pack: join, unpack: (data) => cut(data, parts) };
}

/**
 * Matrices of linear layers or of 1x1 convolutions, `[out, in]` or `[out, in, 1, 1]` each in the file, side by side as one
 * `[in, sum of out]`: y = x W needs no transposed product.
 */
export function sideBySide(parts: readonly FilePart[], inFeatures: number): Layout {
  const total = parts.reduce((sum, { shape }) => sum + (shape[0] as number), 0);
  return {
    parts,
    shape: [inFeatures, total],
    pack: (data) => transposeMatrix(join(data), total, inFeatures),
    unpack: (data) => cut(transposeMatrix(data, inFeatures, total), parts),
  };
}

/** A convolution's kernel, OIHW in the file, HWIO here. */
export function kernel(name: string, shape: readonly [number, number, number, number]): Layout {
  const [o, i, h, w] = shape;
  return {
    parts: [{ name, shape }],
    shape: [h, w, i, o],
    pack: ([data]) => oihwToHwio(data as Float32Array, shape),
    unpack: (data) => [hwioToOihw(data, shape)],
  };
}

/** The tensors of the file that a tensor's values hold. */
export function unpackTo(layout: Layout, data: Float32Array): [string, HostTensor][] {
  const values = layout.unpack(data);
  return layout.parts.map(({ name, shape }, index) => [
    name,
    { shape, dtype: 'F32', data: values[index] as Float32Array },
  ]);
}
