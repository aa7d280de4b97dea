// What figure 4.5 knows of its four hundred faces: the recording's files as numbers, and what two faces share.
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
import { nearest, type Pca, project } from '@noisebook/ldm/numbers';
import { placeOf, type Fit, type Place } from './mapPlaces.ts';

/** Neighbours shown of each face. */
export const NEIGHBOURS = 5;
export const MAPS = ['pca', 'umap'] as const;
export type MapName = (typeof MAPS)[number];

/** What public/recorded/4-5/recorded.json says. */
export interface RecordedMap {
  readonly manifestSha256: string;
  readonly model: string;
  readonly count: number;
  /** Numbers of one latent. */
  readonly dimensions: number;
  /** latents.bin holds bytes from -127 to 127; 127 stands for this value. */
  readonly latentRange: number;
  /** The face that is chosen at first, with its neighbours: their numbers. */
  readonly face: number;
  readonly facts: string;
  readonly latentNeighbours: readonly Neighbour[];
  readonly pixelNeighbours: readonly Neighbour[];
  /** Shares of the variance along the two axes of the PCA map. */
  readonly varianceShares: readonly number[];
  /** Of each map, with ten neighbours. */
  readonly trustworthiness: Readonly<Record<MapName, number>>;
  readonly umap: { readonly nNeighbors: number; readonly minDist: number; readonly seed: string };
  /** For each attribute the share of neighbours that have the same value. */
  readonly agreement: Readonly<Record<'latent' | 'pixel' | 'chance', readonly number[]>>;
  /** `faces`: all pictures, `columns` in a row. `map`: a still of the PCA map. `shown`: chosen face and neighbours. */
  readonly files: {
    readonly faces: string;
    readonly map: string;
    readonly shown: string;
    readonly latents: string;
    readonly places: string;
  };
  readonly columns: number;
  readonly size: number;
}

/** What public/recorded/4-5/places.json says. */
export interface RecordedPlaces {
  /** Of every face, x and y after one another, in the unit square. */
  readonly places: Readonly<Record<MapName, readonly number[]>>;
  /** Values' numbers of every face, in the order of `attributeNames`. */
  readonly attributes: readonly number[];
  /** The nearest faces by pixels of every face, nearest first. */
  readonly pixelNeighbours: readonly (readonly number[])[];
  readonly pca: {
    readonly mean: readonly number[];
    readonly components: readonly (readonly number[])[];
    readonly fit: Fit;
  };
}

export interface Neighbour {
  readonly index: number;
  /** Facts out of eleven that it shares; undefined beside a picture whose facts nobody knows. */
  readonly shared: number | undefined;
}

/** The bytes of latents.bin as latents. */
export const unpackLatents = (bytes: ArrayBuffer, range: number): Float32Array =>
  Float32Array.from(new Int8Array(bytes), (byte) => (byte / 127) * range);

/** The inverse, to the nearest step. */
export const packLatents = (latents: Float32Array, range: number): Int8Array =>
  Int8Array.from(latents, (value) => Math.round((value / range) * 127));

export const pairs = (flat: readonly number[]): Place[] =>
  Array.from({ length: flat.length / 2 }, (_, i) => ({ x: flat[2 * i]!, y: flat[2 * i + 1]! }));

const width = attributeNames.length;
/** The values' numbers of one face. */
export const factsOf = (attributes: ArrayLike<number>, face: number): number[] =>
  Array.from({ length: width }, (_, a) => attributes[face * width + a]!);

/** How many facts two faces share, of eleven. */
export const sharedFacts = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  attributeNames.filter((_, i) => a[i] === b[i]).length;

/** Shares of the facts, summed: how many of eleven, in words. */
export const writeSum = (shares: readonly number[]): string =>
  shares.reduce((total, share) => total + share, 0).toFixed(2);

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

/** What can be seen of a face, in words. */
export function sayFacts(facts: ArrayLike<number>): string {
  const f = decodeFace(facts);
  const framed = f.glasses === 'round' || f.glasses === 'square';
  const hair = f.top === 'bald' ? 'bald' : `${f.hairColor} hair (${f.top})`;
  return [
    `${f.skin} skin`,
    f.hatColor === 'none' ? hair : `a ${f.hatColor} ${f.top}`,
    f.glasses === 'none'
      ? ''
      : framed
        ? `${f.glasses} glasses`
        : f.glasses === 'eyepatch'
          ? 'an eyepatch'
          : f.glasses,
    f.beard === 'none' ? '' : f.beard === 'moustache' ? 'a moustache' : `a ${f.beard} beard`,
    eyeWords[f.eyes],
    mouthWords[f.mouth],
    f.clothes === 'hidden' ? '' : `${f.clothesColor} ${f.clothes}`,
    `${f.background} background`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** The nearest faces of a latent, with what they share with it. @param facts undefined where nobody knows them */
export function latentNeighbours(
  latents: Float32Array,
  query: ArrayLike<number>,
  attributes: ArrayLike<number>,
  facts: ArrayLike<number> | undefined,
  except?: number,
): Neighbour[] {
  return nearest(latents, query, except)
    .slice(0, NEIGHBOURS)
    .map(({ index }) => ({ index, shared: facts && sharedFacts(facts, factsOf(attributes, index)) }));
}

/** Where a latent lies on the map of principal components. */
export function placeOnPca({ pca }: Pick<RecordedPlaces, 'pca'>, latent: ArrayLike<number>): Place {
  const basis: Pick<Pca, 'mean' | 'components'> = {
    mean: Float64Array.from(pca.mean),
    components: pca.components.map((component) => Float64Array.from(component)),
  };
  return placeOf(pca.fit, project(basis, latent));
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

/** A value that exists: "background:teal"; undefined for anything else. */
export function readFilter(
  text: string,
): { readonly attribute: FaceAttribute; readonly value: string; readonly index: number } | undefined {
  const [name, value = ''] = text.split(':');
  const attribute = attributeNames.find((candidate) => candidate === name);
  if (attribute === undefined) return undefined;
  const index = (faceAttributes[attribute] as readonly string[]).indexOf(value);
  return index < 0 ? undefined : { attribute, value, index };
}

/** Which faces have a value. */
export function facesWith(
  attributes: ArrayLike<number>,
  filter: NonNullable<ReturnType<typeof readFilter>>,
): Set<number> {
  const column = attributeNames.indexOf(filter.attribute);
  const faces = Array.from({ length: attributes.length / width }, (_, face) => face);
  return new Set(faces.filter((face) => attributes[face * width + column] === filter.index));
}
