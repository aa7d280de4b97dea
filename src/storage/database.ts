// The database 'noisebook-runs': its object stores, and how it is opened.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { inTime } from '@noisebook/ldm/numbers';
import type { EncodedEvent } from '@noisebook/ldm';
import type { TrainingDataset } from './trainingData.ts';
import type { Stored } from './bulky.ts';
import { changedStorage, openError } from './errors.ts';
import { DATABASE } from './names.ts';
import { nameIn } from './records.ts';
import type { StepChunk } from './steps.ts';
import type { Checkpoint, ModelFiles, UserModel, RunRecord, Snapshot, StoredNames } from './types.ts';

/** A run as it is stored: with what the bookkeeping needs. */
export interface StoredRun extends RunRecord {
  /** Snapshots so far. */
  readonly snapshotCount: number;
  /** Bytes of the checkpoints that are kept, the oldest first. */
  readonly checkpointBytes: readonly number[];
}

/** Steps between two checkpoints. */
export interface StoredSteps {
  readonly chunks: readonly StepChunk[];
  readonly encoded?: EncodedEvent;
}

/** What belongs to a run has keys [run, number]. */
type OfRun = [id: string, number: number];

export interface Schema extends DBSchema {
  runs: { key: string; value: StoredRun };
  datasets: { key: string; value: Stored<TrainingDataset> };
  checkpoints: { key: OfRun; value: Stored<Checkpoint> };
  steps: { key: OfRun; value: StoredSteps };
  snapshots: { key: OfRun; value: Snapshot };
  snapshotFiles: { key: OfRun; value: Stored<ModelFiles> };
  models: { key: string; value: UserModel };
  modelFiles: { key: string; value: Stored<ModelFiles> };
}

export type Database = IDBPDatabase<Schema>;

const VERSION = 1;
/** Records found by their key alone; those with a key of their own inside are `runs` and `models`. */
const OUT_OF_LINE = ['datasets', 'checkpoints', 'steps', 'snapshots', 'snapshotFiles', 'modelFiles'] as const;
const STORES = ['runs', 'models', ...OUT_OF_LINE] as const;

/** A database that does not answer, for example while another tab changes it. */
const PATIENCE_MS = 10_000;

/**
 * Opens the database.
 * @param onGone called when the browser closes it by itself
 * @throws {StoreError} 'unavailable' where this browser keeps nothing for this page, 'changed' where it is another version's
 */
export async function openDatabase(onGone: () => void): Promise<Database> {
  try {
    const database = await inTime(
      openDB<Schema>(DATABASE, VERSION, {
        upgrade(made) {
          made.createObjectStore('runs', { keyPath: 'id' });
          made.createObjectStore('models', { keyPath: 'id' });
          for (const store of OUT_OF_LINE) made.createObjectStore(store);
        },
        // A newer version of the site in another tab, or the reader clearing data: let go.
        blocking: (_from, _to, event) => {
          (event.target as IDBDatabase).close();
          onGone();
        },
        terminated: onGone,
      }),
      PATIENCE_MS,
      'IndexedDB',
      (late) => late.close(),
    );
    if (STORES.every((name) => database.objectStoreNames.contains(name))) return database;
    database.close();
    throw changedStorage();
  } catch (error) {
    throw openError(error);
  }
}

/** Names of the runs and models in a database of another version: what is there, though this version can't use it. */
export async function namesInStorage(): Promise<StoredNames> {
  try {
    // Without a number: whatever version it has.
    const database = await inTime(
      openDB(DATABASE, undefined, {
        blocking: (_from, _to, event) => (event.target as IDBDatabase).close(),
      }),
      PATIENCE_MS,
      'IndexedDB',
      (late) => late.close(),
    );
    const all = async (store: 'runs' | 'models'): Promise<unknown[]> =>
      database.objectStoreNames.contains(store)
        ? inTime(database.getAll(store), PATIENCE_MS, 'IndexedDB')
        : [];
    try {
      return {
        runs: (await all('runs')).map((run) => nameIn(run, 'name')),
        models: (await all('models')).map((model) => nameIn(model, 'title')),
      };
    } finally {
      database.close();
    }
  } catch {
    return { runs: [], models: [] };
  }
}
