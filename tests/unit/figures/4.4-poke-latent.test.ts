// Changed latents in an address, and which pixels a change reaches.
import { describe, expect, test } from 'vitest';
import {
  footprint,
  MAX_POKES,
  MAX_TEXT,
  poked,
  readPokes,
  withPoke,
  writePokes,
} from '../../../src/components/figures/4.4-poke-latent/figure.ts';

describe('the address', () => {
  test('says each change, and is understood again', () => {
    const pokes = new Map([
      [109, 3],
      [0, -0.5],
    ]);
    expect(writePokes(pokes)).toBe('109.30_0.-5');
    expect(readPokes('109.30_0.-5')).toEqual(pokes);
    expect(readPokes('')).toEqual(new Map());
  });
  test('leaves out what it can’t be: no such cell, too much, no change, no number', () => {
    expect(readPokes('256.10_12.41_12.0_x_7.5.5_9.-40')).toEqual(new Map([[9, -4]]));
  });
  test('all that may be changed fits into its text', () => {
    const many = new Map(Array.from({ length: MAX_POKES }, (_, i) => [255 - i, -4]));
    expect(writePokes(many).length).toBeLessThanOrEqual(MAX_TEXT);
    expect(readPokes(writePokes(many))).toEqual(many);
    expect(withPoke(many, 0, 1)).toEqual(many);
    expect(withPoke(many, 255, 1).get(255)).toBe(1);
  });
});

test('a change counts in standard deviations of its own channel; 0 takes it back', () => {
  const latents = new Float32Array(256);
  const stds = [1, 2, 3, 4];
  const changed = poked(latents, new Map([[6, 1.5]]), stds);
  expect(changed[6]).toBe(4.5);
  expect(changed.filter((x) => x !== 0)).toHaveLength(1);
  expect(withPoke(new Map([[6, 1.5]]), 6, 0).size).toBe(0);
});

test('pixels are counted, inside and outside the own square', () => {
  const map = new Uint8Array(64 * 64);
  map[0] = 9;
  map[7 * 64 + 7] = 200;
  map[8] = 9; // the next square
  map[1] = 8; // not above the threshold
  // Two channels of the same place have one square.
  const pokes = new Map([
    [0, 1],
    [3, 1],
  ]);
  expect(footprint(map, pokes, 8)).toEqual({ changed: 3, inside: 2, own: 64 });
});
