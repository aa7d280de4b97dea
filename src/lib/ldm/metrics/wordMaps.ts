// Which word looks where: cross-attention of a denoiser as one map a word (Hertz et al. 2022; Tang et al. 2022).
import { at } from '../base/at.ts';
import type { AttentionPoint } from '../config/unetPoints.ts';

/** The place of a word's tokens: see `wordTokens`. */
interface TokenRange {
  readonly first: number;
  readonly count: number;
}

/**
 * For each word, the share of its attention that each position of the feature map gives to the word: the sum over the
 * word's tokens, the mean over the heads. What no word gets goes to the begin token, the end token and the padding.
 * @param probabilities [n, heads, h * w, tokens] of a layer that looks at the text
 * @param point that layer: its `shape` is that of the probabilities
 * @param images pictures in the batch. Where the batch is twice as long it was guided: then only its second half counts, which
 * was computed for the prompt
 * @returns one list a word, [images, h, w], each value from 0 to 1
 * @throws RangeError when sizes do not fit each other
 */
export function wordMaps(
  probabilities: Float32Array,
  { shape, height, width }: Pick<AttentionPoint, 'shape' | 'height' | 'width'>,
  images: number,
  words: readonly TokenRange[],
): Float32Array<ArrayBuffer>[] {
  const [batch, heads, queries, keys] = shape;
  const size = heads * queries * keys;
  if (queries !== height * width || probabilities.length !== batch * size) {
    throw new RangeError(
      `wordMaps: expected [${shape.join(', ')}] numbers for ${height} x ${width} positions, got ${probabilities.length}`,
    );
  }
  if (batch !== images && batch !== 2 * images) {
    throw new RangeError(`wordMaps: expected a batch of ${images} or, guided, ${2 * images}, got ${batch}`);
  }
  const begin = (batch - images) * size;
  return words.map(({ first, count }) => {
    if (!(first >= 0 && count >= 0 && first + count <= keys)) {
      throw new RangeError(`wordMaps: expected tokens within ${keys}, got ${first} to ${first + count - 1}`);
    }
    const map = new Float32Array(images * queries);
    for (let row = 0; row < images * heads * queries; row++) {
      const image = Math.floor(row / (heads * queries));
      const target = image * queries + (row % queries);
      let sum = at(map, target);
      for (let token = first; token < first + count; token++) {
        sum += at(probabilities, begin + row * keys + token);
      }
      map[target] = sum;
    }
    return map.map((sum) => sum / heads);
  });
}
