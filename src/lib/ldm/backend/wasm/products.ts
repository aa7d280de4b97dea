// Convolutions and matrix products on the wasm backend by our SIMD loops: forward, and the gradients by input and filter.
import { PANEL } from './simd/convolution.ts';
import type { Call, RunCalls } from './module.ts';
import { PARTS, ranges, type KernelCall } from './register.ts';

const up = (size: number, to: number): number => Math.ceil(size / to) * to;

/** Rows of a matrix that are worked on as one row of pixels. */
const STRIP = 64;
/** Rows of a matrix whose share of the filter's gradient is summed before the next ones are read. */
const BLOCK = 256;

/** Sizes of a convolution: NHWC, HWIO, zeros added on each side. */
export interface Geometry {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly inputs: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly outputs: number;
  readonly stride: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly top: number;
  readonly left: number;
}

/** Images laid out so that every window lies inside and its rows are whole vectors. Sizes in bytes. */
interface Padded {
  readonly address: number;
  /** Channels, a multiple of 4. */
  readonly channels: number;
  readonly pixel: number;
  readonly row: number;
  readonly image: number;
}

interface Frame {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Of the padded image. */
  readonly paddedHeight: number;
  readonly paddedWidth: number;
  readonly top: number;
  readonly left: number;
  /** Zeros between pixels, plus 1. */
  readonly spread: number;
}

function pad(run: RunCalls, kernel: KernelCall, x: number, frame: Frame): Padded {
  const { batch, height, width, channels, paddedHeight, paddedWidth, top, left, spread } = frame;
  const padded = up(channels, 4);
  const pixel = 4 * padded;
  const row = pixel * paddedWidth;
  const image = row * paddedHeight;
  const layout = { channels: padded, pixel, row, image };
  if (padded === channels && paddedHeight === height && paddedWidth === width && spread === 1) {
    return { address: x, ...layout };
  }
  const address = kernel.scratch((batch * image) / 4);
  const imageBytes = 4 * height * width * channels;
  run(
    ranges(batch).map(({ first, count }): Call => [
      'pad',
      x + first * imageBytes,
      address + first * image,
      count,
      height,
      width,
      4 * channels,
      image,
      spread * row,
      spread * pixel,
      top * row + left * pixel,
    ]),
  );
  return { address, ...layout };
}

interface Weights {
  readonly address: number;
  readonly taps: number;
  readonly inner: number;
  readonly outer: number;
  readonly tapStride: number;
  readonly innerStride: number;
  readonly outerStride: number;
}

/** Weights in panels; strides in floats. */
function pack(run: RunCalls, kernel: KernelCall, weights: Weights): number {
  const { address, taps, inner, outer, tapStride, innerStride, outerStride } = weights;
  const padded = up(inner, 4);
  const packed = kernel.scratch(up(outer, PANEL) * taps * padded);
  const panelFloats = taps * padded * PANEL;
  run(
    ranges(Math.ceil(outer / PANEL)).map(({ first, count }): Call => [
      'pack',
      address + 4 * first * PANEL * outerStride,
      packed + 4 * first * panelFloats,
      taps,
      inner,
      padded,
      Math.min(outer - first * PANEL, count * PANEL),
      4 * tapStride,
      4 * innerStride,
      4 * outerStride,
    ]),
  );
  return packed;
}

/** A bias that ends with whole vectors, or 0. */
function wholeBias(kernel: KernelCall, bias: number, channels: number): number {
  if (bias === 0 || channels % PANEL === 0) return bias;
  const whole = kernel.scratch(up(channels, PANEL));
  kernel.bytes.fill(0, whole, whole + 4 * up(channels, PANEL));
  kernel.bytes.copyWithin(whole, bias, bias + 4 * channels);
  return whole;
}

/** Windows of a padded image times packed weights. */
function windows(
  run: RunCalls,
  x: Padded,
  packed: number,
  bias: number,
  out: number,
  shape: {
    readonly batch: number;
    readonly height: number;
    readonly width: number;
    readonly channels: number;
    readonly stride: number;
    readonly kernelHeight: number;
    readonly kernelWidth: number;
  },
): void {
  const { batch, height, width, channels, stride, kernelHeight, kernelWidth } = shape;
  const rows = batch * height;
  run(
    ranges(rows).map(({ first, count }): Call => [
      'convolution',
      x.address,
      packed,
      bias,
      out + 4 * first * width * channels,
      count,
      first,
      height,
      x.image,
      stride * x.row,
      width,
      count * width,
      stride * x.pixel,
      kernelHeight,
      x.row,
      kernelWidth * x.pixel,
      4 * channels,
      4 * channels,
    ]),
  );
}

/** The input with its border, as forward and filter gradient read it. */
export function padInput(run: RunCalls, kernel: KernelCall, x: number, g: Geometry): Padded {
  return pad(run, kernel, x, {
    batch: g.batch,
    height: g.height,
    width: g.width,
    channels: g.inputs,
    // what a stride leaves over is padded nevertheless
    paddedHeight: Math.max(g.height + g.top, (g.outHeight - 1) * g.stride + g.kernelHeight),
    paddedWidth: Math.max(g.width + g.left, (g.outWidth - 1) * g.stride + g.kernelWidth),
    top: g.top,
    left: g.left,
    spread: 1,
  });
}

export function convolve(
  run: RunCalls,
  kernel: KernelCall,
  x: Padded,
  weights: number,
  bias: number,
  out: number,
  g: Geometry,
): void {
  const packed = pack(run, kernel, {
    address: weights,
    taps: g.kernelHeight * g.kernelWidth,
    inner: g.inputs,
    outer: g.outputs,
    tapStride: g.inputs * g.outputs,
    innerStride: g.outputs,
    outerStride: 1,
  });
  windows(run, x, packed, wholeBias(kernel, bias, g.outputs), out, {
    ...g,
    height: g.outHeight,
    width: g.outWidth,
    channels: g.outputs,
  });
}

/** True if `inputGradient` can do it: no more zeros on a side than a window reaches over. */
export const inputGradientFits = (g: Geometry): boolean =>
  g.top < g.kernelHeight &&
  g.left < g.kernelWidth &&
  (g.outHeight - 1) * g.stride - g.top < g.height &&
  (g.outWidth - 1) * g.stride - g.left < g.width;

/** dx: dy with zeros between (stride) and around, convolved with the filter turned by half a turn. */
export function inputGradient(
  run: RunCalls,
  kernel: KernelCall,
  dy: number,
  weights: number,
  dx: number,
  g: Geometry,
): void {
  const taps = g.kernelHeight * g.kernelWidth;
  const tapFloats = g.inputs * g.outputs;
  const spread = pad(run, kernel, dy, {
    batch: g.batch,
    height: g.outHeight,
    width: g.outWidth,
    channels: g.outputs,
    paddedHeight: g.height + g.kernelHeight - 1,
    paddedWidth: g.width + g.kernelWidth - 1,
    top: g.kernelHeight - 1 - g.top,
    left: g.kernelWidth - 1 - g.left,
    spread: g.stride,
  });
  const packed = pack(run, kernel, {
    address: weights + 4 * (taps - 1) * tapFloats,
    taps,
    inner: g.outputs,
    outer: g.inputs,
    tapStride: -tapFloats,
    innerStride: 1,
    outerStride: g.outputs,
  });
  windows(run, spread, packed, 0, dx, { ...g, channels: g.inputs, stride: 1 });
}

/** The filter's gradient, [taps, inputs, outputs] at `out`. `x` comes from `padInput`. */
export function filterGradient(
  run: RunCalls,
  kernel: KernelCall,
  x: Padded,
  dy: number,
  out: number,
  g: Geometry,
): void {
  const taps = g.kernelHeight * g.kernelWidth;
  const direct = x.channels === g.inputs && g.outputs % PANEL === 0;
  const wide = up(g.outputs, PANEL);
  const sums = direct ? out : kernel.scratch(taps * x.channels * wide);
  const tilesPerTap = (g.kernelWidth * x.channels) / 4;
  run(
    ranges(g.kernelHeight * tilesPerTap, 2 * PARTS).map(({ first, count }): Call => [
      'filter',
      x.address,
      dy,
      sums,
      first,
      count,
      tilesPerTap,
      x.row,
      g.batch,
      x.image,
      4 * g.outHeight * g.outWidth * g.outputs,
      g.outHeight,
      g.stride * x.row,
      4 * g.outWidth * g.outputs,
      g.outWidth,
      g.batch * g.outHeight * g.outWidth,
      g.stride * x.pixel,
      4 * g.outputs,
      4 * wide,
      4 * wide,
    ]),
  );
  if (!direct) narrow(kernel, sums, out, { taps, from: x.channels, to: g.inputs, wide, outputs: g.outputs });
}

/** Leaves out the rows and columns that were only padding. */
function narrow(
  kernel: KernelCall,
  from: number,
  to: number,
  sizes: { readonly taps: number; from: number; to: number; wide: number; outputs: number },
): void {
  const { bytes } = kernel;
  let target = to;
  for (let tap = 0; tap < sizes.taps; tap++) {
    for (let row = 0; row < sizes.to; row++) {
      const source = from + 4 * (tap * sizes.from + row) * sizes.wide;
      bytes.copyWithin(target, source, source + 4 * sizes.outputs);
      target += 4 * sizes.outputs;
    }
  }
}

/** Rows and columns of a matrix, of B in A B, and whether A or B lies transposed. */
export interface Product {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** out [rows, columns] = a [rows, inner] times b [inner, columns], or times b^T with b [columns, inner]. */
export function multiply(
  run: RunCalls,
  kernel: KernelCall,
  a: number,
  b: number,
  bias: number,
  out: number,
  { rows, inner, columns }: Product,
  transposed = false,
): void {
  const x = padRows(run, kernel, a, rows, inner);
  const packed = pack(run, kernel, {
    address: b,
    taps: 1,
    inner,
    outer: columns,
    tapStride: 0,
    innerStride: transposed ? 1 : columns,
    outerStride: transposed ? inner : 1,
  });
  const whole = wholeBias(kernel, bias, columns);
  run(
    ranges(Math.ceil(rows / STRIP)).map(({ first, count }): Call => [
      'convolution',
      x.address,
      packed,
      whole,
      out + 4 * first * STRIP * columns,
      count,
      first,
      rows,
      0,
      STRIP * x.pixel,
      STRIP,
      rows - first * STRIP,
      x.pixel,
      1,
      0,
      x.pixel,
      4 * columns,
      4 * columns,
    ]),
  );
}

/** out [inner, columns] = a^T y for a [rows, inner] and y [rows, columns]. */
export function multiplyTransposed(
  run: RunCalls,
  kernel: KernelCall,
  a: number,
  y: number,
  out: number,
  { rows, inner, columns }: Product,
): void {
  const x = padRows(run, kernel, a, rows, inner);
  const wide = up(columns, PANEL);
  const direct = x.channels === inner && wide === columns;
  const sums = direct ? out : kernel.scratch(x.channels * wide);
  run(
    ranges(x.channels / 4, 2 * PARTS).map(({ first, count }): Call => [
      'filter',
      x.address,
      y,
      sums,
      first,
      count,
      x.channels,
      0,
      Math.ceil(rows / BLOCK),
      BLOCK * x.pixel,
      BLOCK * 4 * columns,
      1,
      0,
      0,
      BLOCK,
      rows,
      x.pixel,
      4 * columns,
      4 * wide,
      4 * wide,
    ]),
  );
  if (!direct) narrow(kernel, sums, out, { taps: 1, from: x.channels, to: inner, wide, outputs: columns });
}

const padRows = (run: RunCalls, kernel: KernelCall, a: number, rows: number, inner: number): Padded =>
  pad(run, kernel, a, {
    batch: 1,
    height: 1,
    width: rows,
    channels: inner,
    paddedHeight: 1,
    paddedWidth: rows,
    top: 0,
    left: 0,
    spread: 1,
  });
