// Measurements of this library beside those of PyTorch: do they differ by more than chance?
import type { Measured } from './promptAccuracy.ts';

export interface Compared {
  readonly name: string;
  readonly here: Measured;
  readonly there: Measured | undefined;
  /** Undefined where there is nothing to compare with. */
  readonly agrees: boolean | undefined;
}

/** An interval of 95% is 1.96 standard errors to each side; two that differ by more than 3 of their difference disagree. */
const REACH = 3 / 1.96;

/** What lies at the end of a path of keys; undefined where it breaks off. */
function valueAt(value: unknown, keys: readonly string[]): unknown {
  let at = value;
  for (const key of keys) at = (at as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  return at;
}

const isNumber = (value: unknown): value is number => typeof value === 'number';
const isPair = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every(isNumber);

/** A measurement of evaluate.py's file by its path: a number with its interval beside it, or both in one object. */
export function storedMeasurement(metrics: unknown, path: string): Measured | undefined {
  const keys = path.split('/');
  const [last, parent] = [keys.at(-1) ?? '', keys.slice(0, -1)];
  const found = valueAt(metrics, keys);
  if (isNumber(found)) {
    const beside = valueAt(metrics, [...parent, `${last}Interval`]);
    const inside = valueAt(metrics, [...parent.slice(0, -1), `${parent.at(-1) ?? ''}Interval`, last]);
    const interval = [beside, inside].find(isPair);
    return { value: found, interval: interval ?? [found, found] };
  }
  const { value, mean, standardError, interval } = (found ?? {}) as Record<string, unknown>;
  const number = [value, mean].find(isNumber);
  if (number === undefined) return undefined;
  if (isPair(interval)) return { value: number, interval };
  const half = 1.96 * (isNumber(standardError) ? standardError : 0);
  return { value: number, interval: [number - half, number + half] };
}

const half = ({ interval: [low, high] }: Measured): number => (high - low) / 2;

/**
 * Whether two measurements may be of one thing.
 * @param least the smallest error bar that a share of so few pictures can have: of 0% or 100% the bootstraps see none
 */
export function agree(a: Measured, b: Measured, least: number): boolean {
  return Math.abs(a.value - b.value) <= Math.max(least, REACH * Math.hypot(half(a), half(b)));
}

/** An attribute is stated by three prompts in ten, or more. */
const STATED = 0.3;

/** Every measurement beside the stored one of its name. @param count pictures that ours were made of */
export function compareAll(
  results: ReadonlyMap<string, Measured>,
  metrics: unknown,
  count: number,
): Compared[] {
  return [...results].map(([name, here]) => {
    const there = storedMeasurement(metrics, name);
    const pictures = name.includes('/perAttribute/') ? STATED * count : count;
    return { name, here, there, agrees: there && agree(here, there, 3 / pictures) };
  });
}
