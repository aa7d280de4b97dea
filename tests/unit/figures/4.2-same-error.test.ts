// Figure 4.2: each harm reaches the wanted error, only where it should, and the reader's order survives the address.
import { describe, expect, test } from 'vitest';
import {
  distortionsOf,
  KINDS,
  type LayeredFace,
} from '../../../src/components/figures/4.2-same-error/distortions.ts';
import {
  agreementWith,
  readOrder,
  solve,
  toggled,
  wantedError,
  writeOrder,
} from '../../../src/components/figures/4.2-same-error/figure.ts';
import { rmse } from '../../../src/components/figures/4.2-same-error/equalError.ts';
import { sampleFace } from '../../../src/datasets/faceSplits.ts';
import { drawLayers } from '../../../tools/lib/layeredFace.ts';

const size = 128;
const drawn = drawLayers(sampleFace('test', 6), size);
const bytes = (layer: Uint8Array) => Uint8ClampedArray.from(layer);
const face: LayeredFace = {
  size,
  whole: bytes(drawn.whole),
  below: bytes(drawn.below),
  eye: bytes(drawn.eye),
  over: bytes(drawn.over),
};
const distortions = distortionsOf(face);
const changed = (picture: Uint8ClampedArray) =>
  Array.from({ length: size * size }, (_, i) => i).filter((i) =>
    [0, 1, 2].some((c) => Math.abs(picture[4 * i + c]! - face.whole[4 * i + c]!) > 3),
  );

describe('distortions', () => {
  test.each(KINDS)('%s: no strength, hardly any change; any error is found to 0.2 %', (kind) => {
    expect(rmse(face.whole, distortions[kind](0))).toBeLessThan(0.5);
    for (const wanted of [3, 9.5, 13]) {
      const { picture, measured } = solve(face, kind, distortions[kind], wanted, 35);
      expect(measured.error).toBe(rmse(face.whole, picture));
      expect(Math.abs(measured.error / wanted - 1)).toBeLessThan(0.002);
      expect(measured.ssim).toBeLessThan(1);
      expect(measured.loss).toBeGreaterThan(0);
    }
  });

  test('the eye that is put back gives the face', () => {
    expect(rmse(face.below, face.whole)).toBeGreaterThan(5);
    expect(rmse(distortions.eye(0), face.whole)).toBeLessThan(0.2);
  });

  test('a moved eye changes the left half of the face only, a lost corner its corner only', () => {
    const eye = changed(distortions.eye(12));
    expect(eye.length).toBeGreaterThan(100);
    expect(eye.every((i) => i % size < size / 2 && i / size > 30 && i / size < 90)).toBe(true);
    const corner = changed(distortions.corner(10));
    expect(corner.every((i) => i % size >= size - 10 && i / size < 10)).toBe(true);
  });

  test('more strength, more error', () => {
    for (const kind of ['brightness', 'corner', 'noise', 'blur', 'hue'] as const) {
      const errors = [1, 2, 4, 8].map((strength) => rmse(face.whole, distortions[kind](strength)));
      expect(errors).toEqual([...errors].sort((a, b) => a - b));
    }
  });
});

describe('the order', () => {
  test('survives the address; nonsense is left out', () => {
    expect(readOrder(writeOrder(['eye', 'blur', 'hue']))).toEqual(['eye', 'blur', 'hue']);
    expect(readOrder('3x39 5')).toEqual(['eye', 'blur']);
    expect(toggled(['eye', 'blur'], 'eye')).toEqual(['blur']);
    expect(toggled(['eye'], 'hue')).toEqual(['eye', 'hue']);
  });

  test('agrees with a measure that says the same', () => {
    const measured = KINDS.map((kind, i) => ({ kind, error: 1, ssim: i / 10, loss: i }));
    expect(agreementWith([...KINDS], measured)).toEqual({ ssim: 1, loss: -1 });
    expect(agreementWith(['eye', 'hue'], measured)).toBeUndefined();
  });

  test('no more error than the face allows', () => {
    expect(wantedError(20, { most: 12.5 })).toBe(12.5);
    expect(wantedError(8, { most: 12.5 })).toBe(8);
  });
});
