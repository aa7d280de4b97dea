// The eleven facts of a face: in words, in colours, shared by two faces, and which faces have one of them.
import { fixed } from '../../../writing/numbers.ts';
import {
  attributeNames,
  backgroundColors,
  decodeFace,
  fabricColors,
  faceAttributes,
  hairColors,
  skinColors,
  type FaceAttribute,
} from '../../../datasets/faceAttributes.ts';

export const NUM_FACTS = attributeNames.length;

/** The numbers of one face's values, out of those of all faces, [faces, NUM_FACTS]. */
export const factsOf = (attributes: ArrayLike<number>, face: number): number[] =>
  Array.from({ length: NUM_FACTS }, (_, a) => attributes[face * NUM_FACTS + a]!);

/** How many facts two faces share, of eleven. */
export const sharedFacts = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  attributeNames.filter((_, i) => a[i] === b[i]).length;

/** Shares of the facts, summed: how many of eleven, in words. */
export const writeSum = (shares: readonly number[]): string =>
  fixed(
    shares.reduce((total, share) => total + share, 0),
    2,
  );

const eyeWords: Readonly<Record<string, string>> = {
  hidden: '',
  open: 'open eyes',
  closed: 'closed eyes',
  wide: 'wide eyes',
  wink: 'a wink',
  hearts: 'heart eyes',
  dizzy: 'crossed-out eyes',
};
const mouthWords: Readonly<Record<string, string>> = {
  smile: 'a smile',
  serious: 'a straight mouth',
  sad: 'a sad mouth',
  shout: 'an open mouth',
  tongue: 'tongue out',
  teeth: 'clenched teeth',
};
const glassesWords: Readonly<Record<string, string>> = {
  none: '',
  round: 'round glasses',
  square: 'square glasses',
  eyepatch: 'an eyepatch',
};
const beardWords: Readonly<Record<string, string>> = { none: '', moustache: 'a moustache' };

/** What can be seen of a face, in words. */
export function sayFacts(facts: ArrayLike<number>): string {
  const f = decodeFace(facts);
  const hair = f.top === 'bald' ? 'bald' : `${f.hairColor} hair (${f.top})`;
  return [
    `${f.skin} skin`,
    f.hatColor === 'none' ? hair : `a ${f.hatColor} ${f.top}`,
    glassesWords[f.glasses] ?? f.glasses,
    beardWords[f.beard] ?? `a ${f.beard} beard`,
    eyeWords[f.eyes],
    mouthWords[f.mouth],
    f.clothes === 'hidden' ? '' : `${f.clothesColor} ${f.clothes}`,
    `${f.background} background`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** Attributes by names for people. */
export const ATTRIBUTE_LABELS: Readonly<Record<FaceAttribute, string>> = {
  skin: 'skin',
  top: 'hair style or hat',
  hairColor: 'hair colour',
  hatColor: 'hat colour',
  glasses: 'glasses',
  beard: 'beard',
  mouth: 'mouth',
  eyes: 'eyes',
  clothes: 'clothes',
  clothesColor: 'clothes colour',
  background: 'background',
};

const palettes: Partial<Record<FaceAttribute, Readonly<Record<string, string>>>> = {
  skin: skinColors,
  hairColor: hairColors,
  hatColor: fabricColors,
  clothesColor: fabricColors,
  background: backgroundColors,
};

/** The colour that a value stands for, if it stands for one. */
export function colorOfValue(attribute: FaceAttribute, value: string): string | undefined {
  const color = palettes[attribute]?.[value];
  return color === undefined ? undefined : `#${color}`;
}

/** One value of one attribute, with its number. */
export interface Filter {
  readonly attribute: FaceAttribute;
  readonly value: string;
  readonly index: number;
}

/** A value that exists: "background:teal"; undefined for anything else. */
export function readFilter(text: string): Filter | undefined {
  const [name, value = ''] = text.split(':');
  const attribute = attributeNames.find((candidate) => candidate === name);
  if (attribute === undefined) return undefined;
  const index = (faceAttributes[attribute] as readonly string[]).indexOf(value);
  return index < 0 ? undefined : { attribute, value, index };
}

/** Which faces have a value. */
export function facesWith(attributes: ArrayLike<number>, { attribute, index }: Filter): Set<number> {
  const column = attributeNames.indexOf(attribute);
  const faces = Array.from({ length: attributes.length / NUM_FACTS }, (_, face) => face);
  return new Set(faces.filter((face) => attributes[face * NUM_FACTS + column] === index));
}
