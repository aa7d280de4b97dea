// Do two orders agree? Spearman's rank correlation (American Journal of Psychology 15, 1904).

/** The rank of every value, 1 for the largest; equal values share the mean of their ranks. */
export function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const larger = values.filter((other) => other > value).length;
    const equal = values.filter((other) => other === value).length;
    return larger + (equal + 1) / 2;
  });
}

/**
 * The correlation of the ranks of `a` and `b`: 1 for the same order, -1 for the reverse, about 0 for two that have nothing
 * to do with each other; undefined when all values of one are equal, which is no order.
 * @throws RangeError unless both have the same length, at least 2
 */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number | undefined {
  if (a.length !== b.length || a.length < 2) {
    throw new RangeError(
      `rankCorrelation: expected two lists of one length, got ${a.length} and ${b.length}.`,
    );
  }
  const middle = (a.length + 1) / 2;
  const [x, y] = [ranks(a), ranks(b)].map((list) => list.map((rank) => rank - middle));
  const product = (u: readonly number[], v: readonly number[]): number =>
    u.reduce((sum, value, i) => sum + value * v[i]!, 0);
  const spread = Math.sqrt(product(x!, x!) * product(y!, y!));
  return spread === 0 ? undefined : product(x!, y!) / spread;
}
