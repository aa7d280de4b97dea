// What the notebook builds on and cites, with what BibTeX needs. Each entry was checked against the source it names.
import { papers } from './references/papers.ts';
import { tools } from './references/tools.ts';
import type { Reference } from './references/types.ts';

export type { Reference } from './references/types.ts';

/** All entries; each kind in the order in which it is shown. */
export const references: readonly Reference[] = [...papers, ...tools];

/** @throws when there is no such entry: a citation that leads nowhere stops the build */
export function reference(key: string): Reference {
  const found = references.find((entry) => entry.key === key);
  if (found === undefined) {
    const keys = references.map((entry) => entry.key).join(', ');
    throw new Error(`No reference "${key}". Expected one of: ${keys}. Add it in src/content/references/.`);
  }
  return found;
}

/** Where it can be read: its DOI, its arXiv page or its own address. */
export function addressOf({ doi, arxiv, url }: Reference): string | undefined {
  if (arxiv !== undefined) return `https://arxiv.org/abs/${arxiv}`;
  return doi === undefined ? url : `https://doi.org/${doi}`;
}

/** Letters beyond ASCII as TeX writes them. */
const accents: Readonly<Record<string, string>> = {
  ö: '{\\"o}',
  é: "{\\'e}",
  ü: '{\\"u}',
  ç: '{\\c c}',
  '–': '--',
  '&': '\\&',
};
const tex = (text: string): string => text.replace(/[öéüç–&]/g, (letter) => accents[letter] ?? letter);

/** The entry in BibTeX. */
export function bibtexOf(entry: Reference): string {
  const venue =
    entry.type === 'article' ? 'journal' : entry.type === 'inproceedings' ? 'booktitle' : 'howpublished';
  const fields: [string, string | number | undefined][] = [
    ['author', entry.authors.join(' and ')],
    ['title', `{${entry.title}}`],
    [venue, entry.venue],
    ['volume', entry.volume],
    ['number', entry.issue],
    ['pages', entry.pages],
    ['year', entry.year],
    ['eprint', entry.arxiv],
    ['archivePrefix', entry.arxiv === undefined ? undefined : 'arXiv'],
    ['doi', entry.doi],
    ['url', entry.url],
  ];
  const lines = fields.flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`  ${name} = {${name === 'url' || name === 'doi' ? String(value) : tex(String(value))}},`],
  );
  return `@${entry.type}{${entry.key},\n${lines.join('\n')}\n}`;
}
