// Figure 4.5: the recording says what its own latents and faces say; places on the map, and which face is met at one.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { agreement, neighbourTable, trustworthiness } from '@noisebook/ldm/numbers';
import {
  colorOfValue,
  facesWith,
  factsOf,
  NUM_FACTS,
  readFilter,
  sayFacts,
  sharedFacts,
} from '../../../src/components/figures/4.5-latent-map/facts.ts';
import {
  around,
  COUNT,
  packLatents,
  placeOnPca,
  unpackLatents,
} from '../../../src/components/figures/4.5-latent-map/figure.ts';
import {
  faceAt,
  fitToSquare,
  halfThumb,
  inDirection,
  limitZoom,
  placeOf,
  toMap,
  toWindow,
  WHOLE,
  zoomAround,
  zoomAt,
} from '../../../src/components/figures/4.5-latent-map/mapPlane.ts';
import { encodeFace } from '../../../src/datasets/faceAttributes.ts';
import { sampleFace } from '../../../src/datasets/faceSplits.ts';
import { readMapFiles } from './4.5-recording.ts';

const { result, study, map, stored } = await readMapFiles();
const { latents, attributes } = map;
const latentOf = (face: number) => latents.subarray(face * 256, (face + 1) * 256);

describe('the recording', () => {
  test('is small', () => {
    const files = [study.faces, study.map, study.shown, study.latents, study.places];
    const sizes = files.map(({ src }) => readFileSync(src).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(520_000);
  });

  test('has the facts of the first test faces', () => {
    expect(attributes).toHaveLength(COUNT * NUM_FACTS);
    for (const face of [0, 137, COUNT - 1])
      expect(factsOf(attributes, face)).toEqual([...encodeFace(sampleFace('test', face))]);
  });

  test('shows what the map has around the chosen face', () =>
    expect(around(map, result.face!)).toEqual(result));

  test('its shares are those of its neighbours', () => {
    const near = { latent: neighbourTable(latents, COUNT, 5), pixel: map.pixelNeighbours };
    for (const space of ['latent', 'pixel'] as const)
      agreement(attributes, NUM_FACTS, near[space]).forEach((share, i) =>
        expect(study.agreement[space][i]).toBeCloseTo(share, 3),
      );
  });

  test('puts faces where their latents say, and UMAP keeps more neighbours', () => {
    for (const face of [3, 200, 399]) {
      const { x, y } = placeOnPca(map, latentOf(face));
      expect(x).toBeCloseTo(map.places.pca[face]!.x, 3);
      expect(y).toBeCloseTo(map.places.pca[face]!.y, 3);
    }
    for (const name of ['pca', 'umap'] as const) {
      const measured = trustworthiness(latents, stored.places[name], COUNT, 10);
      expect(study.trustworthiness[name]).toBeCloseTo(measured, 2);
    }
    expect(study.trustworthiness.umap).toBeGreaterThan(study.trustworthiness.pca + 0.1);
  });
});

test('latents survive their bytes to half a step', () => {
  const values = Float32Array.of(-8, -0.01, 0.5, 7.99);
  const back = unpackLatents(packLatents(values, 8), 8);
  back.forEach((value, i) => expect(Math.abs(value - values[i]!)).toBeLessThanOrEqual(8 / 127 / 2 + 1e-6));
});

test('facts in words, shared facts, colours and filters', () => {
  const facts = encodeFace(sampleFace('test', 6));
  expect(sayFacts(facts)).toBe(
    'tan skin, red hair (mullet), wide eyes, clenched teeth, yellow sweater, pink background',
  );
  const worn = { ...sampleFace('test', 6), glasses: 'round', beard: 'long' } as const;
  expect(sayFacts(encodeFace(worn))).toContain('round glasses, a long beard,');
  expect(sayFacts(encodeFace({ ...worn, glasses: 'sunglasses', beard: 'moustache' }))).toContain(
    'sunglasses, a moustache,',
  );
  expect(sharedFacts(facts, facts)).toBe(11);
  expect(sharedFacts([0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0], [0, 1, 3, 1, 1, 1, 1, 1, 1, 1, 1])).toBe(2);
  expect(colorOfValue('background', 'teal')).toBe('#39a79d');
  expect(colorOfValue('mouth', 'sad')).toBeUndefined();
  expect(readFilter('background:plaid')).toBeUndefined();
  expect(readFilter('nonsense')).toBeUndefined();
  const teal = readFilter('background:teal');
  expect(teal?.index).toBe(5);
  expect(facesWith(attributes, teal!).has(9)).toBe(true);
  expect(facesWith(attributes, teal!).has(6)).toBe(false);
});

describe('places', () => {
  test('are fitted into the square with one scale, up being up', () => {
    const points = [0, 0, 10, 0, 5, 4];
    const fit = fitToSquare(points, 0.1);
    const places = [0, 2, 4].map((i) => placeOf(fit, points.slice(i, i + 2)));
    const expected = [
      [0.1, 0.66],
      [0.9, 0.66],
      [0.5, 0.34],
    ] as const;
    places.forEach(({ x, y }, i) => {
      expect(x).toBeCloseTo(expected[i]![0], 12);
      expect(y).toBeCloseTo(expected[i]![1], 12);
    });
  });
  test('in a direction: the nearest inside the quarter circle, what lies beside the way counting double', () => {
    const places = [
      { x: 0.5, y: 0.5 },
      { x: 0.9, y: 0.5 },
      { x: 0.6, y: 0.58 },
      { x: 0.5, y: 0.2 },
    ];
    const from = places[0]!;
    expect(inDirection(places, from, { dx: 1, dy: 0 })).toBe(2);
    expect(inDirection(places, from, { dx: 0, dy: -1 })).toBe(3);
    expect(inDirection(places, from, { dx: -1, dy: 0 })).toBeUndefined();
    expect(inDirection(places, from, { dx: 1, dy: 0 }, (i) => i !== 2)).toBe(1);
  });
});

describe('zoom', () => {
  test('the place below the pointer stays', () => {
    const [point, from] = [
      { x: 0.7, y: 0.4 },
      { k: 2, x: 0.5, y: 0.5 },
    ];
    const zoom = zoomAt(from, 1.5, point);
    expect(zoom.k).toBe(3);
    expect(toMap(zoom, point).x).toBeCloseTo(toMap(from, point).x, 12);
    expect(toMap(zoom, point).y).toBeCloseTo(toMap(from, point).y, 12);
  });
  test('there and back', () => {
    const zoom = { k: 3, x: 0.4, y: 0.6 };
    const back = toMap(zoom, toWindow(zoom, { x: 0.45, y: 0.5 }));
    expect(back.x).toBeCloseTo(0.45, 12);
    expect(back.y).toBeCloseTo(0.5, 12);
  });
  test('never shows more than the map', () => {
    expect(limitZoom({ k: 0.2, x: 3, y: -1 })).toEqual(WHOLE);
    expect(limitZoom({ k: 2, x: 0, y: 1 })).toEqual({ k: 2, x: 0.25, y: 0.75 });
    expect(limitZoom({ k: 99, x: 0.5, y: 0.5 }).k).toBe(12);
  });
  test('goes around the face that is shown, unless it is out of sight', () => {
    const face = { x: 0.3, y: 0.3 };
    expect(toWindow(zoomAround(WHOLE, 2, face), face).x).toBeCloseTo(0.3, 12);
    expect(toWindow(zoomAround(WHOLE, 2, undefined), face).x).toBeCloseTo(0.1, 12);
    const away = { k: 4, x: 0.875, y: 0.875 };
    expect(zoomAround(away, 1.5, face)).toEqual(zoomAround(away, 1.5, undefined));
  });
});

describe('the face that is met at a point', () => {
  const scene = {
    places: [
      { x: 0.5, y: 0.5 },
      { x: 0.51, y: 0.5 },
      { x: 0.52, y: 0.5 },
      { x: 0.9, y: 0.1 },
    ],
    zoom: WHOLE,
    shown: undefined,
    near: new Set<number>(),
    bright: undefined,
  };
  const point = { x: 0.51, y: 0.5 };
  test('is the one that is drawn last, and none where none is', () => {
    expect(faceAt(scene, point)).toBe(2);
    expect(faceAt(scene, { x: 0.2, y: 0.8 })).toBeUndefined();
    expect(faceAt({ ...scene, places: [] }, point)).toBeUndefined();
  });
  test('neighbours lie above the others, the one that is shown above all', () => {
    expect(faceAt({ ...scene, near: new Set([0]) }, point)).toBe(0);
    expect(faceAt({ ...scene, near: new Set([0]), shown: 1 }, point)).toBe(1);
  });
  test('what is not lit up is not met', () => {
    expect(faceAt({ ...scene, bright: new Set([0, 3]) }, point)).toBe(0);
    expect(faceAt({ ...scene, bright: new Set([3]) }, point)).toBeUndefined();
  });
  test('zoomed in, faces are met where they are seen, and are larger, though less than the map', () => {
    const zoom = { k: 4, x: 0.875, y: 0.125 };
    expect(faceAt({ ...scene, zoom }, { x: 0.6, y: 0.4 })).toBe(3);
    expect(halfThumb(zoom)).toBeGreaterThan(halfThumb(WHOLE));
    expect(halfThumb(zoom)).toBeLessThan(4 * halfThumb(WHOLE));
  });
});
