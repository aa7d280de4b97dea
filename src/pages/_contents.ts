// The contents of every page: home, the chapters, the pages about the notebook.
import type { Entry } from '../components/site/entry.ts';
import { chapters } from '../content/chapters.ts';

type Sections = readonly { readonly label: string; readonly href: string }[];

const about = [
  ['model', 'Model card'],
  ['glossary', 'Glossary'],
  ['references', 'References'],
  ['how', 'How it is made'],
  ['library', 'The library'],
  ['teach', 'Teach with it'],
] as const;

/**
 * @param base the site's base path, ending in '/'
 * @param here which page's sections to unfold: 'home', a chapter's slug, 'model' ..., or 'none'
 */
export function contentsFor(base: string, here: string, sections: Sections = []): Entry[] {
  return [
    { number: 0, label: 'What is this?', href: base, ...(here === 'home' && { sections }) },
    ...chapters.map(({ number, title, slug, ready }) => ({
      number,
      label: title,
      ...(ready && { href: `${base}${slug}/` }),
      ...(here === slug && { sections }),
    })),
    ...about.map(([slug, label], index) => ({
      label,
      href: `${base}${slug}/`,
      apart: index === 0,
      ...(here === slug && { sections }),
    })),
  ];
}
