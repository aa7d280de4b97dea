// Figure 4.5: four hundred faces on a map of their latents, and who is near whom: in latent space, in pixels, by chance.
import * as v from 'valibot';
import { nearest, type Pca, project, rgbOf } from '@noisebook/ldm/numbers';
import { encodeFace } from '../../../datasets/faceAttributes.ts';
import { loadPart } from '../../../loading/loadPart.ts';
import { choice, numbers, text, whole } from '../../../state/figureAddress.ts';
import { faceNumber, pictureIds } from '../../../userContent/pictures/ids.ts';
import { defineFigure, type FigureEngine } from '../../kit/frame/defineFigure.ts';
import {
  contentOf,
  file,
  live,
  picture,
  type RecordedPicture,
  type ResultFile,
  type Sheet,
} from '../../kit/frame/result.ts';
import { SIZE } from '../../kit/latents/firstStage.ts';
import { factsOf, sayFacts, sharedFacts, writeSum } from './facts.ts';
import { placeOf, type Fit, type Place } from './mapPlane.ts';

/** Faces on the map: the first of the test split. */
export const COUNT = 400;
/** Chosen at first: its neighbours in latent space have its hair, those in pixels its background. */
const FACE = 393;
/** Neighbours shown of each face. */
export const NEIGHBOURS = 5;
/** Pictures in a row of the sheet of all faces. */
export const COLUMNS = 20;
const MAPS = ['pca', 'umap'] as const;
export type MapName = (typeof MAPS)[number];

/** What places.json has: the maps, and what the pages need to know of each face. */
export interface StoredPlaces {
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

/** All of it, as the map uses it. */
export interface FaceMap extends Omit<StoredPlaces, 'places'> {
  readonly places: Readonly<Record<MapName, readonly Place[]>>;
  /** [COUNT, dimensions] */
  readonly latents: Float32Array;
}

/** The bytes of latents.bin (-127 to 127, which stands for `range`) as latents. */
export const unpackLatents = (bytes: Uint8Array<ArrayBuffer>, range: number): Float32Array =>
  Float32Array.from(
    new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length),
    (byte) => (byte / 127) * range,
  );

/** The inverse, to the nearest step. */
export const packLatents = (latents: Float32Array, range: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Int8Array.from(latents, (value) => Math.round((value / range) * 127)).buffer);

/** Numbers in pairs as places. */
export const pairs = (flat: readonly number[]): Place[] =>
  Array.from({ length: flat.length / 2 }, (_, i) => ({ x: flat[2 * i]!, y: flat[2 * i + 1]! }));

const place = v.object({ x: v.number(), y: v.number() });
const shares = v.array(v.number());
const study = v.object({
  /** What the largest byte of latents.bin stands for. */
  latentRange: v.number(),
  /** Shares of the variance along the two axes of the PCA map. */
  varianceShares: shares,
  /** Of each map, with ten neighbours. */
  trustworthiness: v.object({ pca: v.number(), umap: v.number() }),
  umap: v.object({ nNeighbors: v.number(), minDist: v.number(), seed: v.string() }),
  /** For each attribute the share of neighbours that have the same value. */
  agreement: v.object({ latent: shares, pixel: shares, chance: shares }),
  /** All pictures; a still of the PCA map; the face that is chosen at first, then its neighbours. */
  faces: file(),
  map: file(),
  shown: file(),
  latents: file(),
  places: file(),
});
export type Study = v.InferOutput<typeof study>;

const neighbour = v.object({
  index: v.number(),
  /** Facts out of eleven that it shares; undefined beside a picture whose facts nobody knows. */
  shared: v.optional(v.number()),
  /** On the PCA map. */
  place,
});
export type Neighbour = v.InferOutput<typeof neighbour>;

const result = v.object({
  /** Number of the face; undefined for a picture that was placed. */
  face: v.optional(v.number()),
  placed: v.optional(v.object({ id: v.string(), picture: picture() })),
  /** In words; empty where nobody knows them. */
  facts: v.string(),
  /** On the PCA map. */
  place,
  /** Nearest first. */
  latent: v.array(neighbour),
  pixel: v.array(neighbour),
});
export type Neighbourhood = v.InferOutput<typeof result>;

/** Maps that were read or are being read, by the address of their places. */
const kept = new Map<string, { readonly reading: Promise<FaceMap>; map?: FaceMap }>();

async function readMap({ latents, places: file, latentRange }: Study): Promise<FaceMap> {
  const [bytes, json] = await Promise.all([contentOf(latents), contentOf(file)]);
  const { places, ...rest } = JSON.parse(new TextDecoder().decode(json)) as StoredPlaces;
  return {
    ...rest,
    places: { pca: pairs(places.pca), umap: pairs(places.umap) },
    latents: unpackLatents(bytes, latentRange),
  };
}

/** Reads the recording's files, once. */
export async function loadMap(from: Study): Promise<FaceMap> {
  const { src } = from.places;
  const entry = kept.get(src) ?? { reading: readMap(from) };
  kept.set(src, entry);
  try {
    return (entry.map = await entry.reading);
  } catch (error) {
    kept.delete(src);
    throw error;
  }
}

/** The sheet of all faces. */
export const facesSheet = ({ faces }: { readonly faces: ResultFile }): Sheet => ({
  src: faces.src,
  columns: COLUMNS,
  rows: COUNT / COLUMNS,
});

const describe = (
  { attributes, places }: FaceMap,
  index: number,
  facts: readonly number[] | undefined,
): Neighbour => ({
  index,
  ...(facts && { shared: sharedFacts(facts, factsOf(attributes, index)) }),
  place: places.pca[index]!,
});

/** The nearest faces of a latent, with what they share with it. @param facts undefined where nobody knows them */
export const latentNeighbours = (
  map: FaceMap,
  query: ArrayLike<number>,
  facts: readonly number[] | undefined,
  except?: number,
): Neighbour[] =>
  nearest(map.latents, query, except)
    .slice(0, NEIGHBOURS)
    .map(({ index }) => describe(map, index, facts));

/** A face of the map with its neighbours in both spaces. */
export function around(map: FaceMap, face: number): Neighbourhood {
  const facts = factsOf(map.attributes, face);
  const dimensions = map.latents.length / COUNT;
  const latent = map.latents.subarray(face * dimensions, (face + 1) * dimensions);
  return {
    face,
    facts: sayFacts(facts),
    place: map.places.pca[face]!,
    latent: latentNeighbours(map, latent, facts, face),
    pixel: map.pixelNeighbours[face]!.map((index) => describe(map, index, facts)),
  };
}

/** Where a latent lies on the map of principal components. */
export function placeOnPca({ pca }: Pick<FaceMap, 'pca'>, latent: ArrayLike<number>): Place {
  const basis: Pick<Pca, 'mean' | 'components'> = {
    mean: Float64Array.from(pca.mean),
    components: pca.components.map((component) => Float64Array.from(component)),
  };
  return placeOf(pca.fit, project(basis, latent));
}

/** Red, green and blue of every face, for distances in pixels. */
async function pixelsOf(engine: FigureEngine, sheet: Sheet): Promise<Uint8ClampedArray> {
  const all = new Uint8ClampedArray(COUNT * SIZE * SIZE * 3);
  for (let index = 0; index < COUNT; index++) {
    const face: RecordedPicture = { size: SIZE, sheet, index };
    all.set(rgbOf(await engine.bytes(face)), index * SIZE * SIZE * 3);
  }
  return all;
}

/** The map, and the neighbourhood of the picture that was placed on it. */
interface Made {
  readonly map: FaceMap;
  readonly placed?: Neighbourhood;
}

export default defineFigure({
  number: '4.5',
  title: 'Four hundred faces on a map of their latents: neighbours look alike',
  page: 'compression',
  weights: 'faces-64',
  model: 'because its map was made with it',
  fields: {
    face: whole(0, COUNT - 1, FACE),
    map: choice<MapName>(MAPS, 'pca'),
    /** Which faces stay bright; `readFilter` reads it. */
    only: text(40, ''),
    place: choice(['none', 'new', ...pictureIds], 'none'),
    /** Which new face is placed. */
    number: whole(0, 9999, 0),
    /** Zoom, and the point in the middle of the window. */
    view: numbers(3, 0, 12, 0.001, [1, 0.5, 0.5]),
  },
  inputs: ['place', 'number'],
  follows: false,
  result,
  study,

  /** Encodes the picture that is to be placed, and finds its place and its neighbours. */
  async compute({ place: id, number }, engine, task): Promise<Made> {
    const { study } = task;
    const map = await loadMap(study);
    if (id === 'none') return { map };
    const known = faceNumber(id);
    const sample = await loadPart(
      import('../../../datasets/faceSplits.ts').then(({ sampleFace }) => sampleFace),
      'the code that makes faces up',
    );
    const made = id === 'new' ? sample('test', COUNT + number) : undefined;
    const facts = made
      ? [...encodeFace(made)]
      : known === undefined
        ? undefined
        : factsOf(map.attributes, known);
    const bytes = await (made ? engine.face(made, SIZE) : engine.picture(id, SIZE));
    const [latents] = await engine.encode([bytes]);
    const all = await task.memo('pixels', () => pixelsOf(engine, facesSheet(study)));
    const placed: Neighbourhood = {
      placed: { id, picture: live(bytes) },
      facts: facts === undefined ? '' : sayFacts(facts),
      place: placeOnPca(map, latents!),
      latent: latentNeighbours(map, latents!, facts),
      pixel: nearest(all, rgbOf(bytes))
        .slice(0, NEIGHBOURS)
        .map(({ index }) => describe(map, index, facts)),
    };
    return { map, placed };
  },
  at: ({ map, placed }, { face }) => placed ?? around(map, face),

  numbers: ({ study: { agreement } }) => ({
    'shared.latent': writeSum(agreement.latent),
    'shared.pixel': writeSum(agreement.pixel),
    'shared.chance': writeSum(agreement.chance),
  }),
  files: {
    csv: ({ study }) => {
      const map = kept.get(study.places.src)?.map;
      // Asked for before the map was touched: it comes now.
      if (map === undefined) void loadMap(study).catch(() => undefined);
      return (
        map && [
          ['face', 'pca x', 'pca y', 'umap x', 'umap y', 'facts'],
          ...map.places.pca.map(({ x, y }, i) => {
            const bent = map.places.umap[i]!;
            return [i, x, y, bent.x, bent.y, sayFacts(factsOf(map.attributes, i))];
          }),
        ]
      );
    },
  },
  code: [
    'src/lib/ldm/pipeline/firstStage.ts#FirstStage.posterior',
    'src/lib/ldm/metrics/neighbours.ts#nearest',
    'src/lib/ldm/metrics/pca.ts#pca',
    'src/lib/ldm/metrics/pca.ts#project',
    'src/lib/ldm/metrics/neighbours.ts#agreement',
  ],
});
