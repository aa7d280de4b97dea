// The aims of the model card: each is judged by what was measured, and left out where nothing was.
import { expect, test } from 'vitest';
import { aimsOf, peakExcess, studentAims } from '../../../src/siteData/aims.ts';
import { compareModels } from '../../../src/siteData/comparison.ts';
import { amount, share, type Evaluation } from '../../../src/siteData/evaluation.ts';
import { readManifest } from '../../../src/siteData/model.ts';

const accuracy = { mean: 0.9, allRight: 0.7, perAttribute: {} };
const split = {
  psnr: 34.2,
  chance: 0.2,
  ceiling: accuracy,
  reconstructions: accuracy,
  samples: { '3': accuracy },
};
const old: Evaluation = { count: 400, steps: 12, splits: { test: split, heldout: split } };
const at = (value: number) => ({ value, interval: [value - 0.01, value + 0.01] as const });
const ends = (mean: number) => ({ mean, interval: [mean - 0.1, mean + 0.1] as const });
const full: Evaluation = {
  ...old,
  ofCeiling: {
    test: { mean: at(0.969), allRight: at(0.7) },
    heldout: { mean: at(0.9), allRight: at(0.6) },
  },
  heldOut: {
    gap: at(0.021),
    pairs: {
      ...{ right: 0.879, interval: [0, 1], seen: 0.9, seenInterval: [0, 1], ceiling: 1 },
      ...{ gapInterval: [0.01, 0.03], rows: [] },
    },
  },
  frechet: {
    ...{ count: 400, reference: 5000, dimensions: 256, ratio: 2.9 },
    floor: { value: 1, standardError: 0.1 },
    reconstructions: { value: 1, standardError: 0.1 },
    samples: { value: 2.9, standardError: 0.1 },
  },
  copying: {
    trainingFaces: 40000,
    ...{ samples: { median: 1, lowestHundredth: 1 }, test: { median: 1, lowestHundredth: 1 } },
    reconstructions: { median: 1, lowestHundredth: 1 },
    closer: 0.012,
  },
  spectrum: {
    real: { '2': ends(-1.5), '4': ends(0) },
    reconstructions: { '2': ends(-1), '4': ends(0) },
    samples: { '2': ends(-1.2), '4': ends(0.6) },
  },
};

test('an evaluation of old has the first aim only', () => {
  expect(aimsOf(old).map(({ aim, reached }) => [aim, reached])).toEqual([['at least 34 dB', true]]);
});

test('every aim is held against its own number', () => {
  expect(aimsOf(full).map(({ measured, reached }) => [measured.text, reached])).toEqual([
    ['34.2\u00a0dB', true],
    ['96.9\u00a0%', false],
    ['70.0\u00a0%', true],
    ['2.1', false],
    ['2.1', false],
    ['2.90', true],
    ['1.2\u00a0%', false],
    ['0.60\u00a0dB', false],
  ]);
});

test('a student is held against its teacher, each with its own guidance; others are not', () => {
  const sampling = { sampler: 'DDIM', numInferenceSteps: 2, guidanceScale: 1 };
  const withMean = (guidance: number, mean: number): Evaluation => {
    const test = { ...split, samples: { [guidance]: { ...accuracy, mean } } };
    return { ...old, splits: { test, heldout: split } };
  };
  const teacher = { name: 't', sampling: { ...sampling, guidanceScale: 3 }, metrics: withMean(3, 0.95) };
  const student = { name: 's', base: 't', sampling, metrics: withMean(1, 0.921) };
  const rows = studentAims(teacher, [
    student,
    { ...student, name: 'worse', metrics: withMean(1, 0.919) },
    { ...student, name: 'not measured', metrics: null },
    { ...student, base: 'another' },
  ]);
  expect(rows.map(({ name, measured, reached }) => [name.split(',')[0], measured.text, reached])).toEqual([
    ['s', '2.9', true],
    ['worse', '3.1', false],
  ]);
});

test('the worst period counts', () => {
  expect(peakExcess(full.spectrum!)).toBeCloseTo(0.6, 12);
});

test('numbers say what they are of and where they may lie', () => {
  expect(share(0.9416, [0.9, 1])).toEqual({ text: '94.2\u00a0%', range: '90.0 to 100.0' });
  expect(share(undefined)).toEqual({ text: '–', range: undefined });
  expect(amount(34.54, 'dB', [34.4, 34.6])).toEqual({ text: '34.5\u00a0dB', range: '34.4 to 34.6' });
  expect(amount(-0.51, '', [-1, -0.04])).toEqual({ text: '−0.5', range: '−1.0 to 0.0' });
});

test('models are compared row by row, a student by what it adds to its base', () => {
  const teacher = { ...readManifest('faces-64'), metrics: full };
  const student = {
    ...teacher,
    name: 'student',
    base: 'faces-64',
    files: [{ path: 'unet/x', bytes: 2_500_000, sha256: '' }],
    sampling: { sampler: 'DDIM', numInferenceSteps: 2, guidanceScale: 1 },
    metrics: null,
  };
  const cellsOf = (name: string) => compareModels([teacher, student]).find((row) => row.name === name)?.cells;
  expect(cellsOf('network calls a picture')).toEqual(['24', '2']);
  expect(cellsOf('download')?.[1]).toEqual({ text: '2.5\u00a0MB', range: 'beside faces-64' });
  expect(cellsOf('first stage, PSNR')).toEqual([{ text: '34.2\u00a0dB', range: undefined }, '–']);
  expect(cellsOf('stated facts found')?.[0]).toMatchObject({ text: '90.0\u00a0%' });
});
