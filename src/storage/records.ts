// Records as they come out of the database: another version of this site may have written them, so each is checked.
import * as v from 'valibot';
import { checkRecipe, type Recipe } from '@noisebook/ldm/numbers';
import { DATA_KINDS } from '../datasets/dataKinds.ts';
import type { StoredRun } from './database.ts';
import { StoreError } from './errors.ts';
import type { Checkpoint, UserModel, Snapshot, Unreadable } from './types.ts';

const Phase = v.picklist(['autoencoder', 'denoiser']);
const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
// Times and sizes are only shown and sorted by: any number will do.
const AnyNumber = v.custom<number>((value) => typeof value === 'number');
const Texts = v.array(v.string());

/** The library knows what it can train, and the site from which pictures. */
function isRecipe(value: unknown): value is Recipe {
  try {
    checkRecipe(value, DATA_KINDS);
    return true;
  } catch {
    return false;
  }
}

const Run = v.looseObject({
  id: v.string(),
  name: v.string(),
  recipe: v.custom<Recipe>(isRecipe),
  created: AnyNumber,
  changed: AnyNumber,
  state: v.picklist(['new', 'training', 'paused', 'finished', 'stopped']),
  message: v.exactOptional(v.string()),
  phase: Phase,
  step: Count,
  trainedMs: AnyNumber,
  backend: v.exactOptional(v.string()),
  bytes: AnyNumber,
  revision: Count,
  data: v.looseObject({
    kind: v.picklist(DATA_KINDS),
    title: v.string(),
    credit: v.exactOptional(v.string()),
    count: Count,
    size: Count,
    sampleCaptions: v.array(v.looseObject({ text: v.string(), label: v.string() })),
  }),
  snapshotCount: Count,
  checkpointBytes: v.array(Count),
});

const Model = v.looseObject({
  id: v.string(),
  name: v.custom<`own-${string}`>((value) => typeof value === 'string' && value.startsWith('own-')),
  title: v.string(),
  created: v.string(),
  bytes: AnyNumber,
  hash: v.string(),
  image: v.looseObject({ size: Count, f: Count, latentChannels: Count, latentSize: Count }),
  sampling: v.looseObject({ numInferenceSteps: Count, guidanceScale: AnyNumber }),
  knownWords: Texts,
  examples: Texts,
  facePixels: v.exactOptional(v.boolean()),
  origin: v.picklist(['run', 'opened']),
  runId: v.exactOptional(v.string()),
  step: v.exactOptional(Count),
});

const CheckpointRecord = v.looseObject({
  phase: Phase,
  step: Count,
  trainedMs: AnyNumber,
  bytes: v.instance(Uint8Array),
});
const SnapshotRecord = v.looseObject({ index: Count, phase: Phase, step: Count, hasFiles: v.boolean() });

/** Whether it is a run that this version can list and train. */
export const isRun = (value: unknown): value is StoredRun => v.is(Run, value);
export const isModel = (value: unknown): value is UserModel => v.is(Model, value);
export const isCheckpoint = (value: unknown): value is Checkpoint => v.is(CheckpointRecord, value);
export const isSnapshot = (value: unknown): value is Snapshot => v.is(SnapshotRecord, value);

const textIn = (value: unknown, key: string): string | undefined => {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === 'string' && found.trim() !== '' ? found : undefined;
};

/** The name that a record has, or its id where it has none. */
export const nameIn = (value: unknown, key: 'name' | 'title'): string =>
  textIn(value, key) ?? textIn(value, 'id') ?? 'without a name';

/** What can still be said of records that are not `isSound`. */
export const unreadable = (
  records: readonly unknown[],
  isSound: (value: unknown) => boolean,
  key: 'name' | 'title',
): Unreadable[] =>
  records.flatMap((record) => {
    const id = textIn(record, 'id');
    return id === undefined || isSound(record) ? [] : [{ id, name: nameIn(record, key) }];
  });

/**
 * `value` if it is a run, undefined if there is none.
 * @throws {StoreError} 'unreadable'
 */
export function soundRun(value: unknown): StoredRun | undefined {
  if (value === undefined || isRun(value)) return value;
  throw new StoreError(
    'unreadable',
    `What is stored of the run “${nameIn(value, 'name')}” cannot be read: another version of this site wrote it, or it is damaged. Reload the page; if that does not help, delete the run.`,
  );
}
