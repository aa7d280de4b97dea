// Figure 4.5: the recording says what its own latents and faces say.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  colorOfValue,
  facesWith,
  factsOf,
  latentNeighbours,
  packLatents,
  placeOnPca,
  readFilter,
  sayFacts,
  sharedFacts,
  unpackLatents,
  type RecordedMap,
  type RecordedPlaces,
} from '../../../src/components/figures/4.5-latent-map/latentMap.ts';
import { attributeNames, encodeFace } from '../../../src/datasets/faceAttributes.ts';
import { sampleFace } from '../../../src/datasets/faceSplits.ts';
import { agreement, neighbourTable, trustworthiness } from '@noisebook/ldm/numbers';

const folder = join(import.meta.dirname, '../../../public/recorded/4-5');
const json = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const recorded = json('recorded.json') as RecordedMap;
const places = json(recorded.files.places) as RecordedPlaces;
const bytes = Uint8Array.from(readFileSync(join(folder, recorded.files.latents)));
const latents = unpackLatents(bytes.buffer, recorded.latentRange);
const { count, dimensions } = recorded;
const latentOf = (face: number) => latents.subarray(face * dimensions, (face + 1) * dimensions);

describe('the recording', () => {
  test('is small', () => {
    const sizes = Object.values(recorded.files).map((file) => statSync(join(folder, file)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(520_000);
  });

  test('has the facts of the first test faces', () => {
    expect(places.attributes).toHaveLength(count * attributeNames.length);
    for (const face of [0, 137, count - 1]) {
      expect(factsOf(places.attributes, face)).toEqual([...encodeFace(sampleFace('test', face))]);
    }
  });

  test('shows the nearest of the chosen face', () => {
    const { face } = recorded;
    const facts = factsOf(places.attributes, face);
    expect(latentNeighbours(latents, latentOf(face), places.attributes, facts, face)).toEqual(
      recorded.latentNeighbours,
    );
    expect(recorded.pixelNeighbours.map(({ index }) => index)).toEqual(places.pixelNeighbours[face]);
    expect(recorded.facts).toBe(sayFacts(facts));
  });

  test('its shares are those of its neighbours', () => {
    const found = agreement(places.attributes, attributeNames.length, neighbourTable(latents, count, 5));
    found.forEach((share, i) => expect(recorded.agreement.latent[i]).toBeCloseTo(share, 3));
    const pixel = agreement(places.attributes, attributeNames.length, places.pixelNeighbours);
    pixel.forEach((share, i) => expect(recorded.agreement.pixel[i]).toBeCloseTo(share, 3));
  });

  test('puts faces where their latents say, and UMAP keeps more neighbours', () => {
    for (const face of [3, 200, 399]) {
      const { x, y } = placeOnPca(places, latentOf(face));
      expect(x).toBeCloseTo(places.places.pca[2 * face]!, 3);
      expect(y).toBeCloseTo(places.places.pca[2 * face + 1]!, 3);
    }
    for (const map of ['pca', 'umap'] as const) {
      const measured = trustworthiness(latents, places.places[map], count, 10);
      expect(recorded.trustworthiness[map]).toBeCloseTo(measured, 2);
    }
    expect(recorded.trustworthiness.umap).toBeGreaterThan(recorded.trustworthiness.pca + 0.1);
  });
});

test('latents survive their bytes to half a step', () => {
  const values = Float32Array.of(-8, -0.01, 0.5, 7.99);
  const back = unpackLatents(packLatents(values, 8).buffer as ArrayBuffer, 8);
  back.forEach((value, i) => expect(Math.abs(value - values[i]!)).toBeLessThanOrEqual(8 / 127 / 2 + 1e-6));
});

test('facts in words, shared facts, colours and filters', () => {
  const facts = encodeFace(sampleFace('test', 6));
  expect(sayFacts(facts)).toBe(
    'tan skin, red hair (mullet), wide eyes, clenched teeth, yellow sweater, pink background',
  );
  expect(sharedFacts(facts, facts)).toBe(11);
  expect(sharedFacts([0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0], [0, 1, 3, 1, 1, 1, 1, 1, 1, 1, 1])).toBe(2);
  expect(colorOfValue('background', 'teal')).toBe('#39a79d');
  expect(colorOfValue('mouth', 'sad')).toBeUndefined();
  expect(readFilter('background:teal')?.index).toBe(5);
  expect(readFilter('background:plaid')).toBeUndefined();
  expect(readFilter('nonsense')).toBeUndefined();
  const teal = facesWith(places.attributes, readFilter('background:teal')!);
  expect(teal.has(9)).toBe(true);
  expect(teal.has(6)).toBe(false);
});
