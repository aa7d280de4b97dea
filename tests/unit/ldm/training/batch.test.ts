// What a step sees: pictures, noise levels, captions, from the step's number alone.
import { describe, expect, test } from 'vitest';
import { Rng } from '../../../../src/lib/ldm/base/rng.ts';
import { CLIPTokenizer } from '../../../../src/lib/ldm/tokenizer/clipTokenizer.ts';
import { makeVocabulary } from '../../../../src/lib/ldm/tokenizer/makeVocabulary.ts';
import { typicalTextSize } from '../../../../src/datasets/dataKinds.ts';
import { architectureOf } from '../../../../src/lib/ldm/recipe/architecture.ts';
import { BatchOrder } from '../../../../src/lib/ldm/training/batches.ts';
import { captionLength, Captions } from '../../../../src/lib/ldm/training/conditioning.ts';
import { presetRecipe } from '../../../../src/lab/presets.ts';
import type { Recipe } from '../../../../src/lib/ldm/recipe/recipe.ts';
import {
  logitNormalSigmas,
  stratifiedTimesteps,
  TrainingLevels,
} from '../../../../src/lib/ldm/training/timestepSampling.ts';

describe('BatchOrder', () => {
  test('shows every picture once an epoch, each epoch in another order', () => {
    const order = new BatchOrder(12, 4, 7);
    const epochs = [0, 1].map((epoch) => [0, 1, 2].flatMap((i) => order.at(3 * epoch + i)));
    for (const epoch of epochs) {
      expect([...epoch].sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
    }
    expect(epochs[0]).not.toEqual(epochs[1]);
  });

  test('knows a step without those before it', () => {
    const all = new BatchOrder(10, 4, 7);
    const steps = Array.from({ length: 9 }, (_, step) => all.at(step));
    expect(new BatchOrder(10, 4, 7).at(8)).toEqual(steps[8]);
    expect(new BatchOrder(10, 4, 8).at(8)).not.toEqual(steps[8]);
  });

  test('a batch may be larger than the set', () => {
    expect(new BatchOrder(3, 8, 7).at(0)).toHaveLength(8);
    expect(() => new BatchOrder(0, 8, 7)).toThrow(/at least 1/);
  });
});

describe('noise levels', () => {
  test('stratified timesteps: one from each part, in no order', () => {
    const drawn = stratifiedTimesteps(16, 1000, new Rng(1));
    expect(drawn).not.toEqual([...drawn].sort((a, b) => a - b));
    const parts = drawn.map((t) => Math.floor((t * 16) / 1000)).sort((a, b) => a - b);
    expect(parts).toEqual(Array.from({ length: 16 }, (_, i) => i));
    const many = stratifiedTimesteps(5000, 1000, new Rng(2));
    expect([Math.min(...many), Math.max(...many)]).toEqual([0, 999]);
  });

  test('logit-normal sigmas: half below one half, few at the ends', () => {
    const sigmas = logitNormalSigmas(4000, new Rng(1));
    const share = (low: number, high: number): number =>
      sigmas.filter((sigma) => sigma >= low && sigma < high).length / sigmas.length;
    expect(share(0, 0.5)).toBeCloseTo(0.5, 1);
    expect(share(0.269, 0.731)).toBeCloseTo(0.683, 1); // logit of one standard deviation
    expect(share(0, 0.02)).toBeLessThan(0.001);
  });

  test.each<Recipe['prediction']>(['epsilon', 'sample', 'v_prediction', 'flow'])('of %s', (prediction) => {
    const recipe = { ...presetRecipe('five', 'faces'), prediction };
    const levels = new TrainingLevels(architectureOf(recipe, typicalTextSize(recipe)).scheduler.config);
    const drawn = levels.draw(64, new Rng(3));
    expect(drawn).toHaveLength(64);
    for (const { timestep, level } of drawn) {
      expect(levels.at(timestep)).toEqual(level);
      if (prediction === 'flow') {
        expect(level.alpha + level.sigma).toBeCloseTo(1, 12);
        expect(level.sigma * 1000).toBeCloseTo(timestep, 9);
      } else {
        expect(level.alpha ** 2 + level.sigma ** 2).toBeCloseTo(1, 6);
        expect(Number.isInteger(timestep)).toBe(true);
      }
    }
    expect(() => levels.at(-1)).toThrow(/timestep: expected/);
    expect(() => levels.at(1001)).toThrow(/timestep: expected/);
  });
});

describe('Captions', () => {
  const words = ['a', 'red', 'green', 'disc', 'square'];
  const captions = [['red disc', 'a red disc'], ['green square']];
  const short = CLIPTokenizer.fromFiles(makeVocabulary(words, { modelMaxLength: 2 }).files);
  const length = captionLength(short, captions);
  const tokenizer = CLIPTokenizer.fromFiles(makeVocabulary(words, { modelMaxLength: length }).files);
  const texts = new Captions(tokenizer, captions, length);
  const idsOf = (text: string): number[] => [...tokenizer.encode(text, { maxLength: length }).ids];
  const rowsOf = ({ ids, count }: { ids: Int32Array; count: number }): number[][] =>
    Array.from({ length: count }, (_, i) => [...ids.subarray(i * length, (i + 1) * length)]);

  test('are as long as the longest', () => {
    expect(length).toBe(5);
    expect(captionLength(short, [])).toBe(2);
  });

  test('draws one of each picture, anew each time', () => {
    const seen = new Set<string>();
    for (let step = 0; step < 20; step++) {
      const [first, second] = rowsOf(texts.draw([0, 1], 0, new Rng(step)));
      expect(second).toEqual(idsOf('green square'));
      seen.add(String(first));
    }
    expect(seen).toEqual(new Set([String(idsOf('red disc')), String(idsOf('a red disc'))]));
  });

  test('leaves out its share', () => {
    const dropped = rowsOf(
      texts.draw(
        Array.from({ length: 2000 }, () => 1),
        0.1,
        new Rng(1),
      ),
    ).filter((row) => String(row) === String(idsOf('')));
    expect(dropped.length / 2000).toBeCloseTo(0.1, 1);
    expect(rowsOf(texts.draw([1, 1], 1, new Rng(1)))).toEqual([idsOf(''), idsOf('')]);
  });

  test('without any, one empty text serves all', () => {
    expect(rowsOf(new Captions(tokenizer, [], length).draw([3, 4, 5], 0.1, new Rng(1)))).toEqual([idsOf('')]);
  });
});
