// The contents at the left of every page: home, the chapters, the model card.
import type { Entry } from '../components/site/entry.ts';
import { chapters } from '../content/chapters.ts';

type Sections = readonly { readonly label: string; readonly href: string }[];

/** @param base the site's base path, ending in '/'; @param here which page's sections to unfold */
export function contentsFor(base: string, here: 'home' | 'model' | 'none', sections: Sections = []): Entry[] {
  return [
    { number: 0, label: 'What is this?', href: base, ...(here === 'home' && { sections }) },
    ...chapters.map(({ number, title, slug, ready }) => ({
      number,
      label: title,
      ...(ready && { href: `${base}${slug}/` }),
    })),
    { label: 'Model card', href: `${base}model/`, ...(here === 'model' && { sections }) },
  ];
}
