// Measured for figure 4.5: the latents of 400 test faces, two maps of them, and who is near whom.
import { rounded as round } from '../../../writing/numbers.ts';
import { UMAP } from 'umap-js';
import {
  agreement,
  chanceAgreement,
  neighbourTable,
  pca,
  project,
  rgbOf,
  Rng,
  trustworthiness,
} from '@noisebook/ldm/numbers';
import { encodeFace } from '../../../datasets/faceAttributes.ts';
import { sampleFace } from '../../../datasets/faceSplits.ts';
import type { StudyTools } from '../../kit/frame/study.ts';
import { NUM_FACTS } from './facts.ts';
import definition, {
  around,
  COLUMNS,
  COUNT,
  NEIGHBOURS,
  packLatents,
  pairs,
  unpackLatents,
  type StoredPlaces,
  type Study,
} from './figure.ts';
import { fitToSquare, placeOf } from './mapPlane.ts';

const MARGIN = 0.05;
/** Neighbours on which a map's trustworthiness is measured. */
const TRUSTED = 10;
const UMAP_OPTIONS = { nNeighbors: 12, minDist: 0.3, seed: 'map' } as const;
/** The still: pixels a side, and those of a face on it. */
const STILL = { side: 900, face: 46 } as const;
/** Of the files of all faces, and of those that are seen large before all have come. */
const QUALITY = { faces: 62, shown: 84 } as const;

const fitted = (points: readonly number[], how = fitToSquare(points, MARGIN)): number[] =>
  pairs(points).flatMap(({ x, y }) => {
    const place = placeOf(how, [x, y]);
    return [round(place.x, 4), round(place.y, 4)];
  });

export default async function measure({ engine, testFace, sheet, scatter }: StudyTools): Promise<Study> {
  const faces = Array.from({ length: COUNT }, (_, i) => testFace(i));
  const attributes = Array.from({ length: COUNT }, (_, i) => [...encodeFace(sampleFace('test', i))]).flat();
  const exact = Float32Array.from((await engine.encode(faces)).flatMap((each) => [...each]));
  const latentRange = round(exact.reduce((most, x) => Math.max(most, Math.abs(x)), 0) + 0.0005, 3);
  const packed = packLatents(exact, latentRange);
  // Everything below is computed from what the page will have.
  const latents = unpackLatents(packed, latentRange);
  const dimensions = latents.length / COUNT;
  const rows = Array.from({ length: COUNT }, (_, i) => [
    ...latents.subarray(i * dimensions, (i + 1) * dimensions),
  ]);

  const found = pca(latents, COUNT, 2);
  const components = found.components.map((component) => Array.from(component, (x) => round(x, 5)));
  const mean = Array.from(found.mean, (x) => round(x, 5));
  const basis = {
    mean: Float64Array.from(mean),
    components: components.map((list) => Float64Array.from(list)),
  };
  const onPca = rows.flatMap((row) => project(basis, row));
  const rng = new Rng(UMAP_OPTIONS.seed);
  const { nNeighbors, minDist } = UMAP_OPTIONS;
  const umap = new UMAP({ nComponents: 2, nNeighbors, minDist, random: () => rng.uniform() });
  const onUmap = umap.fit(rows).flat();
  const fit = fitToSquare(onPca, MARGIN);

  const pixels = Uint8Array.from(faces.flatMap((face) => [...rgbOf(face)]));
  const pixelNeighbours = neighbourTable(pixels, COUNT, NEIGHBOURS);
  const stored: StoredPlaces = {
    places: { pca: fitted(onPca, fit), umap: fitted(onUmap) },
    attributes,
    pixelNeighbours,
    pca: { mean, components, fit },
  };
  const places = { pca: pairs(stored.places.pca), umap: pairs(stored.places.umap) };
  const first = definition.fields.face.fallback;
  const near = around({ ...stored, places, latents }, first);
  const shown = [first, ...[...near.latent, ...near.pixel].map(({ index }) => index)];
  const shares = (table: readonly (readonly number[])[]): number[] => agreement(attributes, NUM_FACTS, table);
  return {
    latentRange,
    varianceShares: [...found.varianceShares],
    trustworthiness: {
      pca: trustworthiness(latents, onPca, COUNT, TRUSTED),
      umap: trustworthiness(latents, onUmap, COUNT, TRUSTED),
    },
    umap: UMAP_OPTIONS,
    agreement: {
      latent: shares(neighbourTable(latents, COUNT, NEIGHBOURS)),
      pixel: shares(pixelNeighbours),
      chance: chanceAgreement(attributes, NUM_FACTS, COUNT),
    },
    faces: { src: 'faces.webp', content: await sheet(faces, COLUMNS, QUALITY.faces) },
    map: { src: 'map.webp', content: await scatter(faces, places.pca, STILL.side, STILL.face) },
    shown: {
      src: 'shown.webp',
      content: await sheet(
        shown.map((index) => faces[index]!),
        shown.length,
        QUALITY.shown,
      ),
    },
    latents: { src: 'latents.bin', content: packed },
    places: { src: 'places.json', content: new TextEncoder().encode(JSON.stringify(stored)) },
  };
}
