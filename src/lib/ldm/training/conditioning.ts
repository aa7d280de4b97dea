// What a step tells the denoiser about its pictures: one of each picture's captions, or nothing, as token numbers.
import type { Rng } from '../base/rng.ts';
import type { CLIPTokenizer } from '../tokenizer/clipTokenizer.ts';

/** Token numbers of several texts, [count, length] row by row. */
export interface TokenRows {
  readonly ids: Int32Array;
  readonly count: number;
  readonly length: number;
}

/** The tokens that the longest caption needs, its begin and end included. */
export function captionLength(tokenizer: CLIPTokenizer, captions: readonly (readonly string[])[]): number {
  let longest = 0;
  for (const text of new Set(captions.flat())) {
    longest = Math.max(longest, tokenizer.encode(text, { maxLength: 2 }).tokens.length);
  }
  return longest + 2;
}

export class Captions {
  readonly #tokenizer: CLIPTokenizer;
  readonly #length: number;
  readonly #texts: readonly (readonly Int32Array[])[];
  readonly #empty: Int32Array;

  /**
   * @param captions per picture the texts to draw from; none at all for a model without words
   * @param length tokens of a text
   */
  constructor(tokenizer: CLIPTokenizer, captions: readonly (readonly string[])[], length: number) {
    this.#tokenizer = tokenizer;
    this.#length = length;
    // Facts repeat: a text is tokenised once.
    const known = new Map<string, Int32Array>();
    const idsOf = (text: string): Int32Array => {
      const found = known.get(text) ?? this.#tokenizer.encode(text, { maxLength: length }).ids;
      known.set(text, found);
      return found;
    };
    this.#texts = captions.map((texts) => texts.map(idsOf));
    this.#empty = idsOf('');
  }

  /** The given texts. */
  encode(texts: readonly string[]): TokenRows {
    return this.#rows(texts.map((text) => this.#tokenizer.encode(text, { maxLength: this.#length }).ids));
  }

  /**
   * One caption for each picture of a batch. A model without words gets the one empty text for all.
   * @param dropout share of captions that become the empty text (Ho & Salimans 2022, algorithm 1)
   */
  draw(pictures: readonly number[], dropout: number, rng: Rng): TokenRows {
    if (this.#texts.length === 0) return this.#rows([this.#empty]);
    return this.#rows(
      pictures.map((picture) => {
        const texts = this.#texts[picture] ?? [];
        const dropped = rng.uniform() < dropout; // drawn in any case, so that what follows does not depend on it
        return dropped || texts.length === 0 ? this.#empty : rng.pick(texts);
      }),
    );
  }

  #rows(texts: readonly Int32Array[]): TokenRows {
    const ids = new Int32Array(texts.length * this.#length);
    texts.forEach((text, i) => {
      ids.set(text, i * this.#length);
    });
    return { ids, count: texts.length, length: this.#length };
  }
}
