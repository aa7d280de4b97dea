// Faces in layers: few of them, without ids, and together the face.
import { expect, test } from 'vitest';
import { faceLayers, layerSheetSvg } from '../../../../src/datasets/faceLayers.ts';
import { sampleFace } from '../../../../src/datasets/faceSplits.ts';
import { faceSvg } from '../../../../src/datasets/faces.ts';
import { rasterize } from '../../../../tools/lib/rasterize.ts';

const faces = Array.from({ length: 40 }, (_, i) => sampleFace('train', i));

test('the layers laid over each other are the face, to the last pixel', () => {
  for (const face of faces) {
    const whole = rasterize(faceSvg(face), 64);
    const joined = rasterize(layerSheetSvg([faceLayers(face).join('')], 64, 1), 64);
    expect(joined).toEqual(whole);
  }
});

test('drawn apart and then laid over each other they are the face but for rounding', () => {
  for (const face of faces.slice(0, 12)) {
    const out = new Float64Array(64 * 64 * 3);
    for (const layer of faceLayers(face)) {
      // resvg gives colours multiplied by alpha.
      const drawn = rasterize(layerSheetSvg([layer], 64, 1), 64);
      for (let i = 0; i < 64 * 64; i++) {
        const through = 1 - drawn[4 * i + 3]! / 255;
        for (let k = 0; k < 3; k++) out[3 * i + k] = out[3 * i + k]! * through + drawn[4 * i + k]!;
      }
    }
    const whole = rasterize(faceSvg(face), 64);
    const off = Array.from(out, (value, i) => Math.abs(value - whole[Math.floor(i / 3) * 4 + (i % 3)]!));
    expect(Math.max(...off)).toBeLessThan(6);
  }
});

test('a sheet shows each layer as it is alone', () => {
  const layers = faceLayers(faces[0]!);
  const size = 32;
  const four = [0, 1, 2, 3].map((i) => faceLayers(faces[i]!).join(''));
  const sheet = rasterize(layerSheetSvg(four, size, 2), 2 * size);
  four.forEach((layer, i) => {
    const alone = rasterize(layerSheetSvg([layer], size, 1), size);
    const [left, top] = [(i % 2) * size, Math.floor(i / 2) * size];
    for (let y = 0; y < size; y++) {
      const from = ((top + y) * 2 * size + left) * 4;
      const row = sheet.subarray(from, from + size * 4);
      const off = Array.from(row, (value, x) => Math.abs(value - alone[y * size * 4 + x]!));
      expect(Math.max(...off)).toBeLessThan(4);
    }
  });
  expect(layers.length).toBeGreaterThan(5);
});

test('a few hundred layers are thousands of faces', () => {
  const layers = new Set<string>();
  for (let i = 0; i < 1500; i++) for (const layer of faceLayers(sampleFace('train', i))) layers.add(layer);
  expect(layers.size).toBeLessThan(400);
  for (const layer of layers) expect(layer).not.toMatch(/\sid=|url\(|mask|metadata/);
});
