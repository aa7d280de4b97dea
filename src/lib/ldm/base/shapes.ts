// Shapes of what a caller hands in, held against what was expected.

/**
 * @param name of the option, for the message
 * @param got a shape, or how many numbers there are where that is all that is known
 * @throws RangeError unless `got` is `expected`
 */
export function expectShape(
  name: string,
  expected: readonly number[],
  got: readonly number[] | number,
): void {
  const count = expected.reduce((a, b) => a * b, 1);
  const fits =
    typeof got === 'number'
      ? got === count
      : got.length === expected.length && got.every((size, i) => size === expected[i]);
  if (fits) return;
  const came = typeof got === 'number' ? String(got) : `shape [${got.join(', ')}]`;
  throw new RangeError(`${name}: expected shape [${expected.join(', ')}], ${count} numbers, got ${came}`);
}
