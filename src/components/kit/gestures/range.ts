// A value on a range in steps: where a drag along a row of pictures leads, where a key leads, where the value stands.
import { rounded } from '../../../writing/numbers.ts';

export interface Range {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** The nearest value that lies on a step of the range. */
export function snapped(value: number, { min, max, step }: Range): number {
  const steps = Math.round((Math.max(min, Math.min(max, value)) - min) / step);
  // Steps of 0.1 add up to 0.30000000000000004: say 0.3. The last step may be shorter.
  return Math.min(max, rounded(min + steps * step, 9));
}

/**
 * The value at a place along a row of `stops` pictures: the middle of the first stands for `min`, that of the last for
 * `max`.
 * @param part from 0 at the row's left edge to 1 at its right one
 */
export function valueAlong(part: number, stops: number, range: Range): number {
  const along = stops < 2 ? part : (part * stops - 0.5) / (stops - 1);
  return snapped(range.min + Math.max(0, Math.min(1, along)) * (range.max - range.min), range);
}

/** The reverse: where the value's middle is along the row, 0 to 1. */
export function placeAlong(value: number, stops: number, { min, max }: Range): number {
  const part = max > min ? (value - min) / (max - min) : 0;
  return stops < 2 ? part : (0.5 + part * (stops - 1)) / stops;
}

/** The value that a key leads to, as keys move a slider; undefined for any other key. */
export function valueAfterKey(value: number, key: string, range: Range): number | undefined {
  const { min, max, step } = range;
  const page = Math.max(step, (max - min) / 10);
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return snapped(value + step, range);
    case 'ArrowLeft':
    case 'ArrowDown':
      return snapped(value - step, range);
    case 'PageUp':
      return snapped(value + page, range);
    case 'PageDown':
      return snapped(value - page, range);
    case 'Home':
      return min;
    case 'End':
      return max;
    default:
      return undefined;
  }
}
