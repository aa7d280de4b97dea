// Bytes to numbers and back.
import { expect, test } from 'vitest';
import { fromRgba, toRgba } from '../../../src/engine/worker/pixels.ts';

test('every byte comes back as it was, alpha opaque', () => {
  const rgba = Uint8ClampedArray.from({ length: 1024 }, (_, i) => (i % 4 === 3 ? 255 : i >> 2));
  const values = fromRgba(rgba);
  expect(values).toHaveLength(768);
  expect([values[0], values[765]]).toEqual([-1, 1]);
  expect(toRgba(values)).toEqual(rgba);
});
