// Large arrays as Blobs: a record of IndexedDB has a limit (128 MiB in Chromium), and a Blob in it is kept beside it.

/** From here on an array is kept as a Blob; sixteen smaller ones still fit into one record. */
export const BULKY_BYTES = 8 * 2 ** 20;

type Bytes = Uint8Array<ArrayBuffer>;

/** T as it is stored: its byte arrays may be Blobs. */
export type Stored<T> = T extends Bytes
  ? Bytes | Blob
  : T extends ReadonlyMap<string, Bytes>
    ? ReadonlyMap<string, Bytes | Blob>
    : { readonly [K in keyof T]: T[K] extends Bytes ? Bytes | Blob : T[K] };

const isBulky = (value: unknown): value is Bytes =>
  value instanceof Uint8Array && value.byteLength >= BULKY_BYTES;
const shelve = (value: unknown): unknown => (isBulky(value) ? new Blob([value]) : value);
const fetched = async (value: unknown): Promise<unknown> =>
  value instanceof Blob ? new Uint8Array(await value.arrayBuffer()) : value;

/** `value` with Blobs in the place of large byte arrays: of a map's values, of an object's own. */
export function toStored<T extends object>(value: T): Stored<T> {
  const stored =
    value instanceof Map
      ? new Map([...value].map(([key, each]: [unknown, unknown]) => [key, shelve(each)]))
      : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shelve(each)]));
  return stored as Stored<T>;
}

/** The opposite of `toStored`; reads the Blobs, so call it when the transaction is over. */
export async function fromStored<T extends object>(stored: Stored<T>): Promise<T> {
  const entries = stored instanceof Map ? [...(stored as Map<string, unknown>)] : Object.entries(stored);
  const values = await Promise.all(
    entries.map(async ([key, each]: [string, unknown]) => [key, await fetched(each)] as const),
  );
  return (stored instanceof Map ? new Map(values) : Object.fromEntries(values)) as T;
}
