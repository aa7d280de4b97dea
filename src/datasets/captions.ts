/** Sentences about a face, written from its facts: partial or full, in many words, never about gender. */
import type { Rng } from '@noisebook/ldm/numbers';
import { fragmentsFor, units, type Fragment, type Unit } from './captionFragments.ts';
import type { Role } from './captionWords.ts';
import { canonicalFace, faceAttributes, type Face, type FaceAttribute } from './faceAttributes.ts';

/** A caption, the facts that its words state, and the facts that they narrow down ("a beard"). */
export interface Caption {
  /** At most {@link maxWords} words; empty when nothing is said. */
  readonly text: string;
  /** Values stated exactly; all true of the face. */
  readonly mentioned: Partial<Face>;
  /** Values stated loosely: the face has one of these. */
  readonly anyOf: NonNullable<Fragment['anyOf']>;
}

/** The most words that a caption has. */
export const maxWords = 40;

const subjects = [
  'a person',
  'someone',
  'a face',
  'a portrait',
  'a portrait of a person',
  'a portrait of someone',
  'a picture of a person',
  'a drawing of a person',
  'a character',
  'person',
  'portrait',
];
const subjectNouns = ['person', 'face', 'character', 'person'];
const prefixes = ['', '', '', '', 'a portrait of ', 'a picture of ', 'a drawing of ', 'portrait of '];

/** How many units a caption mentions: half say one to three things, a fifth say everything. */
const countWeights: readonly (readonly [count: number, weight: number])[] = [
  [0, 3],
  [1, 16],
  [2, 18],
  [3, 16],
  [4, 11],
  [5, 9],
  [6, 6],
  [units.length, 21],
];

function pickCount(rng: Rng): number {
  let left = rng.int(100);
  for (const [count, weight] of countWeights) {
    left -= weight;
    if (left < 0) return count;
  }
  return units.length;
}

/** True for what goes without saying most of the time. */
export function unremarkable(face: Face, unit: Unit): boolean {
  return (
    (unit === 'beard' && face.beard === 'none') ||
    (unit === 'glasses' && face.glasses === 'none') ||
    (unit === 'eyes' && face.eyes === 'open')
  );
}

function chooseUnits(face: Face, count: number, rng: Rng): Unit[] {
  const speakable = units.filter(
    (unit) => fragmentsFor(face, unit).length > 0 && (!unremarkable(face, unit) || rng.int(100) < 25),
  );
  return rng.shuffle(speakable).slice(0, count);
}

/** "x", "x and y", "x, y and z". */
function join(texts: readonly string[]): string {
  if (texts.length < 2) return texts[0] ?? '';
  return `${texts.slice(0, -1).join(', ')} and ${texts[texts.length - 1]}`;
}

const withArticle = (text: string) => `${/^[aeiou]/.test(text) ? 'an' : 'a'} ${text}`;
const withoutArticle = (text: string) => text.replace(/^(a|an) /, '');

/** "a smiling person with round glasses, wearing a blue hoodie on a pink background", its parts in any order. */
export function sentence(fragments: readonly Fragment[], rng: Rng): string {
  const of = (role: Role) => fragments.filter((f) => f.role === role).map((f) => f.text);
  const adjectives = of('adjective');
  const head =
    adjectives.length > 0
      ? rng.pick(prefixes) + withArticle(`${adjectives.join(' ')} ${rng.pick(subjectNouns)}`)
      : rng.pick(subjects);
  const parts: string[] = [];
  const has = of('with');
  if (has.length > 0) parts.push(`${rng.pick(['with', 'with', 'with', 'who has'])} ${join(has)}`);
  const wears = of('wearing');
  if (wears.length > 0) parts.push(`${rng.pick(['wearing', 'wearing', 'in'])} ${join(wears)}`);
  parts.push(...of('after'));
  const tail = rng.shuffle(parts);
  const place = of('place')[0];
  if (place === undefined) return [head, ...tail].join(' ');
  switch (rng.int(6)) {
    case 0:
      return `${rng.pick(['on', 'against'])} ${place}, ${[head, ...tail].join(' ')}`;
    case 1:
      return `${[head, ...tail].join(' ')}, ${withoutArticle(place)}`;
    case 2:
      return `${[head, ...tail].join(' ')}. the ${withoutArticle(place).replace(/^(\w+) (\w+)$/, '$2 is $1')}`;
    case 3:
      return [head, ...tail, 'with', place].join(' ');
    default:
      return [head, ...tail, rng.pick(['on', 'in front of', 'against']), place].join(' ');
  }
}

/** "red hair, round glasses, blue background": the pieces as a list. */
export function list(fragments: readonly Fragment[], rng: Rng): string {
  const bare = rng.int(2) === 0;
  const pieces = rng.shuffle(
    fragments.map((f) => (bare || f.role === 'place' ? withoutArticle(f.text) : f.text)),
  );
  if (rng.int(4) === 0) pieces.unshift(rng.pick(['person', 'portrait', 'face', 'a person']));
  return rng.int(4) === 0 ? join(pieces) : pieces.join(', ');
}

const countWords = (text: string) => text.split(/\s+/).filter((word) => word !== '').length;

function write(fragments: readonly Fragment[], rng: Rng): string {
  if (fragments.length === 0) return '';
  const short = fragments.length <= 3;
  return rng.int(100) < (short ? 40 : 25) ? list(fragments, rng) : sentence(fragments, rng);
}

/**
 * One caption for a face: mostly lower case, sometimes with a capital and a full stop.
 *
 * @param face canonical, as {@link sampleFace} gives it
 * @param rng the only source of chance
 * @param count how many things to say, 0 (an empty caption) to 8; drawn when left out
 */
export function captionFor(face: Face, rng: Rng, count: number = pickCount(rng)): Caption {
  const fragments = chooseUnits(face, count, rng).map((unit) => rng.pick(rng.pick(fragmentsFor(face, unit))));
  // Two adjectives at most: "a sad bald bearded dark skinned person" is nobody's prompt.
  const spoken = fragments.filter(
    (f, i) =>
      f.role !== 'adjective' || fragments.slice(0, i).filter((g) => g.role === 'adjective').length < 2,
  );
  let text = write(spoken, rng);
  while (countWords(text) > maxWords) {
    spoken.pop();
    text = write(spoken, rng);
  }
  if (text !== '' && rng.int(8) === 0) {
    text = text.replace(
      /(^|\. )([a-z])/g,
      (_, before: string, letter: string) => before + letter.toUpperCase(),
    );
    text += '.';
  }
  return {
    text,
    mentioned: Object.assign({}, ...spoken.map((f) => f.says)) as Partial<Face>,
    anyOf: Object.assign({}, ...spoken.map((f) => f.anyOf ?? {})) as Caption['anyOf'],
  };
}

/** The words of a text, in lower case: letters only, so "t-shirt" is two. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z]+/g) ?? [];
}

const glue = 'with who has wearing in on against the is front of and a an'.split(' ');

function collectWords(): string[] {
  const words = new Set<string>([...glue, ...[...subjects, ...subjectNouns, ...prefixes].flatMap(wordsOf)]);
  const add = (face: Face, unit: Unit) => {
    for (const fragment of fragmentsFor(face, unit).flat())
      for (const word of wordsOf(fragment.text)) words.add(word);
  };
  const base: Face = {
    ...{ skin: 'pale', top: 'short', hairColor: 'black', hatColor: 'none', glasses: 'none', beard: 'none' },
    ...{ mouth: 'smile', eyes: 'open', clothes: 'hoodie', clothesColor: 'red', background: 'white' },
  };
  const vary = (unit: Unit, first: FaceAttribute, second: FaceAttribute = first) => {
    for (const a of faceAttributes[first])
      for (const b of faceAttributes[second]) add(canonicalFace({ ...base, [first]: a, [second]: b }), unit);
  };
  vary('skin', 'skin');
  vary('hair', 'top', 'hairColor');
  vary('hair', 'top', 'hatColor');
  vary('beard', 'beard', 'hairColor');
  vary('glasses', 'glasses');
  vary('mouth', 'mouth');
  vary('eyes', 'eyes');
  vary('clothes', 'clothes', 'clothesColor');
  vary('background', 'background');
  return [...words].sort();
}

/** Every word that a caption can contain, in lower case and alphabetical order. */
export const knownWords: readonly string[] = collectWords();
