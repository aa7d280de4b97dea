// An entry of the references.
export interface Reference {
  /** Its id on the references page and its BibTeX key. */
  readonly key: string;
  /** How the text names it: "Ho et al. 2020". */
  readonly short: string;
  readonly type: 'article' | 'inproceedings' | 'misc';
  /** "Family, Given" each; a body has braces around its name. */
  readonly authors: readonly string[];
  readonly title: string;
  /** Left out where there is none to cite. */
  readonly year?: number;
  readonly venue?: string;
  readonly volume?: string;
  readonly issue?: string;
  readonly pages?: string;
  readonly arxiv?: string;
  readonly doi?: string;
  readonly url?: string;
  /** What the notebook takes from it, in one sentence. */
  readonly use: string;
}
