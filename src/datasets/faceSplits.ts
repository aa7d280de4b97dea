/** Which faces belong to training, validation and test, which combinations none of them shows, and drawing them. */
import { hashString, Rng } from '@noisebook/ldm/numbers';
import { canonicalFace, encodeFace, fabricColors, type Face, type FaceAttribute } from './faceAttributes.ts';

export type Split = 'train' | 'validation' | 'test' | 'heldout';
export const splits: readonly Split[] = ['train', 'validation', 'test', 'heldout'];

/** The seed that the published weights were trained with. */
export const defaultSeed = 'faces-1';

/**
 * Pairs of facts that no face of train, validation or test shows together. Each fact alone is common in
 * training, so a model that draws the pair has put it together itself.
 */
export const heldOutPairs: readonly Partial<Face>[] = [
  { top: 'hijab', glasses: 'eyepatch' },
  { top: 'afro', hairColor: 'red' },
  { top: 'bob', hairColor: 'blue' },
  { top: 'mullet', hairColor: 'blonde' },
  { top: 'beanie', hatColor: 'purple' },
  { top: 'mohawk', glasses: 'sunglasses' },
  { mouth: 'tongue', eyes: 'hearts' },
  { beard: 'long', hairColor: 'pink' },
  { beard: 'moustache', mouth: 'shout' },
  { clothes: 'overalls', clothesColor: 'yellow' },
  { clothesColor: 'green', background: 'purple' },
  { skin: 'pale', background: 'teal' },
];

type Weights = { [A in FaceAttribute]: readonly (readonly [Face[A], number])[] };

const even = <T>(...values: T[]) => values.map((value) => [value, 1] as const);
const fabrics = Object.keys(fabricColors).map((color) => [color as keyof typeof fabricColors, 1] as const);

/** Relative frequencies before faces are made canonical. */
const weights: Weights = {
  skin: even('pale', 'light', 'tan', 'brown', 'dark'),
  top: even(
    ...(['bald', 'short', 'mohawk', 'shaggy', 'spiky', 'afro', 'wavy', 'bob'] as const),
    ...(['long', 'mullet', 'bun', 'flowers', 'hat', 'hijab', 'turban', 'beanie'] as const),
  ),
  hairColor: even('black', 'brown', 'blonde', 'red', 'grey', 'pink', 'blue'),
  hatColor: fabrics,
  glasses: [
    ['none', 40],
    ['round', 17],
    ['square', 17],
    ['sunglasses', 15],
    ['eyepatch', 11],
  ],
  beard: [
    ['none', 52],
    ['short', 16],
    ['long', 16],
    ['moustache', 16],
  ],
  mouth: [
    ['smile', 27],
    ['serious', 15],
    ['sad', 15],
    ['shout', 14],
    ['tongue', 14],
    ['teeth', 15],
  ],
  eyes: [
    ['open', 30],
    ['closed', 14],
    ['wide', 14],
    ['wink', 14],
    ['hearts', 14],
    ['dizzy', 14],
  ],
  clothes: even('hoodie', 'tshirt', 'blazer', 'overalls', 'sweater'),
  clothesColor: fabrics,
  background: even('white', 'pink', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple'),
};

function draw<T>(table: readonly (readonly [T, number])[], rng: Rng): T {
  let left = rng.uniform() * table.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of table) {
    left -= weight;
    if (left < 0) return value;
  }
  return table[table.length - 1]![0];
}

/** A canonical face drawn from the natural frequencies, regardless of splits; `fixed` facts are kept. */
export function drawFace(rng: Rng, fixed: Partial<Face> = {}): Face {
  const face: Face = {
    skin: draw(weights.skin, rng),
    top: draw(weights.top, rng),
    hairColor: draw(weights.hairColor, rng),
    hatColor: draw(weights.hatColor, rng),
    glasses: draw(weights.glasses, rng),
    beard: draw(weights.beard, rng),
    mouth: draw(weights.mouth, rng),
    eyes: draw(weights.eyes, rng),
    clothes: draw(weights.clothes, rng),
    clothesColor: draw(weights.clothesColor, rng),
    background: draw(weights.background, rng),
  };
  return canonicalFace({ ...face, ...fixed });
}

/** True when the face, or the part of one that is known, has every one of the facts. */
export function shows(face: Partial<Face>, facts: Partial<Face>): boolean {
  return Object.entries(facts).every(([name, value]) => face[name as FaceAttribute] === value);
}

/** The split that a canonical face belongs to, from its facts alone: no face is in two splits. */
export function splitOf(face: Face): Split {
  if (heldOutPairs.some((pair) => shows(face, pair))) return 'heldout';
  const percent = hashString(encodeFace(face).join(','), 64) % 100;
  if (percent < 80) return 'train';
  return percent < 90 ? 'validation' : 'test';
}

/**
 * Face number `index` of a split. The same arguments always give the same face.
 *
 * @param split 'train', 'validation' and 'test' show no held-out pair; 'heldout' faces show at least one
 * @param index 0, 1, 2, ...
 * @param seed another seed gives another sequence from the same split
 * @throws RangeError when the index is not a non-negative integer
 */
export function sampleFace(split: Split, index: number, seed: number | string = defaultSeed): Face {
  if (!Number.isSafeInteger(index) || index < 0) {
    throw new RangeError(`sampleFace: expected an index of 0 or more, got ${index}; count faces from 0`);
  }
  const rng = new Rng(`${seed}/${split}/${index}`);
  const fixed = split === 'heldout' ? rng.pick(heldOutPairs) : {};
  for (;;) {
    const face = drawFace(rng, fixed);
    if (splitOf(face) === split && shows(face, fixed)) return face;
  }
}
