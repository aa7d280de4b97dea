// The kinds of pictures that the site trains on. To the library a recipe's `data` is a label; here it is one of these.
import type { Recipe, TextSize } from '@noisebook/ldm/numbers';

export const DATA_KINDS = ['faces', 'digits', 'own'] as const;
export type DataKind = (typeof DATA_KINDS)[number];

/** The kind that a recipe names. @throws RangeError for a label that the site does not know */
export function dataKindOf({ data }: Pick<Recipe, 'data'>): DataKind {
  const kind = DATA_KINDS.find((known) => known === data);
  if (kind === undefined) throw new RangeError(`data: expected ${DATA_KINDS.join(', ')}, got ${data}`);
  return kind;
}

/** What the words of the data come to, for estimates before the data is there. */
export function typicalTextSize({ data, conditioning }: Pick<Recipe, 'data' | 'conditioning'>): TextSize {
  const sizes = {
    none: [138, 2],
    facts: data === 'faces' ? [407, 13] : [167, 3],
    sentences: data === 'faces' ? [968, 32] : [400, 12],
  } as const;
  const [vocabSize, length] = sizes[conditioning];
  const end = vocabSize - 1;
  return { vocabSize, length, bosTokenId: end - 1, eosTokenId: end, padTokenId: end };
}
