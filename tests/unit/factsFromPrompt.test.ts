// What readers type, as facts: every fact of every caption is read back; what is not known is named.
import { describe, expect, test } from 'vitest';
import { captionFor } from '../../src/datasets/captions.ts';
import { sampleFace, shows } from '../../src/datasets/faceSplits.ts';
import { factsCaption, NUM_FACTS, parseFacts } from '../../src/datasets/facts.ts';
import { completeFace, factsFromPrompt, factsPrompt } from '../../src/datasets/factsFromPrompt.ts';
import { Rng } from '@noisebook/ldm/numbers';

describe('factsFromPrompt', () => {
  test('reads back what captions say, and nothing that is false of the face', () => {
    for (let i = 0; i < 800; i++) {
      const face = sampleFace('test', i);
      const { text, mentioned, anyOf } = captionFor(face, new Rng(i));
      const { facts, notUnderstood } = factsFromPrompt(text);
      expect(facts, text).toMatchObject(mentioned);
      expect(notUnderstood, text).toEqual([]);
      for (const [name, value] of Object.entries(facts)) {
        const allowed = { ...Object.fromEntries(Object.entries(face).map(([k, v]) => [k, [v]])), ...anyOf };
        expect((allowed as Record<string, readonly string[]>)[name], `${text}: ${name}`).toContain(value);
      }
    }
  });

  test.each([
    ['pink short curly hair, eyes closed', { top: 'afro', hairColor: 'pink', eyes: 'closed' }],
    ['RED, curly hair', { top: 'afro', hairColor: 'red' }],
    ['someone in red on blue', { clothesColor: 'red', background: 'blue' }],
    ['a blonde', { hairColor: 'blonde' }],
    ['the background is teal', { background: 'teal' }],
    ['bald with a long grey beard', { top: 'bald', beard: 'long', hairColor: 'grey' }],
    ['red hat, blue hoodie', { top: 'hat', hatColor: 'red', clothes: 'hoodie', clothesColor: 'blue' }],
    ['redhair wink', { hairColor: 'red', eyes: 'wink' }],
    ['', {}],
  ])('%s', (text, facts) => {
    expect(factsFromPrompt(text).facts).toEqual(facts);
  });

  test('names what it does not understand, and what is said twice', () => {
    expect(factsFromPrompt('a green haired dinosaur, not smiling').notUnderstood).toEqual([
      'green',
      'dinosaur',
      'not',
      'smiling',
    ]);
    const twice = factsFromPrompt('red hair and blue hair');
    expect(twice.facts).toEqual({ hairColor: 'blue' });
    expect(twice.replaced).toEqual(['hairColor']);
    expect(factsFromPrompt('猫 <|endoftext|> 12').facts).toEqual({});
  });

  test('takes long nonsense in its stride', () => {
    const begin = performance.now();
    const { facts } = factsFromPrompt('red hair blue hat green '.repeat(200));
    expect(facts.hairColor).toBeDefined();
    expect(performance.now() - begin).toBeLessThan(500);
  });
});

describe('completeFace', () => {
  test('keeps what was stated, draws the rest, the same each time', () => {
    const facts = { hairColor: 'red', background: 'blue', eyes: 'wink' } as const;
    const seen = new Set<string>();
    for (let seed = 0; seed < 50; seed++) {
      const { face, hidden } = completeFace(facts, seed);
      expect(hidden).toEqual([]);
      expect(shows(face, facts)).toBe(true);
      expect(completeFace(facts, seed).face).toEqual(face);
      seen.add(factsCaption(face));
    }
    expect(seen.size).toBe(50);
  });

  test('says what cannot be seen together with the rest', () => {
    expect(completeFace({ glasses: 'sunglasses', eyes: 'wink' }, 1).hidden).toEqual(['eyes']);
    expect(completeFace({ top: 'hijab', clothes: 'hoodie' }, 1).hidden).toEqual(['clothes']);
    const whole = sampleFace('test', 9);
    expect(completeFace(whole, 3)).toEqual({ face: whole, hidden: [] });
  });
});

test('factsPrompt turns a sentence into all the words of one face', () => {
  const { caption, stated, notUnderstood } = factsPrompt('a wizard with red hair and round glasses', 7);
  expect(caption.split(' ')).toHaveLength(NUM_FACTS);
  expect(parseFacts(caption).facts).toMatchObject({ hairColor: 'red', glasses: 'round' });
  expect(stated).toBe(2);
  expect(notUnderstood).toEqual(['wizard']);
  expect(factsPrompt('a wizard with red hair and round glasses', 7).caption).toBe(caption);
  const whole = factsCaption(sampleFace('train', 4));
  expect(factsPrompt(whole, 1)).toMatchObject({ caption: whole, stated: NUM_FACTS });
  expect(factsPrompt('  ', 1).caption).toBe('');
});
