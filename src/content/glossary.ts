// The words of the field as the notebook uses them, each with the figure or chapter where it is met.
import type { Meaning } from '../components/kit/marks/meaning.ts';
import { latentTerms } from './glossary/latents.ts';
import { modelTerms } from './glossary/model.ts';
import { noiseTerms } from './glossary/noise.ts';
import { trainingTerms } from './glossary/training.ts';

export interface Term {
  /** Its id on the glossary page. */
  readonly id: string;
  readonly name: string;
  /** Other names in papers and code, and its symbol. */
  readonly also?: string;
  /** The colour it wears, if it is one of the five. */
  readonly meaning?: Meaning;
  readonly text: string;
  /** Figures ("1.1") or chapters ("6") in which it is met. */
  readonly met: readonly string[];
}

/** All terms, by name. */
export const glossary: readonly Term[] = [
  ...noiseTerms,
  ...latentTerms,
  ...modelTerms,
  ...trainingTerms,
].sort((a, b) => a.name.localeCompare(b.name, 'en', { sensitivity: 'base' }));

/** @throws when there is no such term: a link that leads nowhere stops the build */
export function term(id: string): Term {
  const found = glossary.find((entry) => entry.id === id);
  if (found === undefined) {
    const ids = glossary.map((entry) => entry.id).join(', ');
    throw new Error(
      `No term "${id}" in the glossary. Expected one of: ${ids}. Add it in src/content/glossary/.`,
    );
  }
  return found;
}
