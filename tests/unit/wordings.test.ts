// The prompts that models are measured by: those of the offline evaluation, and one set of facts in several wordings.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { knownWords, wordsOf } from '../../src/datasets/captions.ts';
import { encodeFace } from '../../src/datasets/faceAttributes.ts';
import { shows } from '../../src/datasets/faceSplits.ts';
import { evaluationPrompt, evaluationWordings, statedBy } from '../../src/datasets/evaluationPrompts.ts';
import { misspell, wordingKinds } from '../../src/datasets/wordings.ts';
import { Rng } from '@noisebook/ldm/numbers';

interface Asked {
  readonly text: string;
  readonly truth: number[];
  readonly mentioned: number[];
}
const { prompts } = JSON.parse(
  readFileSync(new URL('../fixtures/evaluation/cases.json', import.meta.url), 'utf8'),
) as { prompts: Record<'test' | 'heldout', Asked[]> };

describe.each(['test', 'heldout'] as const)('%s', (split) => {
  it('asks what the offline evaluation asks', () => {
    for (const [i, { text, truth, mentioned }] of prompts[split].entries()) {
      const ours = evaluationPrompt(split, i);
      expect(ours.text).toBe(text);
      expect(Array.from(encodeFace(ours.face))).toEqual(truth);
      expect(statedBy(ours.mentioned).map(Number)).toEqual(mentioned);
    }
  });
});

describe('wordings', () => {
  const all = Array.from({ length: 400 }, (_, i) => evaluationWordings('test', i));
  const known = new Set(knownWords);
  const strange = (text: string): string[] => wordsOf(text).filter((word) => !known.has(word));

  it('state facts of the face, the same ones in each', () => {
    for (const { face, mentioned } of all) {
      expect(Object.keys(mentioned).length).toBeGreaterThan(1);
      expect(shows(face, mentioned)).toBe(true);
    }
  });

  it('are different texts, the same ones each time', () => {
    for (const [i, { texts }] of all.entries()) {
      expect(Object.keys(texts)).toEqual([...wordingKinds]);
      expect(new Set(Object.values(texts)).size).toBe(wordingKinds.length);
      if (i < 20) expect(evaluationWordings('test', i).texts).toEqual(texts);
    }
  });

  it('plain, synonyms and order use the words of captions; the other two have one that is not', () => {
    for (const { texts } of all) {
      for (const kind of ['plain', 'synonyms', 'order'] as const) expect(strange(texts[kind])).toEqual([]);
      for (const kind of ['misspelled', 'unknown'] as const) {
        expect(strange(texts[kind]), texts[kind]).toHaveLength(1);
      }
    }
  });

  it('a misspelling is one letter away and no other word', () => {
    const rng = new Rng('misspell');
    for (let i = 0; i < 500; i++) {
      const word = misspell('hoodie', rng);
      expect(known.has(word)).toBe(false);
      expect(Math.abs(word.length - 6)).toBeLessThanOrEqual(1);
      const same = Array.from('hoodie').filter((letter) => word.includes(letter));
      expect(same.length).toBeGreaterThanOrEqual(5);
    }
  });
});
