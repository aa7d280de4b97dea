// What this browser keeps: training runs and user models. For pages and the worker alike.
import { namesInStorage, openDatabase, type Database } from './database.ts';
import { DatabaseModels } from './databaseModels.ts';
import { DatabaseRuns } from './databaseRuns.ts';
import { openError, type StoreError } from './errors.ts';
import { MemoryStore } from './memoryStore.ts';
import { readUserModelName } from './names.ts';
import type { ModelStore, RunStore, StoredNames } from './types.ts';

export { announceChange, onChange } from './changes.ts';
export { isFull, StoreError, storeError } from './errors.ts';
export { trainedRuns, withRunLock } from './locks.ts';
export { newId, snapshotModel } from './names.ts';
export type * from './types.ts';

export interface Store {
  /** False if nothing lasts here: what is kept is gone with this page or worker. */
  readonly lasting: boolean;
  /** Why nothing lasts, and what is there all the same but can't be used. */
  readonly trouble?: { readonly error: StoreError; readonly names: StoredNames };
  readonly runs: RunStore;
  readonly models: ModelStore;
}

/**
 * Opens the store; where the browser keeps nothing, one in memory.
 *
 * The database opens again by itself after the browser has closed it.
 */
export async function openStore(): Promise<Store> {
  let database: Promise<Database> | undefined;
  const open = (): Promise<Database> => {
    database ??= openDatabase(() => (database = undefined));
    database.catch(() => (database = undefined));
    return database;
  };
  try {
    await open();
    return { lasting: true, runs: new DatabaseRuns(open), models: new DatabaseModels(open) };
  } catch (thrown) {
    const error = openError(thrown);
    const names = error.code === 'changed' ? await namesInStorage() : { runs: [], models: [] };
    const memory = new MemoryStore();
    return { lasting: false, trouble: { error, names }, runs: memory, models: memory };
  }
}

/**
 * The folder of a user model: 'own-<id>' is a stored model, 'own-<run>-<index>' a run's snapshot.
 * @returns undefined if there is no such model
 * @throws {StoreError} why nothing is kept here, where that may be why it is not found
 */
export async function readFilesOf(
  name: string,
  store: Store,
): Promise<Map<string, Uint8Array<ArrayBuffer>> | undefined> {
  const user = readUserModelName(name);
  if (user === undefined) return undefined;
  const files =
    user.kind === 'model'
      ? await store.models.readModelFiles(user.id)
      : await store.runs.snapshotFiles(user.runId, user.index);
  if (files === undefined && store.trouble !== undefined) throw store.trouble.error;
  return files && new Map(files);
}
