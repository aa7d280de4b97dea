// Packs files into a zip. The same files give the same bytes: sorted paths, one date, one way to pack.
import { zipSync, type Zippable } from 'fflate';
import { checkPath } from './source.ts';

/** What a zip without its 64-bit extension can count. */
const MAX_FILES = 0xfffe;
const MAX_BYTES = 0xfffffffe;
/** Headers of one file, besides its name, which stands in the zip twice. */
const HEADER_BYTES = 76;

/**
 * A zip of `files`. Texts are deflated; weights are stored, because deflating takes a second for each 20 MB and saves
 * some percent.
 * @param files by path, relative, with single slashes
 * @throws Error for a path that leads outside, or more than a zip can hold (4 GB, 65,534 files)
 */
export function writeZip(files: ReadonlyMap<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length > MAX_FILES)
    throw new Error(`zip: expected at most ${MAX_FILES} files, got ${sorted.length}. Pack fewer.`);
  let bytes = 0;
  const entries: Zippable = {};
  for (const [path, content] of sorted) {
    checkPath(path);
    bytes += HEADER_BYTES + 6 * path.length + content.length;
    entries[path] = [content, { level: path.endsWith('.safetensors') ? 0 : 6 }];
  }
  if (bytes > MAX_BYTES) throw new Error(`zip: expected at most 4 GB, got ${(bytes / 1e9).toFixed(1)} GB.`);
  // The first day that a zip can name; in local time, as zips have it, so that it is the same bytes everywhere.
  return zipSync(entries, { mtime: new Date(1980, 0, 1) });
}
