// The few array functions of NumPy and PyTorch that schedules are made with, to the same rounding.
import { at } from '../base/at.ts';

/** numpy.linspace in float64. */
export function linspace(start: number, stop: number, count: number): Float64Array {
  const values = new Float64Array(count);
  const step = count > 1 ? (stop - start) / (count - 1) : 0;
  for (let i = 0; i < count; i++) values[i] = i * step + start;
  if (count > 1) values[count - 1] = stop;
  return values;
}

/** torch.linspace in float32: the first half counted from the start, the second from the end. */
export function linspaceFloat32(start: number, stop: number, count: number): Float32Array {
  const { fround } = Math;
  const [first, last] = [fround(start), fround(stop)];
  const step = count > 1 ? fround(fround(last - first) / (count - 1)) : 0;
  return Float32Array.from({ length: count }, (_, i) =>
    // One rounding each, as with the fused multiply-add that PyTorch's CPU code uses.
    i < count / 2 ? first + step * i : last - step * (count - i - 1),
  );
}

/** numpy.arange(start, 0, -step) for positive start and step. */
export function countDown(start: number, step: number): Float64Array {
  const delta = start - step - start;
  return Float64Array.from({ length: Math.ceil(-start / -step) }, (_, i) => start + i * delta);
}

/** Rounds halves to the even neighbour, as NumPy and Python do. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** numpy.interp over the positions 0, 1, 2 ... of `values`. */
export function interpolate(position: number, values: ArrayLike<number>): number {
  const last = values.length - 1;
  if (position <= 0) return at(values, 0);
  if (position >= last) return at(values, last);
  const low = Math.floor(position);
  const from = at(values, low);
  return from + (at(values, low + 1) - from) * (position - low);
}
