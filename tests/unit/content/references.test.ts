// References and glossary: every entry is complete, no id twice, BibTeX that BibTeX reads.
import { describe, expect, it } from 'vitest';
import { glossary, term } from '../../../src/content/glossary.ts';
import { addressOf, bibtexOf, reference, references } from '../../../src/content/references.ts';

const twice = (ids: readonly string[]): string[] => ids.filter((id, i) => ids.indexOf(id) !== i);

describe('references', () => {
  it('have a key of their own and an address', () => {
    expect(twice(references.map(({ key }) => key))).toEqual([]);
    for (const entry of references) expect(addressOf(entry), entry.key).toMatch(/^https:\/\//);
  });

  it('are BibTeX with balanced braces, without letters that old BibTeX does not know', () => {
    for (const entry of references) {
      const text = bibtexOf(entry);
      expect(text).toMatch(new RegExp(`^@(article|inproceedings|misc)\\{${entry.key},\\n[\\s\\S]*\\n\\}$`));
      expect(text.match(/\{/g)?.length, text).toBe(text.match(/\}/g)?.length);
      expect(text).not.toMatch(/[^\n -~]/);
    }
    expect(bibtexOf(reference('rombach2022'))).toContain('Ommer, Bj{\\"o}rn');
    expect(bibtexOf(reference('ho2020'))).toContain('pages = {6840--6851}');
  });

  it('that nobody knows stop the build', () => {
    expect(() => reference('nobody1900')).toThrow(/nobody1900.*rombach2022/);
    expect(() => term('nothing')).toThrow(/nothing.*latent/);
  });
});

describe('the glossary', () => {
  it('has no id twice, and every term is met somewhere', () => {
    expect(twice(glossary.map(({ id }) => id))).toEqual([]);
    for (const { id, met, text } of glossary) {
      expect(met.length, id).toBeGreaterThan(0);
      for (const place of met) expect(place, id).toMatch(/^[0-9](\.\d+)?$/);
      expect(text, id).toMatch(/\.$/);
    }
  });
});
