// What the notebook builds on and cites, with what BibTeX needs. Each entry was checked against the source it names.

export interface Reference {
  /** Its id on the references page and its BibTeX key. */
  readonly key: string;
  /** How the text names it: "Ho et al. 2020". */
  readonly short: string;
  readonly title: string;
}

export const references: readonly Reference[] = [
  {
    key: 'rombach2022',
    short: 'Rombach et al. 2022',
    title: 'High-Resolution Image Synthesis with Latent Diffusion Models',
  },
];

/** @throws when there is no such entry: a citation that leads nowhere stops the build */
export function reference(key: string): Reference {
  const found = references.find((entry) => entry.key === key);
  if (found === undefined) {
    const keys = references.map((entry) => entry.key).join(', ');
    throw new Error(`No reference "${key}". Expected one of: ${keys}. Add it in src/content/references.ts.`);
  }
  return found;
}
