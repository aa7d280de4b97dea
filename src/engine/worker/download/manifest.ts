// A model folder's manifest.json: which files there are, how long they are and what they hash to.
import * as v from 'valibot';
import { BASE_NAME } from '@noisebook/ldm/numbers';
import { printable } from '../../../state/printable.ts';
import { WorkerError } from '../errors.ts';

const MAX_FILES = 200;
const MAX_FILE_BYTES = 2 ** 30;

const File = v.object({
  path: v.pipe(
    v.string(),
    v.maxLength(200),
    v.regex(
      /^(?!\.{1,2}(?:\/|$))[\w.-]+(?:\/(?!\.{1,2}(?:\/|$))[\w.-]+)*$/,
      'expected a path inside the model folder',
    ),
  ),
  bytes: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_FILE_BYTES)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hexadecimal digits')),
});

const Manifest = v.object({
  name: v.string(),
  title: v.optional(v.pipe(v.string(), v.transform(printable))),
  /** The model beside this one that has the files which this one lacks. */
  base: v.optional(v.pipe(v.string(), v.regex(BASE_NAME, 'expected the name of a model folder'))),
  files: v.pipe(
    v.array(File),
    v.minLength(1),
    v.maxLength(MAX_FILES),
    v.check(
      (files) => new Set(files.map((file) => file.path)).size === files.length,
      'a file is listed twice',
    ),
  ),
  knownWords: v.optional(v.array(v.string()), []),
});

/** One file of a model. */
export type ManifestFile = v.InferOutput<typeof File>;
/** The keys of a manifest that loading needs; others are left alone. */
export type Manifest = v.InferOutput<typeof Manifest>;

/** Bytes of the files together. */
export function totalBytes(files: readonly ManifestFile[]): number {
  return files.reduce((sum, file) => sum + file.bytes, 0);
}

/** Reads a manifest. `where` names it in errors. */
export function parseManifest(text: string, where: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new WorkerError(
      'damaged-file',
      `${where} is not valid JSON. Reload the page; if that doesn't help, the site's copy is damaged.`,
      {
        cause: error,
      },
    );
  }
  const parsed = v.safeParse(Manifest, json);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  const key = v.getDotPath(issue) ?? 'the top level';
  throw new WorkerError(
    'damaged-file',
    `${where} is damaged at ${key}: ${issue.message}. Reload the page; if that doesn't help, the site's copy is damaged.`,
  );
}
