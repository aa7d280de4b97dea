// A model that has only what differs from another one, as a source of all its files.
import { BASE_NAME, takesFromBase } from './baseFiles.ts';
import type { ModelSource } from './source.ts';

/**
 * The source itself, or, when its manifest.json names a `base`, one that reads from that model's folder what is missing.
 * @throws when the base is not a folder's name, or lies where this source cannot look
 */
export async function withBase(
  source: ModelSource,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<ModelSource> {
  const named = baseOf(await source.read('manifest.json', { signal }));
  if (named === undefined) return source;
  const { base, own } = named;
  if (typeof base !== 'string' || !BASE_NAME.test(base)) {
    throw new Error(
      `${source.name}: manifest.json: "base": expected the name of a model folder beside this one, got ${JSON.stringify(base)}.`,
    );
  }
  if (source.beside === undefined) {
    throw new Error(
      `${source.name}: it has only what differs from the model ${base}, and that one's folder cannot be reached from here. Make it whole first: training/unpack.py.`,
    );
  }
  const below = source.beside(base);
  const fromBase = takesFromBase(own);
  return {
    name: source.name,
    async read(path, options) {
      if (fromBase(path)) return below.read(path, options);
      return own.includes(path) ? source.read(path, options) : undefined;
    },
  };
}

/** The base that a manifest names and the files that it lists; undefined if it names none. */
function baseOf(
  bytes: Uint8Array | undefined,
): { readonly base: unknown; readonly own: readonly string[] } | undefined {
  if (bytes === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined; // Not one of ours; what a model needs is in its other files.
  }
  if (!isRecord(json) || json['base'] === undefined) return undefined;
  const files: unknown[] = Array.isArray(json['files']) ? json['files'] : [];
  const paths = files.map((file) => (isRecord(file) ? file['path'] : undefined));
  return { base: json['base'], own: paths.filter((path) => typeof path === 'string') };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
