// Sizes of pictures and latents: worked out from the numbers that came, or refused with what was expected.
import { expect, test } from 'vitest';
import { batchSize, decodeSizes, encodeSizes } from '../../../src/engine/worker/firstStageSizes.ts';

const faces = { latentChannels: 4, downsamplingFactor: 4, inChannels: 3, outChannels: 3 };
const six = { ...faces, latentChannels: 6, downsamplingFactor: 64 };
const pixels = (width: number, height: number, count = 1): Uint8ClampedArray =>
  new Uint8ClampedArray(width * height * count * 4);

test('pictures without sides are square', () => {
  expect(encodeSizes({ pixels: pixels(64, 64, 3), count: 3 }, faces)).toEqual({
    width: 64,
    height: 64,
    latentWidth: 16,
    latentHeight: 16,
  });
  expect(encodeSizes({ pixels: pixels(64, 64), count: 1 }, six)).toMatchObject({
    latentWidth: 1,
    latentHeight: 1,
  });
});

test('one side given, the other follows', () => {
  const wide = { pixels: pixels(128, 32, 2), count: 2 };
  const expected = { width: 128, height: 32, latentWidth: 32, latentHeight: 8 };
  expect(encodeSizes({ ...wide, width: 128 }, faces)).toEqual(expected);
  expect(encodeSizes({ ...wide, height: 32 }, faces)).toEqual(expected);
  expect(encodeSizes({ ...wide, width: 128, height: 32 }, faces)).toEqual(expected);
});

test.each([
  [{ pixels: pixels(128, 33), count: 1 }, 'pictures to be square ones, got 4224 places each'],
  [{ pixels: pixels(64, 64), count: 1, width: 60 }, 'pictures to be 60 x ?, got 4096'],
  [{ pixels: pixels(64, 64), count: 1, width: 64, height: 32 }, 'pictures to be 64 x 32, got 4096'],
  [{ pixels: pixels(30, 30), count: 1 }, 'multiples of 4, got 30 x 30'],
  [{ pixels: pixels(1024, 4), count: 1, width: 1024 }, 'at most 512 x 512, got 1024 x 4'],
])('refuses %#: %s', (request, message) => {
  expect(() => encodeSizes(request, faces)).toThrow(message);
});

test('latents give the size of the pictures', () => {
  expect(decodeSizes({ latents: new Float32Array(2 * 16 * 16 * 4), count: 2 }, faces)).toEqual({
    width: 64,
    height: 64,
    latentWidth: 16,
    latentHeight: 16,
  });
  expect(decodeSizes({ latents: new Float32Array(6), count: 1 }, six)).toMatchObject({
    width: 64,
    height: 64,
  });
  expect(
    decodeSizes({ latents: new Float32Array(8 * 2 * 4), count: 1, latentWidth: 8 }, faces),
  ).toMatchObject({
    width: 32,
    height: 8,
  });
});

test('refuses latents that do not fit the model', () => {
  const refused = (length: number, rest = {}, config = faces) =>
    expect(() => decodeSizes({ latents: new Float32Array(length), count: 1, ...rest }, config));
  refused(6).toThrow('latents with 4 channels for each of 1, got 6 numbers');
  refused(4 * 15).toThrow('latents to be square ones, got 15 places each');
  refused(4 * 16, { latentWidth: 3 }).toThrow('latents to be 3 x ?, got 16 places each');
  refused(6 * 9 * 9, {}, six).toThrow('at most 512 x 512, got 576 x 576');
  refused(4, {}, { ...faces, outChannels: 1 }).toThrow('colour pictures, got one with 1 channels');
});

test('batches hold as much as 16 faces, and at least one picture', () => {
  const of = (side: number): number =>
    batchSize({ width: side, height: side, latentWidth: 1, latentHeight: 1 });
  expect([of(64), of(128), of(512)]).toEqual([16, 4, 1]);
});
