// What the denoiser's and the first stage's settings have in common.
import type { ConfigReader } from './reader.ts';

/** The activation of the resnets. gelu is the exact one (erf); "swish" is another name of silu. */
export type Activation = 'silu' | 'mish' | 'gelu' | 'relu';

const activations: ReadonlyMap<string, Activation> = new Map([
  ['silu', 'silu'],
  ['swish', 'silu'],
  ['mish', 'mish'],
  ['gelu', 'gelu'],
  ['relu', 'relu'],
]);

/** Upper and lower case count as the same, as in diffusers. */
export function readActivation(reader: ConfigReader, key: string): Activation {
  const value = reader.raw(key) ?? 'silu';
  const found = typeof value === 'string' ? activations.get(value.toLowerCase()) : undefined;
  return found ?? reader.fail(key, '"silu", "swish", "mish", "gelu" or "relu"', value);
}

/** Height and width from a number or a pair; null when the file leaves it open. */
export function readSampleSize(
  reader: ConfigReader,
  fallback: number | null,
): readonly [number, number] | null {
  const value = reader.raw('sample_size') ?? fallback;
  if (value === null) return null;
  const sides: readonly unknown[] = Array.isArray(value) ? value : [value, value];
  const [height, width, ...rest] = sides;
  const isSize = (size: unknown): size is number => Number.isSafeInteger(size) && (size as number) >= 1;
  if (!isSize(height) || !isSize(width) || rest.length > 0) {
    return reader.fail('sample_size', 'a whole number from 1, or a pair [height, width]', value);
  }
  return [height, width];
}

/** Group norms need the number of groups to divide the number of channels. */
export function checkGroups(reader: ConfigReader, groups: number, channels: number, what: string): void {
  if (channels % groups !== 0) {
    reader.fail('norm_num_groups', `a divisor of ${channels} (the channels of ${what})`, groups);
  }
}
