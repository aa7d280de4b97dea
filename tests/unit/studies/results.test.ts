// The stored results of the studies: each is what the site expects, and says what it was measured with.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  kindOf,
  parseStudyResult,
  readStudyResult,
  STUDY_RESULTS,
  studyItems,
  type DenoiserResult,
  type FeaturesResult,
  type FirstStageResult,
} from '../../../src/siteData/studies.ts';
import { autoencoderCosts, denoiserCosts, parseUnetConfig, parseVaeConfig } from '@noisebook/ldm/numbers';

const ROOT = join(import.meta.dirname, '../../..');
const WEIGHTS = join(ROOT, 'training/studies/weights');
const TOKENS = 40;
const items = studyItems(ROOT);

test('the network of the distance is there, and is the one that the result names', () => {
  const { sha256, sensitivity } = readStudyResult(ROOT, 'features/windows') as FeaturesResult;
  const bytes = readFileSync(join(WEIGHTS, 'features/windows/model.safetensors'));
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  // What it is for: each harm is seen, and more of it is further away.
  const by = (kind: string): number[] =>
    sensitivity.filter((row) => row.kind === kind).map((row) => row.value);
  const [real = 0] = by('real');
  for (const kind of ['blur', 'noise', 'blocks']) {
    expect(by(kind)).toEqual([...by(kind)].sort((a, b) => a - b));
    expect(Math.max(...by(kind))).toBeGreaterThan(5 * real);
  }
  for (const kind of ['mixed', 'halves', 'missing', 'few']) expect(by(kind)[0]).toBeGreaterThan(5 * real);
});

describe.each(items)('%s', (item) => {
  test('is a result as the site expects it', () => {
    expect(readStudyResult(ROOT, item).item).toBe(item);
  });

  test('its sheets of pictures are there', () => {
    if (['features', 'rates', 'memoryPair'].includes(kindOf(item))) return;
    expect(existsSync(join(ROOT, STUDY_RESULTS, item))).toBe(true);
  });
});

describe.each(items.filter((item) => kindOf(item) === 'denoiser'))('%s', (item) => {
  test('counts as networkCosts.ts does, and has the steps of its recipe', () => {
    const { config, costs, recipe, training, sampling } = readStudyResult(ROOT, item) as DenoiserResult;
    const { parameters, multiplyAdds } = denoiserCosts(
      parseUnetConfig(config, 'unet'),
      Number(config['sample_size']),
      TOKENS,
    );
    expect(costs).toEqual({ parameters, call: multiplyAdds });
    expect(training.map((row) => row.step)).toEqual(recipe['snapshots']);
    expect(sampling.map((row) => row.samplingSteps)).toEqual(recipe['samplingSteps']);
    const seconds = training.map((row) => row.coreSeconds);
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
  });
});

describe.each(items.filter((item) => kindOf(item) === 'firstStage'))('%s', (item) => {
  test('counts as networkCosts.ts does, one spectrum a channel', () => {
    const { config, costs, spectra, channels, f, psnr } = readStudyResult(ROOT, item) as FirstStageResult;
    expect(spectra).toHaveLength(channels);
    expect(psnr === null).toBe(f === 1);
    if (config === undefined) return;
    const { encoder, decoder } = autoencoderCosts(parseVaeConfig(config, 'vae'), 64);
    expect(costs).toEqual({
      parameters: encoder.parameters + decoder.parameters,
      encoder: encoder.multiplyAdds,
      decoder: decoder.multiplyAdds,
    });
  });
});

test('what is not such a result is refused, with the item and the place', () => {
  const text = readFileSync(join(ROOT, STUDY_RESULTS, 'features/windows.json'), 'utf8');
  const parse = (change: (value: Record<string, unknown>) => void, item = 'features/windows'): unknown => {
    const value = JSON.parse(text) as Record<string, unknown>;
    change(value);
    return parseStudyResult(JSON.stringify(value), item);
  };
  expect(() => parse((value) => (value['found'] = 1.5))).toThrow(/features\/windows\.json: found/);
  expect(() => parse((value) => delete value['sha256'])).toThrow(/sha256/);
  expect(() => parse((value) => (value['more'] = 1))).toThrow(/more/);
  expect(() => parse((value) => (value['item'] = 'features/other'))).toThrow(/expected the result of/);
  expect(() => parse(() => undefined, 'nothing/here')).toThrow(/expected an item of the studies/);
});
