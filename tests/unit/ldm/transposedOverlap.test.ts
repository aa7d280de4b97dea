// Which inputs reach which output, against the definition of a transposed convolution.
import { describe, expect, test } from 'vitest';
import {
  overlapPattern,
  resizeTaps,
  transposedTaps,
} from '../../../src/components/figures/4.10-checkerboard/transposedOverlap.ts';

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
