// Who is near whom: nearest neighbours in any space, and what a map in the plane keeps of them.

/** Sum of the squared differences of rows `i` of `a` and `j` of `b`, both [rows, dimensions]. */
function squaredDistance(
  a: ArrayLike<number>,
  i: number,
  b: ArrayLike<number>,
  j: number,
  n: number,
): number {
  let sum = 0;
  for (let k = 0; k < n; k++) sum += (a[i * n + k]! - b[j * n + k]!) ** 2;
  return sum;
}

/**
 * The rows of `points` from the nearest to the farthest from `query`, by Euclidean distance. Of two at one distance the
 * first row comes first.
 * @param points [count, dimensions], row by row
 * @param query [dimensions]
 * @param except a row to leave out: the query itself
 * @returns `index` of each row and its `distance`
 * @throws RangeError unless the points are whole rows of the query's length
 */
export function nearest(
  points: ArrayLike<number>,
  query: ArrayLike<number>,
  except?: number,
): { readonly index: number; readonly distance: number }[] {
  const n = query.length;
  if (n === 0 || points.length % n !== 0) {
    throw new RangeError(`nearest: expected rows of ${n} numbers, got ${points.length} numbers.`);
  }
  return Array.from({ length: points.length / n }, (_, index) => ({
    index,
    distance: Math.sqrt(squaredDistance(query, 0, points, index, n)),
  }))
    .filter(({ index }) => index !== except)
    .sort((a, b) => a.distance - b.distance || a.index - b.index);
}

/** The `k` nearest rows of every row, nearest first: [count][k]. */
export function neighbourTable(points: ArrayLike<number>, count: number, k: number): number[][] {
  const n = points.length / count;
  return Array.from({ length: count }, (_, i) => {
    const query = Array.from({ length: n }, (__, d) => points[i * n + d]!);
    return nearest(points, query, i)
      .slice(0, k)
      .map(({ index }) => index);
  });
}

/**
 * How often neighbours agree in each attribute.
 * @param attributes [count, width]: a value's number for every row and attribute
 * @param table neighbours of every row
 * @returns [width], each the share of pairs (row, neighbour) with the same value, 0 to 1
 */
export function agreement(
  attributes: ArrayLike<number>,
  width: number,
  table: readonly (readonly number[])[],
): number[] {
  const same = new Array<number>(width).fill(0);
  let pairs = 0;
  table.forEach((others, i) => {
    for (const j of others) {
      pairs++;
      for (let a = 0; a < width; a++) same[a]! += +(attributes[i * width + a] === attributes[j * width + a]);
    }
  });
  return same.map((number) => number / pairs);
}

/** The same for all pairs of two different rows: what neighbours drawn by lot would share. */
export function chanceAgreement(attributes: ArrayLike<number>, width: number, count: number): number[] {
  const everyone = Array.from({ length: count }, (_, i) => i);
  return agreement(
    attributes,
    width,
    everyone.map((i) => everyone.filter((j) => j !== i)),
  );
}

/**
 * Trustworthiness of a map (Venna and Kaski, ICANN 2001): 1 when nobody's `k` neighbours on the map are strangers in the
 * space; who is, costs as many points as there are nearer ones.
 * @param space [count, n]
 * @param map [count, m]
 * @param k below count / 2
 * @returns 0 to 1
 */
export function trustworthiness(
  space: ArrayLike<number>,
  map: ArrayLike<number>,
  count: number,
  k: number,
): number {
  if (!(k >= 1 && k < count / 2)) {
    throw new RangeError(`trustworthiness: expected k from 1 to below ${count / 2}, got ${k}.`);
  }
  const ranks = neighbourTable(space, count, count - 1);
  const onMap = neighbourTable(map, count, k);
  let penalty = 0;
  onMap.forEach((others, i) => {
    for (const j of others) penalty += Math.max(0, ranks[i]!.indexOf(j) + 1 - k);
  });
  return 1 - (penalty * 2) / (count * k * (2 * count - 3 * k - 1));
}
