// Formulas of the chapters: colours, live numbers for eyes and ears, and no way around the list of trusted commands.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formula } from '../../../tools/site/formulas.ts';
import { trimKatexFonts } from '../../../tools/site/katexStyles.ts';

describe('a formula', () => {
  it('wears the colours of the meanings', () => {
    const html = formula(String.raw`\xt = \xhat + \eps + \zt + \cc`, false);
    for (const meaning of ['pixel', 'prediction', 'noise', 'latent', 'text']) {
      expect(html).toContain(`m-${meaning}`);
    }
  });

  it('has a live number once for eyes and once for screen readers, with the same name and value', () => {
    for (const tex of [
      String.raw`a = \live{1.1.abar}{0.62}`,
      String.raw`a = \htmlData{live=1.1.abar}{0.62}`,
    ]) {
      const html = formula(tex, true);
      expect(html.match(/data-live="1\.1\.abar"/g)).toHaveLength(2);
      expect(html).toContain('<mn data-live="1.1.abar">0.62</mn>');
      const [read = '', seen = ''] = html.split('class="katex-html"');
      expect(read).toContain('<math');
      expect(seen).toContain('data-live');
      expect(html).not.toContain('@@');
      expect(html).not.toContain('htmlData');
    }
  });

  it('stops the build when it is broken, and says which it is', () => {
    expect(() => formula(String.raw`\frac{1}{`, false)).toThrow(/\\frac\{1\}\{/);
    expect(() => formula(String.raw`\nosuchthing`, false)).toThrow(/nosuchthing/);
  });

  it('may set classes and data, and nothing else', () => {
    expect(formula(String.raw`\htmlClass{x}{a}`, false)).toContain('class="enclosing x"');
    for (const tex of [String.raw`\href{https://example.org}{a}`, String.raw`\htmlStyle{color: red}{a}`]) {
      expect(formula(tex, false)).not.toMatch(/<a |example\.org"|style="color: red"/);
    }
  });
});

describe('the stylesheet of formulas', () => {
  it('keeps a few fonts, in one format, and all rules', () => {
    const css = readFileSync(
      join(import.meta.dirname, '../../../node_modules/katex/dist/katex.min.css'),
      'utf8',
    );
    const trimmed = trimKatexFonts(css);
    const faces = trimmed.match(/@font-face/g) ?? [];
    expect(faces.length).toBe(9);
    expect(faces.length).toBeLessThan((css.match(/@font-face/g) ?? []).length);
    expect(trimmed).not.toMatch(/\.(ttf|woff)["')]/);
    expect(trimmed).toContain('.katex-html');
    expect(trimmed.replace(/@font-face\s*\{[^}]*\}/g, '')).toBe(css.replace(/@font-face\s*\{[^}]*\}/g, ''));
  });
});

it('a displayed formula may be broken before each "=" but the first, and nowhere inside braces', () => {
  const html = formula('a = b = \\live{1.1.t}{3} c = \\text{x = y}', true);
  expect(html.match(/katex-display/g)).toHaveLength(3);
  expect(html).toContain('data-live="1.1.t"');
  expect(formula('a = b', true).match(/katex-display/g)).toHaveLength(1);
});
