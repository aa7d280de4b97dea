/** Faces: the same from the same seed, split without overlap, and every fact visible in the picture. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  attributeNames,
  canonicalFace,
  decodeFace,
  encodeFace,
  faceAttributes,
  type Face,
} from '../../src/datasets/faceAttributes.ts';
import { drawFace, heldOutPairs, sampleFace, shows, splitOf, splits } from '../../src/datasets/faceSplits.ts';
import { faceSvg, renderFace } from '../../src/datasets/faces.ts';
import { Rng } from '@noisebook/ldm/numbers';
import { rasterize } from '../../tools/lib/rasterize.ts';

const digest = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex').slice(0, 16);
const key = (face: Face) => encodeFace(face).join();
const faces = (split: (typeof splits)[number], count: number) =>
  Array.from({ length: count }, (_, i) => sampleFace(split, i));

const plain: Face = {
  skin: 'light',
  top: 'short',
  hairColor: 'brown',
  hatColor: 'none',
  glasses: 'none',
  beard: 'none',
  mouth: 'smile',
  eyes: 'open',
  clothes: 'hoodie',
  clothesColor: 'blue',
  background: 'green',
};

describe('faces', () => {
  it('gives the faces and drawings that it always gave', () => {
    expect(digest(faceSvg(plain))).toBe('ac9a92f920849bc3');
    expect(digest(faces('train', 500).map(key).join(';'))).toBe('f1a912526071cf80');
    expect(digest(faces('heldout', 100).map(key).join(';'))).toBe('2d719c9483c69467');
  });

  it('fills the whole square with the background', () => {
    const rgb = renderFace({ ...plain, background: 'teal' }, 32, rasterize);
    const corner = (i: number) => [...rgb.slice(i * 3, i * 3 + 3)];
    expect(rgb.length).toBe(32 * 32 * 3);
    expect(corner(0)).toEqual([0x39, 0xa7, 0x9d]);
    expect(corner(31)).toEqual([0x39, 0xa7, 0x9d]);
    expect(corner(16 * 32)).toEqual([0x39, 0xa7, 0x9d]);
  });

  it('says what is wrong with a rasterizer that returns another size', () => {
    expect(() => renderFace(plain, 8, () => new Uint8Array(3))).toThrow(/expected 256 RGBA bytes.*got 3/);
  });

  it('survives being encoded', () => {
    for (const face of faces('train', 200)) expect(decodeFace(encodeFace(face))).toEqual(face);
    expect(() => decodeFace([99])).toThrow(/index 99 for skin/);
    expect(() => encodeFace({ ...plain, skin: 'green' as never })).toThrow(/skin is 'green'/);
  });

  it('hides what cannot be seen', () => {
    expect(canonicalFace({ ...plain, top: 'bald' }).hairColor).toBe('hidden');
    expect(canonicalFace({ ...plain, top: 'bald', beard: 'long' }).hairColor).toBe('brown');
    expect(canonicalFace({ ...plain, glasses: 'sunglasses' }).eyes).toBe('hidden');
    expect(canonicalFace({ ...plain, glasses: 'eyepatch', eyes: 'wink' }).eyes).toBe('wide');
    const hijab = canonicalFace({ ...plain, top: 'hijab', hatColor: 'red' });
    expect(hijab).toMatchObject({ clothes: 'hidden', clothesColor: 'hidden', hatColor: 'red' });
    for (const face of faces('train', 300)) expect(canonicalFace(face)).toEqual(face);
  });

  it('draws hidden facts the same whatever they were', () => {
    expect(faceSvg({ ...plain, glasses: 'sunglasses', eyes: 'hearts' })).toBe(
      faceSvg({ ...plain, glasses: 'sunglasses', eyes: 'closed' }),
    );
    expect(faceSvg({ ...plain, top: 'hat', hatColor: 'red', hairColor: 'pink' })).toBe(
      faceSvg({ ...plain, top: 'hat', hatColor: 'red', hairColor: 'black' }),
    );
  });

  it('splits faces by their facts: none is in two splits', () => {
    for (const split of splits) {
      for (const face of faces(split, 400)) expect(splitOf(face)).toBe(split);
    }
    const train = new Set(faces('train', 3000).map(key));
    for (const split of splits.slice(1)) {
      for (const face of faces(split, 500)) expect(train.has(key(face))).toBe(false);
    }
  });

  it('keeps the held-out pairs for the held-out split, and draws them all there', () => {
    expect(heldOutPairs.length).toBe(12);
    for (const split of ['train', 'validation', 'test'] as const) {
      for (const face of faces(split, 2000)) {
        expect(heldOutPairs.some((pair) => shows(face, pair))).toBe(false);
      }
    }
    const held = faces('heldout', 400);
    for (const pair of heldOutPairs) expect(held.some((face) => shows(face, pair))).toBe(true);
  });

  it('teaches each half of every held-out pair', () => {
    const train = faces('train', 3000);
    for (const pair of heldOutPairs) {
      for (const [name, value] of Object.entries(pair)) {
        expect(train.filter((face) => shows(face, { [name]: value })).length).toBeGreaterThan(60);
      }
    }
  });

  it('reaches every value of every attribute in training', () => {
    const train = faces('train', 2000);
    for (const name of attributeNames) {
      expect([...new Set(train.map((face) => face[name]))].sort()).toEqual([...faceAttributes[name]].sort());
    }
  });

  it('refuses an index that is not a count', () => {
    expect(() => sampleFace('train', -1)).toThrow(/index of 0 or more, got -1/);
  });

  it('gives every pair of values of each attribute different pixels at 64 x 64', () => {
    for (const name of attributeNames) {
      const start: Face = name === 'hatColor' ? { ...plain, top: 'hat', hatColor: 'red' } : plain;
      const variants = faceAttributes[name]
        .map((value) => canonicalFace({ ...start, [name]: value }))
        .filter((face, i) => face[name] === faceAttributes[name][i]);
      const pictures = variants.map((face) => renderFace(face, 64, rasterize));
      pictures.forEach((a, i) => {
        for (const [j, b] of pictures.slice(0, i).entries()) {
          const clear = a.reduce((sum, value, k) => sum + (Math.abs(value - b[k]!) > 30 ? 1 : 0), 0);
          expect(clear, `${name}: ${variants[i]?.[name]} and ${variants[j]?.[name]}`).toBeGreaterThan(15);
        }
      });
    }
  });

  it('changes the picture whenever one fact changes, on any face', () => {
    const rng = new Rng('visible');
    for (let i = 0; i < 60; i++) {
      const face = drawFace(rng);
      const name = rng.pick(attributeNames);
      const changed = canonicalFace({ ...face, [name]: rng.pick<string>(faceAttributes[name]) });
      if (key(changed) === key(face)) continue;
      const a = renderFace(face, 64, rasterize);
      const b = renderFace(changed, 64, rasterize);
      const difference = a.reduce((sum, value, k) => sum + Math.abs(value - b[k]!), 0);
      expect(difference, `${JSON.stringify(face)} and ${JSON.stringify(changed)}`).toBeGreaterThan(500);
    }
  });
});
