// The words of the field as the notebook uses them, each with the figure or chapter where it is met.

export interface Term {
  /** Its id on the glossary page. */
  readonly id: string;
  readonly name: string;
}

export const glossary: readonly Term[] = [{ id: 'latent', name: 'latent' }];

/** @throws when there is no such term: a link that leads nowhere stops the build */
export function term(id: string): Term {
  const found = glossary.find((entry) => entry.id === id);
  if (found === undefined) {
    throw new Error(`No term "${id}" in the glossary. Add it in src/content/glossary.ts.`);
  }
  return found;
}
