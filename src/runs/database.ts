// The database 'noisebook-runs': its object stores, and how it is opened.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { inTime } from '../lib/ldm/inTime.ts';
import type { EncodedEvent } from '../lib/ldm/training/types.ts';
import type { LabDataset } from '../protocol/lab.ts';
import type { Stored } from './bulky.ts';
import { StoreError } from './errors.ts';
import type { StepChunk } from './steps.ts';
import type { Checkpoint, ModelFiles, OwnModel, RunRecord, Snapshot } from './types.ts';

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
  datasets: { key: string; value: Stored<LabDataset> };
  checkpoints: { key: OfRun; value: Stored<Checkpoint> };
  steps: { key: OfRun; value: StoredSteps };
  snapshots: { key: OfRun; value: Snapshot };
  snapshotFiles: { key: OfRun; value: Stored<ModelFiles> };
  models: { key: string; value: OwnModel };
  modelFiles: { key: string; value: Stored<ModelFiles> };
}

export type Database = IDBPDatabase<Schema>;

const NAME = 'noisebook-runs';
const VERSION = 1;
/** Milliseconds that the browser's storage may take to open. */
const OPEN_MS = 8000;
/** Records found by their key alone; those with a key of their own inside are `runs` and `models`. */
const OUT_OF_LINE = ['datasets', 'checkpoints', 'steps', 'snapshots', 'snapshotFiles', 'modelFiles'] as const;

/**
 * Opens the database.
 * @param onGone called when the browser closes it by itself
 * @throws {StoreError} 'unavailable' where this browser keeps nothing for this page
 */
export async function openDatabase(onGone: () => void): Promise<Database> {
  try {
    const opening: Promise<Database> = openDB<Schema>(NAME, VERSION, {
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
    });
    return await inTime(opening, OPEN_MS, 'IndexedDB', (late) => late.close());
  } catch (error) {
    throw new StoreError(
      'unavailable',
      'This browser keeps nothing for this page (a private window, or storage is switched off).',
      { cause: error },
    );
  }
}
