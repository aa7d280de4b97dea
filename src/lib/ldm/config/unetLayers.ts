// transformer_layers_per_block and its reverse: numbers, lists, or lists of lists, made into one form.
import { at } from '../base/at.ts';
import type { ConfigReader } from './reader.ts';

export interface TransformerLayers {
  /** Per level from the finest, per resnet. */
  readonly down: readonly (readonly number[])[];
  readonly mid: number;
  /** Per level from the coarsest, per resnet (one more than on the way down). */
  readonly up: readonly (readonly number[])[];
}

/** `layers`: resnets of each level on the way down. */
export function readTransformerLayers(reader: ConfigReader, layers: readonly number[]): TransformerLayers {
  const key = 'transformer_layers_per_block';
  const reverseKey = 'reverse_transformer_layers_per_block';
  const levels = layers.length;
  const value = reader.raw(key) ?? 1;
  const perLevel: readonly unknown[] = Array.isArray(value) ? value : layers.map(() => value);
  if (perLevel.length !== levels) reader.fail(key, `${levels} entries, one for each level`);
  const reverse = reader.raw(reverseKey) ?? null;
  if (reverse === null && perLevel.some((entry) => Array.isArray(entry))) {
    reader.fail(key, `whole numbers, or lists together with "${reverseKey}"`);
  }
  const upward: readonly unknown[] =
    reverse === null ? perLevel.toReversed() : Array.isArray(reverse) ? reverse : [];
  if (upward.length !== levels) reader.fail(reverseKey, `a list of ${levels} entries, one for each level`);
  const resnetsUp = layers.toReversed().map((count) => count + 1);
  const coarsest = perLevel[levels - 1];
  return {
    down: perLevel.map((entry, i) => spread(reader, key, entry, at(layers, i))),
    mid:
      (Array.isArray(coarsest)
        ? spread(reader, key, coarsest, at(layers, levels - 1))
        : spread(reader, key, coarsest, 1))[0] ?? 1,
    up: upward.map((entry, i) =>
      spread(reader, reverse === null ? key : reverseKey, entry, at(resnetsUp, i)),
    ),
  };
}

/** One number for every resnet of a level. */
function spread(reader: ConfigReader, key: string, entry: unknown, resnets: number): readonly number[] {
  const isCount = (item: unknown): item is number => Number.isSafeInteger(item) && (item as number) >= 0;
  if (isCount(entry)) return Array.from({ length: resnets }, () => entry);
  const list: readonly unknown[] = Array.isArray(entry) ? entry : [];
  if (list.length !== resnets || !list.every(isCount)) {
    return reader.fail(key, `a whole number from 0, or a list of ${resnets} of them for this level`, entry);
  }
  return list;
}
