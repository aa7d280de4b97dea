// Byte-pair encoding of one word (Sennrich et al. 2016, algorithm 1) in O(n log n): a linked list of symbols and
// a heap of the merges that are possible, lowest rank first, then leftmost.

/** What two neighbouring symbols become, and how early that merge was learned. */
export interface Merge {
  readonly rank: number;
  readonly id: number;
}

/** Merges by pair of symbols: see pairKey. */
export type MergeTable = ReadonlyMap<number, Merge>;

/** Symbols are below 2^26, so a pair fits a safe integer. */
export const MAX_SYMBOLS = 2 ** 26;

export function pairKey(left: number, right: number): number {
  return left * MAX_SYMBOLS + right;
}

/** Applies merges to the symbols of one word until none applies; returns the symbols that remain. */
export function mergeSymbols(word: readonly number[], merges: MergeTable): number[] {
  const symbols = Int32Array.from(word);
  const next = Int32Array.from(word, (_, i) => (i + 1 < word.length ? i + 1 : -1));
  const previous = Int32Array.from(word, (_, i) => i - 1);
  const gone = new Uint8Array(word.length);
  const heap = new MergeHeap();
  const offer = (left: number, right: number): void => {
    if (left < 0 || right < 0) return;
    const merge = merges.get(pairKey(symbols[left]!, symbols[right]!));
    if (merge) heap.push(merge.rank, left, merge.id);
  };
  for (let i = 0; i + 1 < word.length; i++) offer(i, i + 1);
  for (let best = heap.pop(); best; best = heap.pop()) {
    const left = best.position;
    const right = next[left]!;
    if (gone[left] || right < 0) continue;
    // The pair may have changed since it was offered; then it was offered again under its new name.
    if (merges.get(pairKey(symbols[left]!, symbols[right]!))?.id !== best.id) continue;
    symbols[left] = best.id;
    gone[right] = 1;
    const after = next[right]!;
    next[left] = after;
    if (after >= 0) previous[after] = left;
    offer(previous[left]!, left);
    offer(left, after);
  }
  const result: number[] = [];
  for (let i = word.length === 0 ? -1 : 0; i >= 0; i = next[i]!) result.push(symbols[i]!);
  return result;
}

interface Candidate {
  readonly rank: number;
  readonly position: number;
  readonly id: number;
}

/** A binary heap: the candidate of lowest rank first, the leftmost of equals. */
class MergeHeap {
  private readonly items: Candidate[] = [];

  push(rank: number, position: number, id: number): void {
    const { items } = this;
    const item: Candidate = { rank, position, id };
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = items[up];
      if (!parent || !before(item, parent)) break;
      items[at] = parent;
      at = up;
    }
    items[at] = item;
  }

  pop(): Candidate | undefined {
    const { items } = this;
    const top = items[0];
    const last = items.pop();
    if (!last || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      let child = items[down];
      const other = items[down + 1];
      if (child && other && before(other, child)) {
        child = other;
        down++;
      }
      if (!child || !before(child, last)) break;
      items[at] = child;
      at = down;
    }
    items[at] = last;
    return top;
  }
}

function before(a: Candidate, b: Candidate): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.position < b.position);
}
