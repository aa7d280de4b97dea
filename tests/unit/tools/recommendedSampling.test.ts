// The steps and the guidance that a model's makers recommend.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { recommendedSampling } from '../../../tools/lib/recommendedSampling.ts';

const folder = mkdtempSync(join(tmpdir(), 'noisebook-sampling-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('the manifest of the shipped model is followed', () => {
  expect(recommendedSampling('public/weights/faces-64')).toEqual({ numInferenceSteps: 12, guidanceScale: 3 });
});

test('a student’s manifest is followed; what it does not say is usual', () => {
  const usual = { numInferenceSteps: 12, guidanceScale: 3 };
  expect(recommendedSampling(folder)).toEqual(usual);
  const write = (manifest: object): void => {
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  };
  write({ sampling: { sampler: 'DDIM', numInferenceSteps: 2, guidanceScale: 1 } });
  expect(recommendedSampling(folder)).toEqual({ numInferenceSteps: 2, guidanceScale: 1 });
  write({ name: 'first stage only' });
  expect(recommendedSampling(folder)).toEqual(usual);
});
