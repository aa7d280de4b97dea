// What chapter 8 and its lesson say of figure 8.1, held against the recorded run: each test is a sentence there.
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import {
  errorOverT,
  flattest,
  momentAt,
  readTraining,
  reconstructionLooks,
} from '../../../src/components/figures/8.1-train/trainingRecording.ts';
import { mapFacts } from '../../../src/components/figures/8.1-train/mapFacts.ts';
import { backgroundColors, skinColors } from '../../../src/datasets/faceAttributes.ts';
import { sampleFace } from '../../../src/datasets/faceSplits.ts';
import { renderFace } from '../../../src/datasets/faces.ts';
import { factsCaption, NUM_FACTS } from '../../../src/datasets/facts.ts';
import { rasterize } from '../../../tools/lib/rasterize.ts';

const run = readTraining();

describe('phase one', () => {
  test('paints nearly one picture for all faces, then light and dark, then colour', async () => {
    const looks = await reconstructionLooks(run);
    const [blob, light, coloured] = [13, 113, 613].map((step) => momentAt(looks, step));
    const last = looks.at(-1)!;
    expect(blob!.apart).toBeLessThan(last.apart / 4);
    expect(light!.brightness).toBeGreaterThan(0.7);
    expect(light!.colour).toBeLessThan(0.05);
    expect(light!.colour).toBeGreaterThan(-0.005); // written as 0 %
    expect(coloured!.colour).toBeGreaterThan(0.75);
  });

  test('its loss is flattest before colour arrives', () => {
    const [[from, before], [to, after]] = flattest(run.curves.autoencoder, 6, 600);
    expect(from).toBeGreaterThan(90);
    expect(to).toBeLessThan(313);
    expect(after / before).toBeGreaterThan(0.95);
    const later = run.curves.autoencoder.find(([step]) => step >= 613)!;
    expect(later[1]).toBeLessThan(0.6 * after);
  });

  test('neighbours on its map share their skin tone first, their background in the end', () => {
    const { moments, lot, count } = mapFacts(run);
    expect(count).toBe(96);
    const early = momentAt(moments, 113).shares;
    const late = moments.at(-1)!.shares;
    expect(early.skin).toBeGreaterThan(2 * lot.skin);
    expect(early.background).toBeLessThan(2 * lot.background);
    expect(late.background).toBeGreaterThan(2 * lot.background);
    expect(late.skin).toBeLessThan(2 * lot.skin);
  });

  test('skin tones differ in brightness most, backgrounds in colour', () => {
    const variances = (colors: Readonly<Record<string, string>>): { brightness: number; colour: number } => {
      const parts = Object.values(colors).map((hex) => {
        const [r = 0, g = 0, b = 0] = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
        const light = 0.299 * r + 0.587 * g + 0.114 * b;
        return [light, 0.564 * (b - light), 0.713 * (r - light)] as const;
      });
      const [light, blue, red] = ([0, 1, 2] as const).map((part) => {
        const values = parts.map((color) => color[part]);
        const mean = values.reduce((a, c) => a + c, 0) / values.length;
        return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      });
      return { brightness: light!, colour: blue! + red! };
    };
    const [skin, background] = [variances(skinColors), variances(backgroundColors)];
    expect(skin.brightness).toBeGreaterThan(2 * skin.colour);
    expect(background.colour).toBeGreaterThan(background.brightness);
  });
});

describe('phase two', () => {
  test('errs most at the left, least in the middle, and again more at the right', () => {
    expect(run.recipe).toMatchObject({ prediction: 'v_prediction', minSnrGamma: null });
    const { bins, width, first, last, middle, lowest, firstTwo } = errorOverT(run);
    expect([bins, width]).toEqual([20, 50]);
    expect(first).toBe(Math.max(...run.byTimestep.map(({ y }) => y)));
    expect(middle[0]).toBe(lowest);
    expect(last).toBeGreaterThan(1.3 * middle[1]);
    expect(last).toBeLessThan(first / 2);
    expect(first).toBeLessThan(1);
    expect(firstTwo).toBeGreaterThan(0.25);
  });

  test('its captions have all facts, of faces that it was not trained on', () => {
    const known = new Set(
      Array.from({ length: run.recipe.images }, (_, i) => factsCaption(sampleFace('train', i))),
    );
    for (const [i, { text }] of run.data.sampleCaptions.entries()) {
      expect(text).toBe(factsCaption(sampleFace('test', i)));
      expect(text.split(' ')).toHaveLength(NUM_FACTS);
      expect(known.has(text)).toBe(false);
    }
  });

  test('background, hair and clothes are right by step 476, shapes later, eyes and mouths last', async () => {
    const { file, columns, rows, size } = run.sheets.samples;
    const { data } = await sharp(join(process.cwd(), 'public/recorded/8-1', file))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const steps = run.moments.filter(({ phase }) => phase === 'denoiser').map(({ step }) => step);
    const faces = Array.from({ length: rows }, (_, row) =>
      Array.from(renderFace(sampleFace('test', row), size, rasterize)),
    );
    const drawnAt = (step: number): number[][] =>
      faces.map((face, row) =>
        face.map((_, i) => {
          const [x, y] = [Math.floor(i / 3) % size, Math.floor(i / 3 / size)];
          const column = steps.indexOf(step);
          return data[((row * size + y) * columns * size + column * size + x) * 3 + (i % 3)]!;
        }),
      );
    /** Each value minus the mean of its block of 4 x 4 pixels: shapes, without the colours of areas. */
    const shapesOf = (picture: readonly number[]): number[] => {
      const sums = new Map<number, number>();
      const block = (i: number): number => {
        const [x, y] = [Math.floor(i / 3) % size, Math.floor(i / 3 / size)];
        return (Math.floor(y / 4) * size + Math.floor(x / 4)) * 3 + (i % 3);
      };
      picture.forEach((value, i) => sums.set(block(i), (sums.get(block(i)) ?? 0) + value));
      return picture.map((value, i) => value - sums.get(block(i))! / 16);
    };
    /** 1 is right, 0 is no better than the mean of the faces that were asked for. */
    const right = (
      step: number,
      inside: (x: number, y: number) => boolean,
      of = (picture: readonly number[]): readonly number[] => picture,
    ): number => {
      const [drawn, wanted] = [drawnAt(step).map(of), faces.map(of)];
      let [error, spread] = [0, 0];
      for (let i = 0; i < size * size * 3; i++) {
        const [x, y] = [Math.floor(i / 3) % size, Math.floor(i / 3 / size)];
        if (!inside(x, y)) continue;
        const mean = wanted.reduce((sum, face) => sum + face[i]!, 0) / rows;
        wanted.forEach((face, row) => {
          error += (drawn[row]![i]! - face[i]!) ** 2;
          spread += (face[i]! - mean) ** 2;
        });
      }
      return 1 - error / spread;
    };
    const large = [
      (x: number, y: number) => (x < 3 || x >= 29) && y < 20,
      (x: number, y: number) => y < 8 && x > 9 && x < 23,
      (x: number, y: number) => y >= 29 && x > 5 && x < 27,
    ];
    const eyes = (x: number, y: number): boolean => y >= 12 && y < 16 && x >= 10 && x < 22;
    const mouth = (x: number, y: number): boolean => y >= 18 && y < 22 && x >= 13 && x < 19;
    for (const region of large) expect(right(476, region)).toBeGreaterThan(0.6);
    const anywhere = (): boolean => true;
    expect(right(476, anywhere, shapesOf)).toBeLessThan(0.2);
    expect(right(972, anywhere, shapesOf)).toBeGreaterThan(0.5);
    for (const region of [eyes, mouth]) expect(right(476, region)).toBeLessThan(0.3);
    expect(right(steps.at(-1)!, eyes)).toBeGreaterThan(0.7);
    expect(right(steps.at(-1)!, mouth)).toBeLessThan(
      Math.min(...large.map((region) => right(steps.at(-1)!, region))),
    );
  });
});
