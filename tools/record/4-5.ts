// Records figure 4.5: the latents of 400 test faces, two maps of them, and who is near whom.
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { UMAP } from 'umap-js';
import {
  factsOf,
  latentNeighbours,
  NEIGHBOURS,
  packLatents,
  pairs,
  sayFacts,
  sharedFacts,
  unpackLatents,
  type RecordedMap,
  type RecordedPlaces,
} from '../../src/components/figures/4.5-latent-map/latentMap.ts';
import { attributeNames, encodeFace } from '../../src/datasets/faceAttributes.ts';
import { sampleFace } from '../../src/datasets/faceSplits.ts';
import { renderFace } from '../../src/datasets/faces.ts';
import { fitToSquare, placeOf } from '../../src/components/figures/4.5-latent-map/mapPlaces.ts';
import {
  agreement,
  chanceAgreement,
  neighbourTable,
  pca,
  project,
  Rng,
  trustworthiness,
} from '@noisebook/ldm/numbers';
import { rasterize } from '../lib/rasterize.ts';
import { spriteSheet } from '../lib/sprite.ts';
import type { RecordContext } from './context.ts';

const COUNT = 400;
const COLUMNS = 20;
const SIZE = 64;
const BATCH = 40;
/** Chosen at first: its neighbours in latent space have its hair, those in pixels its background. */
const FACE = 393;
const MARGIN = 0.05;
/** Neighbours on which a map's trustworthiness is measured. */
const TRUSTED = 10;
const UMAP_OPTIONS = { nNeighbors: 12, minDist: 0.3, seed: 'map' } as const;
/** The still: pixels a side, and those of a face on it. */
const STILL = { side: 900, face: 46 } as const;

/** Posterior means, raw as the engine gives them, [count, dimensions]. */
async function encodeAll({ pipeline }: RecordContext, images: readonly Uint8Array[]): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for (let from = 0; from < images.length; from += BATCH) {
    const batch = images.slice(from, from + BATCH);
    const values = Float32Array.from(
      batch.flatMap((image) => [...image]),
      (byte) => byte / 127.5 - 1,
    );
    const x = tf.tensor4d(values, [batch.length, SIZE, SIZE, 3]);
    const { mean, logvar } = pipeline.firstStage.posterior(x);
    parts.push(Float32Array.from(await mean.data<'float32'>()));
    tf.dispose([x, mean, logvar]);
  }
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

/** The PCA map as one picture on nothing: what is seen before a script runs. */
async function drawStill(images: readonly Uint8Array[], places: readonly number[]): Promise<Buffer> {
  const { side, face } = STILL;
  const pieces = await Promise.all(
    images.map(async (image, i) => ({
      input: await sharp(image, { raw: { width: SIZE, height: SIZE, channels: 3 } })
        .resize(face, face)
        .png()
        .toBuffer(),
      left: Math.round(places[2 * i]! * side - face / 2),
      top: Math.round(places[2 * i + 1]! * side - face / 2),
    })),
  );
  return sharp({ create: { width: side, height: side, channels: 4, background: '#0000' } })
    .composite(pieces)
    .webp({ quality: 62, alphaQuality: 60, effort: 6 })
    .toBuffer();
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

export async function record(context: RecordContext): Promise<void> {
  const { write, manifestSha256, model } = context;
  const faces = Array.from({ length: COUNT }, (_, i) => sampleFace('test', i));
  const images = faces.map((face) => renderFace(face, SIZE, rasterize));
  const attributes = faces.flatMap((face) => [...encodeFace(face)]);
  const exact = await encodeAll(context, images);
  const latentRange = round(exact.reduce((most, x) => Math.max(most, Math.abs(x)), 0) + 0.0005, 3);
  const packed = packLatents(exact, latentRange);
  // Everything below is computed from what the page will have.
  const latents = unpackLatents(packed.buffer as ArrayBuffer, latentRange);
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
  const fitted = (points: readonly number[], how = fitToSquare(points, MARGIN)): number[] =>
    pairs(points).flatMap(({ x, y }) => {
      const place = placeOf(how, [x, y]);
      return [round(place.x, 4), round(place.y, 4)];
    });
  const places = { pca: fitted(onPca, fit), umap: fitted(onUmap) };

  const pixels = Uint8Array.from(images.flatMap((image) => [...image]));
  const pixelNeighbours = neighbourTable(pixels, COUNT, NEIGHBOURS);
  const width = attributeNames.length;
  const shares = (table: readonly (readonly number[])[]): number[] =>
    agreement(attributes, width, table).map((share) => round(share, 4));
  const facts = factsOf(attributes, FACE);
  const shownPixel = pixelNeighbours[FACE]!.map((index) => ({
    index,
    shared: sharedFacts(facts, factsOf(attributes, index)),
  }));
  const shownLatent = latentNeighbours(latents, rows[FACE]!, attributes, facts, FACE);

  const files = {
    faces: 'faces.webp',
    map: 'map.webp',
    shown: 'shown.webp',
    latents: 'latents.bin',
    places: 'places.json',
  };
  const sheet = Array.from({ length: COUNT / COLUMNS }, (_, r) =>
    images.slice(r * COLUMNS, (r + 1) * COLUMNS),
  );
  write('4-5', files.faces, await spriteSheet(sheet, SIZE, 62));
  write('4-5', files.map, await drawStill(images, places.pca));
  const shown = [FACE, ...shownLatent.map(({ index }) => index), ...shownPixel.map(({ index }) => index)];
  write('4-5', files.shown, await spriteSheet([shown.map((index) => images[index]!)], SIZE, 84));
  write('4-5', files.latents, new Uint8Array(packed.buffer));
  const recordedPlaces: RecordedPlaces = {
    places,
    attributes,
    pixelNeighbours,
    pca: { mean, components, fit },
  };
  write('4-5', files.places, JSON.stringify(recordedPlaces));
  write('4-5', 'recorded.json', {
    manifestSha256,
    model,
    count: COUNT,
    dimensions,
    latentRange,
    face: FACE,
    facts: sayFacts(facts),
    latentNeighbours: shownLatent,
    pixelNeighbours: shownPixel,
    varianceShares: found.varianceShares.map((share) => round(share, 4)),
    trustworthiness: {
      pca: round(trustworthiness(latents, onPca, COUNT, TRUSTED), 4),
      umap: round(trustworthiness(latents, onUmap, COUNT, TRUSTED), 4),
    },
    umap: UMAP_OPTIONS,
    agreement: {
      latent: shares(neighbourTable(latents, COUNT, NEIGHBOURS)),
      pixel: shares(pixelNeighbours),
      chance: chanceAgreement(attributes, width, COUNT).map((share) => round(share, 4)),
    },
    files,
    columns: COLUMNS,
    size: SIZE,
  } satisfies RecordedMap);
}
