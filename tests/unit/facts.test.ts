// Facts as words: there and back, for every value, in any order.
import { describe, expect, test } from 'vitest';
import {
  attributeNames,
  canonicalFace,
  faceAttributes,
  type Face,
} from '../../src/datasets/faceAttributes.ts';
import { sampleFace } from '../../src/datasets/faceSplits.ts';
import {
  factsCaption,
  factWords,
  meaningOf,
  NUM_FACTS,
  parseFacts,
  partialFactsCaption,
} from '../../src/datasets/facts.ts';
import { Rng } from '@noisebook/ldm/numbers';

describe('fact words', () => {
  test('are letters only, and one for each value of each fact', () => {
    const values = attributeNames.reduce((sum, name) => sum + faceAttributes[name].length, 0);
    expect(factWords).toHaveLength(values);
    expect(new Set(factWords).size).toBe(values);
    for (const word of factWords) expect(word).toMatch(/^[a-z]+$/);
    for (const name of attributeNames) {
      for (const value of faceAttributes[name]) {
        const text = factsCaption({ [name]: value });
        expect(meaningOf(text)).toEqual({ [name]: value });
      }
    }
  });

  test('say a face whole, and give it back', () => {
    for (let i = 0; i < 300; i++) {
      const face = sampleFace('train', i);
      const text = factsCaption(face);
      expect(text.split(' ')).toHaveLength(NUM_FACTS);
      expect(parseFacts(text)).toEqual({ facts: face, unknown: [] });
      const shuffled = new Rng(i).shuffle(text.split(' ')).join('  ');
      expect(canonicalFace(parseFacts(shuffled).facts as Face)).toEqual(face);
    }
  });

  test('stand in one order, with none for what is left out', () => {
    expect(factsCaption({ background: 'blue', skin: 'pale' })).toBe('paleskin bluebackground');
    expect(factsCaption({})).toBe('');
  });

  test('partial captions say one to ten true things; every fact is left out at times', () => {
    const face = sampleFace('train', 5);
    const rng = new Rng(3);
    const counts = new Set<number>();
    const said = new Map<string, number>();
    for (let i = 0; i < 400; i++) {
      const { facts, unknown } = parseFacts(partialFactsCaption(face, rng));
      expect(unknown).toEqual([]);
      expect(face).toMatchObject(facts);
      counts.add(Object.keys(facts).length);
      for (const name of Object.keys(facts)) said.set(name, (said.get(name) ?? 0) + 1);
    }
    expect([...counts].sort((a, b) => a - b)).toEqual(Array.from({ length: NUM_FACTS - 1 }, (_, i) => i + 1));
    for (const name of attributeNames) {
      expect(said.get(name)).toBeGreaterThan(120);
      expect(said.get(name)).toBeLessThan(300);
    }
  });

  test('unknown words are named, the last of two words counts', () => {
    expect(parseFacts('redhair, GreenHat banana bluehair.')).toEqual({
      facts: { hatColor: 'green', hairColor: 'blue' },
      unknown: ['banana'],
    });
  });
});
