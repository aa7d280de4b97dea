/** Facts of a face as a text of their own: one word for each fact, so that a small model need not learn grammar. */
import type { Rng } from '@noisebook/ldm/numbers';
import { attributeNames, faceAttributes, type Face, type FaceAttribute } from './faceAttributes.ts';

type FactWords = { readonly [A in FaceAttribute]: Readonly<Record<Face[A], string>> };

/** `red` to `redhair`: every value with the same ending. */
function ending<T extends string>(values: readonly T[], end: string): Record<T, string> {
  return Object.fromEntries(values.map((value) => [value, `${value}${end}`])) as Record<T, string>;
}

/** The word of each value. Letters only, and no word stands for two facts: the place of a word says nothing. */
const words: FactWords = {
  skin: ending(faceAttributes.skin, 'skin'),
  top: {
    ...{ bald: 'bald', short: 'shorthair', mohawk: 'mohawk', shaggy: 'shaggyhair', spiky: 'spikyhair' },
    ...{ afro: 'afro', wavy: 'wavyhair', bob: 'bob', long: 'longhair', mullet: 'mullet', bun: 'bun' },
    ...{ flowers: 'flowers', hat: 'hat', hijab: 'hijab', turban: 'turban', beanie: 'beanie' },
  },
  hairColor: ending(faceAttributes.hairColor, 'hair'),
  hatColor: { ...ending(faceAttributes.hatColor, 'hat'), none: 'nohat' },
  glasses: {
    ...{ none: 'noglasses', round: 'roundglasses', square: 'squareglasses' },
    ...{ sunglasses: 'sunglasses', eyepatch: 'eyepatch' },
  },
  beard: { none: 'nobeard', short: 'shortbeard', long: 'longbeard', moustache: 'moustache' },
  mouth: {
    ...{ smile: 'smile', serious: 'serious', sad: 'sad', shout: 'shout', tongue: 'tongue', teeth: 'teeth' },
  },
  eyes: {
    ...{ hidden: 'hiddeneyes', open: 'openeyes', closed: 'closedeyes', wide: 'wideeyes', wink: 'wink' },
    ...{ hearts: 'hearteyes', dizzy: 'dizzyeyes' },
  },
  clothes: {
    ...{ hidden: 'hiddenclothes', hoodie: 'hoodie', tshirt: 'tshirt', blazer: 'blazer' },
    ...{ overalls: 'overalls', sweater: 'sweater' },
  },
  clothesColor: { ...ending(faceAttributes.clothesColor, 'clothes'), hidden: 'hiddencolor' },
  background: ending(faceAttributes.background, 'background'),
};

/** How many facts a face has, and words a full caption. */
export const NUM_FACTS = attributeNames.length;

/** Every word, in alphabetical order. */
export const factWords: readonly string[] = attributeNames
  .flatMap((name) => Object.values<string>(words[name]))
  .sort();

const meanings = new Map<string, Partial<Face>>(
  attributeNames.flatMap((name) =>
    Object.entries<string>(words[name]).map(([value, word]): [string, Partial<Face>] => [
      word,
      { [name]: value },
    ]),
  ),
);

/** What a word says, or undefined when it is no fact. */
export const meaningOf = (word: string): Partial<Face> | undefined => meanings.get(word);

/**
 * The facts as words with spaces between, always in the order of `attributeNames`. A whole canonical face gives
 * {@link NUM_FACTS} words; facts that are left out give none.
 */
export function factsCaption(facts: Partial<Face>): string {
  return attributeNames
    .flatMap((name) => {
      const value = facts[name];
      return value === undefined ? [] : [(words[name] as Readonly<Record<string, string>>)[value] ?? ''];
    })
    .filter((word) => word !== '')
    .join(' ');
}

/**
 * A caption that says only some of the facts, in the same order: one to all but one of them, every number as likely.
 * @param face canonical
 * @param rng the only source of chance
 */
export function partialFactsCaption(face: Face, rng: Rng): string {
  const kept = rng.shuffle(attributeNames).slice(0, 1 + rng.int(NUM_FACTS - 1));
  return factsCaption(Object.fromEntries(kept.map((name) => [name, face[name]])));
}

/** What a text of such words says. */
export interface ParsedFacts {
  /** Where a fact is stated twice, the last word counts. */
  readonly facts: Partial<Face>;
  /** Words that are no facts, as written. */
  readonly unknown: readonly string[];
}

/** The inverse of {@link factsCaption}; words may stand in any order. */
export function parseFacts(text: string): ParsedFacts {
  const facts: Partial<Face> = {};
  const unknown: string[] = [];
  for (const word of text.split(/[\s,.;]+/).filter((part) => part !== '')) {
    const meaning = meanings.get(word.toLowerCase());
    if (meaning === undefined) unknown.push(word);
    else Object.assign(facts, meaning);
  }
  return { facts, unknown };
}
