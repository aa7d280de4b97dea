// How many of the facts that prompts state are in the pictures, and how sure that is: what training/prompt_accuracy.py computes.
import { Rng } from '@noisebook/ldm/numbers';

/** One picture: what it should show, what was found, and which attributes the prompt states. All of one length. */
export interface MeasuredPicture {
  readonly truth: readonly number[];
  readonly found: readonly number[];
  readonly stated: readonly boolean[];
}

/** A share or another number, and where 95 of 100 bootstraps lie. */
export interface Measured {
  readonly value: number;
  readonly interval: readonly [number, number];
}

export interface PromptAccuracy {
  /** Mean over attributes of the share of stated facts that are right. */
  readonly mean: Measured;
  /** Share of pictures with every stated fact right. */
  readonly allRight: Measured;
  /** By attribute; undefined where no prompt states it. */
  readonly perAttribute: readonly (Measured | undefined)[];
}

const DRAWS = 1000;

/** How often each of `count` prompts is drawn: `DRAWS` bootstraps (Efron 1979), the same ones for a given count. */
function* resamples(count: number): Generator<Float64Array> {
  const rng = new Rng(`bootstrap/${count}`);
  for (let k = 0; k < DRAWS; k++) {
    const weights = new Float64Array(count);
    for (let i = 0; i < count; i++) weights[rng.int(count)]!++;
    yield weights;
  }
}

/** The value that a part `q` of the sorted values lie below, straight lines between them; NaN is left out. */
export function percentile(values: readonly number[], q: number): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const below = sorted[low] ?? NaN;
  return below + (at - low) * ((sorted[low + 1] ?? below) - below);
}

const measured = (value: number, drawn: readonly number[]): Measured => ({
  value,
  interval: [percentile(drawn, 0.025), percentile(drawn, 0.975)],
});

/** Shares for one weighting of the pictures: per attribute (NaN where none states it), their mean, all right. */
function shares(pictures: readonly MeasuredPicture[], weights: ArrayLike<number>): number[] {
  const attributes = pictures[0]?.truth.length ?? 0;
  const [right, stated] = [new Float64Array(attributes), new Float64Array(attributes)];
  let [whole, total] = [0, 0];
  for (const [i, picture] of pictures.entries()) {
    const weight = weights[i]!;
    if (weight === 0) continue;
    let every = true;
    for (let a = 0; a < attributes; a++) {
      if (picture.stated[a] !== true) continue;
      stated[a]! += weight;
      if (picture.found[a] === picture.truth[a]) right[a]! += weight;
      else every = false;
    }
    total += weight;
    if (every) whole += weight;
  }
  const each = Array.from(right, (value, a) => value / stated[a]!);
  const known = each.filter((value) => !Number.isNaN(value));
  return [known.reduce((sum, value) => sum + value, 0) / known.length, whole / total, ...each];
}

/**
 * Accuracy of pictures drawn from prompts, with 95% intervals over prompts.
 * @throws RangeError without pictures, or where their lists differ in length
 */
export function promptAccuracy(pictures: readonly MeasuredPicture[]): PromptAccuracy {
  const attributes = pictures[0]?.truth.length ?? 0;
  const fits = ({ truth, found, stated }: MeasuredPicture): boolean =>
    [truth, found, stated].every(({ length }) => length === attributes);
  if (attributes === 0 || !pictures.every(fits)) {
    throw new RangeError(
      `promptAccuracy: expected pictures with one number of attributes each, got ${pictures.length} pictures.`,
    );
  }
  const once = shares(pictures, new Float64Array(pictures.length).fill(1));
  const drawn = [...resamples(pictures.length)].map((weights) => shares(pictures, weights));
  const [mean, allRight, ...perAttribute] = once.map((value, k) =>
    measured(
      value,
      drawn.map((row) => row[k]!),
    ),
  );
  return {
    mean: mean!,
    allRight: allRight!,
    perAttribute: perAttribute.map((share) => (Number.isNaN(share.value) ? undefined : share)),
  };
}
