/** Captions: true, gender-free, made of known words, and the same from the same seed. */
import { describe, expect, it } from 'vitest';
import { captionFor, knownWords, maxWords, wordsOf } from '../../src/datasets/captions.ts';
import { fragmentsFor, units } from '../../src/datasets/captionFragments.ts';
import type { FaceAttribute } from '../../src/datasets/faceAttributes.ts';
import { heldOutPairs, sampleFace, shows } from '../../src/datasets/faceSplits.ts';
import { evaluationPrompts } from '../../src/datasets/prompts.ts';
import { Rng } from '@noisebook/ldm/numbers';

const rng = new Rng('captions test');
const samples = Array.from({ length: 6000 }, (_, i) => {
  const face = sampleFace('train', i % 3000);
  return { face, caption: captionFor(face, rng) };
});
const gendered =
  'man men woman women boy girl guy lady gentleman male female he she him her his hers mr mrs dude king queen'.split(
    ' ',
  );

describe('captionFor', () => {
  it('gives the captions that it always gave', () => {
    const golden = new Rng('golden');
    expect([0, 1, 2, 3].map((i) => captionFor(sampleFace('train', i), golden).text)).toEqual([
      'a portrait of a clean shaven blue haired person wearing circular glasses with brown skin. the background is pink',
      'a pale skinned winking face with long straight blond hair and a violet hoodie on a green backdrop',
      'a dark skinned character in a tee and a pirate eyepatch',
      'a picture of a grimacing person who has a red t-shirt and spiky hair',
    ]);
  });

  it('uses known words only, and none about gender', () => {
    const known = new Set(knownWords);
    for (const { caption } of samples) {
      for (const word of wordsOf(caption.text))
        expect(known.has(word), `${word} in: ${caption.text}`).toBe(true);
    }
    for (const word of gendered) expect(known.has(word)).toBe(false);
  });

  it('lists no word that it never uses', () => {
    const used = new Set(samples.flatMap(({ caption }) => wordsOf(caption.text)));
    expect(knownWords.filter((word) => !used.has(word))).toEqual([]);
  });

  it('mentions only what is true and can be seen', () => {
    for (const { face, caption } of samples) {
      expect(shows(face, caption.mentioned), `${caption.text} of ${JSON.stringify(face)}`).toBe(true);
      expect(Object.values(caption.mentioned)).not.toContain('hidden');
      for (const [name, values] of Object.entries(caption.anyOf)) {
        expect(values as readonly string[]).toContain(face[name as FaceAttribute]);
      }
    }
  });

  it('says something, unless it is empty', () => {
    for (const { caption } of samples) {
      const facts = Object.keys({ ...caption.mentioned, ...caption.anyOf }).length;
      expect(facts > 0).toBe(caption.text !== '');
    }
    const empty = samples.filter(({ caption }) => caption.text === '').length / samples.length;
    expect(empty).toBeGreaterThan(0.01);
    expect(empty).toBeLessThan(0.06);
  });

  it('is short often, full sometimes, and never endless', () => {
    const counts = samples.map(({ caption }) => Object.keys(caption.mentioned).length);
    expect(counts.filter((n) => n <= 3).length / counts.length).toBeGreaterThan(0.4);
    expect(counts.filter((n) => n >= 8).length / counts.length).toBeGreaterThan(0.1);
    for (const { caption } of samples) expect(caption.text.split(' ').length).toBeLessThanOrEqual(maxWords);
  });

  it('corrects articles and leaves no gaps', () => {
    for (const { caption } of samples) {
      expect(caption.text).not.toMatch(/\ba [aeiou]|\ban [^aeiou]|\*| {2}|^ | $| ,|undefined|hidden/i);
    }
  });

  it('says as much as it is asked to', () => {
    const face = sampleFace('train', 0);
    expect(captionFor(face, new Rng(1), 0)).toEqual({ text: '', mentioned: {}, anyOf: {} });
    expect(Object.keys(captionFor(face, new Rng(1), 8).mentioned).length).toBeGreaterThan(4);
  });

  it('says every visible value of every attribute exactly, somewhere', () => {
    const said = new Set(samples.flatMap(({ caption }) => Object.entries(caption.mentioned).map(String)));
    const visible = new Set(
      samples
        .flatMap(({ face }) => Object.entries(face).map(String))
        .filter((fact) => !fact.includes('hidden')),
    );
    expect([...visible].filter((fact) => !said.has(fact))).toEqual([]);
  });

  it('has no phrase that means two things', () => {
    const meanings = new Map<string, string>();
    for (const { face } of samples) {
      for (const unit of units) {
        for (const { text, says, anyOf } of fragmentsFor(face, unit).flat()) {
          const meaning = JSON.stringify([says, anyOf]);
          expect(meanings.get(text) ?? meaning, text).toBe(meaning);
          meanings.set(text, meaning);
        }
      }
    }
  });
});

describe('evaluationPrompts', () => {
  it('gives distinct prompts, a fifth of them about pairs that training never shows', () => {
    const prompts = evaluationPrompts(200);
    expect(new Set(prompts.map((p) => p.text)).size).toBe(200);
    expect(evaluationPrompts(200)).toEqual(prompts);
    const held = prompts.filter((p) => p.split === 'heldout');
    expect(held.length).toBe(40);
    for (const pair of heldOutPairs) expect(held.some((p) => shows(p.mentioned, pair))).toBe(true);
    for (const prompt of prompts) {
      expect(Object.keys(prompt.mentioned).length).toBeGreaterThan(0);
      if (prompt.split === 'test') {
        expect(heldOutPairs.some((pair) => shows(prompt.mentioned, pair))).toBe(false);
      }
    }
  });

  it('refuses a count out of range', () => {
    expect(() => evaluationPrompts(0)).toThrow(/from 1 to 2000, got 0/);
  });
});
