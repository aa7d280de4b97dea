/** The same facts of a face in other words: to see how much a model depends on how something is said. */
import type { Rng } from '@noisebook/ldm/numbers';
import { fragmentsFor, units, type Fragment } from './captionFragments.ts';
import { knownWords, list, sentence, unremarkable } from './captions.ts';
import type { Face } from './faceAttributes.ts';

/** In the order in which tables show them; the others are compared with the first. */
export const wordingKinds = ['plain', 'synonyms', 'order', 'misspelled', 'unknown'] as const;
export type WordingKind = (typeof wordingKinds)[number];

export interface Wordings {
  /** One text of each kind; all state the same facts. */
  readonly texts: Readonly<Record<WordingKind, string>>;
  readonly mentioned: Partial<Face>;
}

/** How many things a text says. */
const SAID = 4;
/** Words that no caption has and that no model of ours is told about. */
const STRANGERS = [
  'elegant',
  'vintage',
  'famous',
  'professor',
  'watercolour',
  'mysterious',
  'robot',
  'summer',
];
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

const key = (says: object): string => JSON.stringify(Object.entries(says).sort());
const plainText = (text: string): string => text.replace(/^(a|an|the) /, '');

/** Two ways to say one thing about the face, first the usual one; undefined where there is only one. */
function twoWays(face: Face, unit: (typeof units)[number], rng: Rng): [Fragment, Fragment] | undefined {
  const all = fragmentsFor(face, unit)
    .flat()
    .filter(({ anyOf }) => anyOf === undefined);
  const usual = all[0];
  if (usual === undefined) return undefined;
  const others = all.filter(
    (other) => key(other.says) === key(usual.says) && plainText(other.text) !== plainText(usual.text),
  );
  return others.length === 0 ? undefined : [usual, rng.pick(others)];
}

/**
 * One letter dropped, doubled, replaced, or swapped with the next. Never a word that captions have.
 * @param word two letters or more
 */
export function misspell(word: string, rng: Rng): string {
  const known = new Set(knownWords);
  for (;;) {
    const i = rng.int(word.length);
    const [before, letter, after] = [word.slice(0, i), word.slice(i, i + 1), word.slice(i + 1)];
    const other = [
      before + after,
      before + letter + letter + after,
      before + LETTERS.charAt(rng.int(LETTERS.length)) + after,
      before + after.charAt(0) + letter + after.slice(1),
    ][rng.int(4)]!;
    if (other !== word && !known.has(other)) return other;
  }
}

/** A text with one letter wrong in one of its words that say something: four letters or more. */
function misspelled(text: string, fragments: readonly Fragment[], rng: Rng): string {
  const telling = fragments.flatMap(({ text: said }) => said.match(/[a-z]{4,}/g) ?? []);
  const word = rng.pick(telling);
  return text.replace(new RegExp(`\\b${word}\\b`), misspell(word, rng));
}

/** A text with a word that says nothing before one of its words. */
function withStranger(text: string, rng: Rng): string {
  const words = text.split(' ');
  words.splice(rng.int(words.length), 0, rng.pick(STRANGERS));
  return words.join(' ');
}

/**
 * Five wordings of up to four facts of a face: usual words in a sentence; the same sentence in rarer words; the usual words as a
 * list; the usual sentence with one letter wrong; the usual sentence with a word that no caption has.
 * @param face canonical, as `sampleFace` gives it
 * @param rng the only source of chance
 */
export function wordingsOf(face: Face, rng: Rng): Wordings {
  const ways = rng
    .shuffle(units)
    .filter((unit) => !unremarkable(face, unit))
    .map((unit) => twoWays(face, unit, rng))
    .filter((two) => two !== undefined)
    .slice(0, SAID);
  const usual = ways.map(([first]) => first);
  const seed = rng.int(2 ** 31);
  const again = (fragments: readonly Fragment[]): string => sentence(fragments, rng.fork(`sentence-${seed}`));
  const plain = again(usual);
  return {
    texts: {
      plain,
      synonyms: again(ways.map(([, second]) => second)),
      order: list(usual, rng),
      misspelled: misspelled(plain, usual, rng),
      unknown: withStranger(plain, rng),
    },
    mentioned: Object.assign({}, ...usual.map(({ says }) => says)) as Partial<Face>,
  };
}
