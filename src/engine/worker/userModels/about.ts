// Metadata of a user model: shown on the model card, written to its manifest and read from it.
import * as v from 'valibot';
import { GUIDANCE, STEPS } from '../../../state/address.ts';
import { printable } from '../../../state/printable.ts';
import { MAX_EXAMPLES, MAX_TEXT, MAX_WORD, MAX_WORDS } from '../../../storage/modelLimits.ts';

const printed = v.transform(printable);
const Text = v.pipe(v.string(), v.maxLength(MAX_TEXT), printed);
const Words = v.pipe(v.array(v.pipe(v.string(), v.maxLength(MAX_WORD), printed)), v.maxLength(MAX_WORDS));

const About = v.object({
  /** For people. */
  title: v.pipe(Text, v.trim(), v.minLength(1)),
  /** ISO 8601, when it was finished. */
  created: v.pipe(v.string(), v.isoTimestamp()),
  sampling: v.object({
    numInferenceSteps: v.pipe(v.number(), v.integer(), v.minValue(STEPS.min), v.maxValue(STEPS.max)),
    guidanceScale: v.pipe(v.number(), v.minValue(GUIDANCE.min), v.maxValue(GUIDANCE.max)),
  }),
  /** Every word it was taught; empty where nobody knows. */
  knownWords: v.optional(Words, []),
  /** Prompts to offer, each once. */
  examples: v.optional(
    v.pipe(
      v.array(Text),
      v.maxLength(MAX_EXAMPLES),
      v.transform((prompts) => [...new Set(prompts)]),
    ),
    [],
  ),
  /** What it was trained on: title, credit. */
  data: v.optional(
    v.object({ title: Text, credit: v.optional(v.pipe(v.string(), v.maxLength(1000), printed)) }),
  ),
  /** The run that made it. */
  training: v.optional(
    v.object({
      runId: v.optional(Text),
      phase: v.optional(Text),
      step: v.pipe(v.number(), v.integer(), v.minValue(0)),
      minutes: v.optional(v.number()),
      backend: v.optional(Text),
      /** Last losses by name, for example autoencoder, denoiser. */
      losses: v.optional(v.record(Text, v.number()), {}),
    }),
  ),
  /** The choices of the run. */
  recipe: v.optional(
    v.record(Text, v.union([v.pipe(v.string(), printed), v.number(), v.boolean(), v.null()])),
  ),
});

/** `title`, `created` and `sampling` are all that is needed. */
export type AboutModel = v.InferOutput<typeof About>;

const Listed = v.object({
  ...About.entries,
  files: v.pipe(v.array(v.object({ path: v.string(), sha256: v.string() })), v.maxLength(200)),
});

export interface FoundManifest {
  readonly about: AboutModel;
  /** SHA-256 of each file by path, as the manifest says. */
  readonly sums: ReadonlyMap<string, string>;
}

/** Reads a manifest.json that came with somebody's model; undefined if it is not one of ours. */
export function readUserManifest(bytes: Uint8Array | undefined): FoundManifest | undefined {
  if (bytes === undefined || bytes.length > 2e6) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  const parsed = v.safeParse(Listed, json);
  if (!parsed.success) return undefined;
  const { files, ...about } = parsed.output;
  return { about, sums: new Map(files.map(({ path, sha256 }) => [path, sha256])) };
}
