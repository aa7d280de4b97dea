// Pictures of the command line: a grid in bytes, and a PNG file that gives the same bytes back.
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { encodePng, pictureGrid } from '../../../tools/lib/png.ts';

test('what is written is read back, three bytes a pixel', async () => {
  const rgb = Uint8Array.from({ length: 3 * 2 * 3 }, (_, i) => (i * 37) % 256);
  const file = await encodePng(rgb, 3, 2);
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 3, height: 2, channels: 3 });
  expect([...data]).toEqual([...rgb]);
  expect((await sharp(file).metadata()).format).toBe('png');
});

test('bytes that are no such picture are refused', async () => {
  await expect(encodePng(new Uint8Array(17), 3, 2)).rejects.toThrow(
    'PNG: expected 18 bytes for 3 x 2 pixels, got 17',
  );
});

test('three pictures in two columns; what is left is white', () => {
  const pictures = Float32Array.of(-1, -1, -1, 0, 0, 0, 2, 1, -3); // one pixel each
  const grid = pictureGrid(pictures, [3, 1, 1], 2);
  expect(grid).toMatchObject({ width: 2, height: 2 });
  expect([...grid.rgb]).toEqual([0, 0, 0, 128, 128, 128, 255, 255, 0, 255, 255, 255]);
});
