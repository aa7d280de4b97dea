// Figure 4.10's arithmetic: spectra of bytes and their marks, the loupe, and which inputs reach which output.
import { describe, expect, test } from 'vitest';
import {
  centred,
  LOUPE,
  marksOf,
  moveLoupe,
  PERIODS,
  profileSpec,
  SIZE,
  spectralOf,
  spectrumImage,
} from '../../../src/components/figures/4.10-checkerboard/figure.ts';
import {
  overlapPattern,
  resizeTaps,
  transposedTaps,
} from '../../../src/components/figures/4.10-checkerboard/transposedOverlap.ts';

/** A grey picture: `value` of each pixel. */
const picture = (value: (x: number, y: number) => number): Uint8ClampedArray =>
  Uint8ClampedArray.from({ length: SIZE * SIZE * 4 }, (_, i) => {
    const pixel = Math.floor(i / 4);
    return i % 4 === 3 ? 255 : value(pixel % SIZE, Math.floor(pixel / SIZE));
  });
/** The same noise every time. */
const rough = (x: number, y: number): number => ((Math.sin(x * 12.9898 + y * 78.233) * 43758.5453) % 1) * 10;

describe('a spectrum', () => {
  const stripes = spectralOf(picture((x, y) => 120 + 30 * (x % 2) + rough(x, y)));
  const wide = spectralOf(picture((x, y) => 120 + 30 * (Math.floor(y / 2) % 2) + rough(x, y)));

  test('stands out at the period that is in the picture, whichever its direction', () => {
    const [two, four] = [PERIODS.indexOf(2), PERIODS.indexOf(4)];
    expect(stripes.peaks[two]).toBeGreaterThan(15);
    expect(stripes.peaks[four]).toBeLessThan(4);
    expect(wide.peaks[four]).toBeGreaterThan(15);
  });

  test('has the marked lines where the marks are', () => {
    const brightest = (map: Float64Array) => {
      const middle = (SIZE / 2) * SIZE + SIZE / 2;
      const order = [...map.keys()].filter((i) => i !== middle).sort((a, b) => map[b]! - map[a]!);
      return order[0]!;
    };
    const at = (i: number) => ({ x: (i % SIZE) + 0.5, y: Math.floor(i / SIZE) + 0.5 });
    expect(marksOf()).toContainEqual({ ...at(brightest(stripes.map)), period: 2 });
    expect(marksOf()).toContainEqual({ ...at(brightest(wide.map)), period: 4 });
  });

  test('is drawn darker where there is more', () => {
    const image = spectrumImage([-70, -35, 0]);
    const light = [0, 1, 2].map((i) => image[i * 4]! + image[i * 4 + 1]! + image[i * 4 + 2]!);
    expect(light[0]).toBeGreaterThan(light[1]!);
    expect(light[1]).toBeGreaterThan(light[2]!);
  });
});

test('the mean comes into the middle', () => {
  const power = new Float64Array(16);
  power[0] = 7;
  expect(centred(power, 4).indexOf(7)).toBe(2 * 4 + 2);
});

test('the loupe stays on the picture', () => {
  expect(moveLoupe({ x: 10, y: 10 }, -2, 2)).toEqual({ x: 8, y: 12 });
  expect(moveLoupe({ x: 0, y: SIZE }, -2, 2)).toEqual({ x: 0, y: SIZE - LOUPE });
});

test('the chart has a line for each decoder and a rule for each period', () => {
  const profile = Array.from({ length: SIZE / 2 + 1 }, (_, i) => -i);
  const spec = profileSpec({ real: { profile }, transpose: { profile: profile.map((db) => db + 1) } });
  expect(spec.series.map(({ name }) => name)).toEqual(['the picture', 'transposed convolution']);
  expect(spec.series[0]!.points.at(-1)).toEqual({ x: 32, y: -32 });
  expect(spec.rules?.map(({ x }) => x)).toEqual([8, 16, 32]);
});

describe('a transposed convolution', () => {
  test('with kernel 3 and stride 2 reaches outputs once and twice in turn', () => {
    expect(overlapPattern(3, 2)).toEqual([1, 2]);
  });

  test.each([
    [2, 2],
    [4, 2],
    [6, 3],
    [3, 1],
  ])(
    'kernel %i, stride %i: the stride divides the kernel, every output is reached alike',
    (kernel, stride) => {
      expect(new Set(overlapPattern(kernel, stride))).toEqual(new Set([kernel / stride]));
    },
  );

  test.each([
    [5, 2],
    [4, 3],
    [5, 3],
    [5, 4],
  ])('kernel %i, stride %i: it does not', (kernel, stride) => {
    expect(new Set(overlapPattern(kernel, stride)).size).toBe(2);
  });

  test('with kernel 3, stride 2, padding 1 and output padding 1 is the one of the decoder', () => {
    // output[2 i - 1 + k] += w[k] input[i], as PyTorch documents it
    expect(transposedTaps(2, 3, 2)).toEqual([
      { input: 0, output: 0, weight: 1 },
      { input: 0, output: 1, weight: 2 },
      { input: 1, output: 1, weight: 0 },
      { input: 1, output: 2, weight: 1 },
      { input: 1, output: 3, weight: 2 },
    ]);
  });
});

test('resizing first reaches every output with the whole kernel', () => {
  const counts = new Array<number>(12).fill(0);
  for (const { output } of resizeTaps(6, 3, 2)) counts[output]!++;
  expect(counts.slice(1, -1)).toEqual(new Array(10).fill(3));
  expect(resizeTaps(3, 3, 2).filter(({ output }) => output === 2)).toEqual([
    { input: 0, output: 2, weight: 0 },
    { input: 1, output: 2, weight: 1 },
    { input: 1, output: 2, weight: 2 },
  ]);
});
