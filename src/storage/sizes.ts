// Bytes that a value takes in the store: its arrays of numbers, which are nearly all of it.

/** Bytes of all typed arrays and Blobs in `value`, however deep, and about 8 for each other leaf. */
export function bytesIn(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (value instanceof Blob) return value.size;
  if (typeof value === 'string') return 2 * value.length;
  if (value instanceof Map) return bytesIn([...value]);
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce((sum: number, each: unknown) => sum + bytesIn(each), 0);
}
