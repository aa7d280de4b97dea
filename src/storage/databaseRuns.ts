// Runs in the database. Whatever belongs together is written in one transaction: all of it, or nothing.
import type { TrainingStepEvent as StepEvent } from '@noisebook/ldm';
import type { TrainingDataset } from './trainingData.ts';
import { fromStored, toStored } from './bulky.ts';
import type { Database, StoredRun, StoredSteps } from './database.ts';
import { conflict, isFull, missingRun, StoreError } from './errors.ts';
import { isCheckpoint, isRun, isSnapshot, soundRun, unreadable } from './records.ts';
import { bytesIn } from './sizes.ts';
import { ofRun, rewound } from './rewind.ts';
import { packSteps, unpackSteps } from './steps.ts';
import { useDatabase } from './useDatabase.ts';
import type {
  ModelFiles,
  Progress,
  RunHistory,
  RunRecord,
  RunState,
  RunStore,
  Snapshot,
  StoredCheckpoint,
  Unreadable,
} from './types.ts';

/** Checkpoints that are kept: should the newest be damaged, there is one more. */
const KEPT = 2;
const OWNED = ['checkpoints', 'steps', 'snapshots', 'snapshotFiles'] as const;

/** A run's record as callers get it. */
function publicRecord({ snapshotCount: _count, checkpointBytes: _bytes, ...run }: StoredRun): RunRecord {
  return run;
}

export class DatabaseRuns implements RunStore {
  readonly lasting = true;
  readonly #open: () => Promise<Database>;

  /** @param open gives the database, opened again where the browser has closed it */
  constructor(open: () => Promise<Database>) {
    this.#open = open;
  }

  async list(): Promise<RunRecord[]> {
    const runs = await this.#with((database) => database.getAll('runs'));
    return runs
      .filter(isRun)
      .sort((a, b) => b.created - a.created)
      .map(publicRecord);
  }

  async listUnreadable(): Promise<Unreadable[]> {
    return unreadable(await this.#with((database) => database.getAll('runs')), isRun, 'name');
  }

  async get(id: string): Promise<RunRecord | undefined> {
    return this.#with(async (database) => {
      const run = soundRun(await database.get('runs', id));
      return run && publicRecord(run);
    });
  }

  create(run: RunRecord, dataset: TrainingDataset): Promise<void> {
    return this.#with(async (database) => {
      const made = { ...run, bytes: bytesIn(dataset), snapshotCount: 0, checkpointBytes: [] };
      const transaction = database.transaction(['runs', 'datasets'], 'readwrite');
      await Promise.all([
        transaction.objectStore('runs').add(made),
        transaction.objectStore('datasets').put(toStored(dataset), run.id),
        transaction.done,
      ]);
    });
  }

  dataset(id: string): Promise<TrainingDataset | undefined> {
    return this.#with(async (database) => {
      const stored = await database.get('datasets', id);
      return stored && fromStored<TrainingDataset>(stored);
    });
  }

  async rename(id: string, name: string): Promise<void> {
    await this.#change(id, { name });
  }

  async begin(id: string, backend: string): Promise<void> {
    await this.#change(id, { state: 'training', backend });
  }

  async end(id: string, state: RunState, message?: string): Promise<void> {
    await this.#change(id, { state, ...(message !== undefined && { message }) });
  }

  async save(id: string, progress: Progress): Promise<RunRecord> {
    try {
      return await this.#with((database) => this.#save(database, id, progress, KEPT));
    } catch (error) {
      if (!isFull(error)) throw error;
      // Once more with room made: the older of the two checkpoints leaves in the same transaction.
      return this.#with((database) => this.#save(database, id, progress, 1));
    }
  }

  async #save(database: Database, id: string, progress: Progress, kept: number): Promise<RunRecord> {
    const { from, checkpoint, encoded, snapshots, state, message, backend } = progress;
    const transaction = database.transaction(['runs', ...OWNED], 'readwrite', { durability: 'strict' });
    const writes: Promise<unknown>[] = [transaction.done];
    try {
      const stored = soundRun(await transaction.objectStore('runs').get(id));
      if (stored === undefined) throw missingRun(id);
      if (from !== undefined && from.revision !== stored.revision) throw conflict(stored.name);
      const old = await rewound(transaction, stored, from?.checkpoint);
      const { message: _old, ...run } = old;
      // A revision that was taken back is not given again: a copy in some worker's memory must not pass for current.
      const revision = run.revision + 1;
      const lengths = [...run.checkpointBytes, checkpoint.bytes.byteLength];
      const leaving = lengths.slice(0, Math.max(0, lengths.length - kept));
      const checkpoints = transaction.objectStore('checkpoints');
      // What leaves goes first: a full disk may need its room.
      const keys = await checkpoints.getAllKeys(ofRun(id));
      for (const key of keys.slice(0, Math.max(0, keys.length + 1 - kept)))
        writes.push(checkpoints.delete(key));
      writes.push(checkpoints.put(toStored(checkpoint), [id, revision]));
      const steps = { chunks: packSteps(progress.steps), ...(encoded && { encoded }) };
      writes.push(transaction.objectStore('steps').put(steps, [id, revision]));
      for (const [i, { files, ...snapshot }] of snapshots.entries()) {
        const index = run.snapshotCount + i;
        const stored: Snapshot = { ...snapshot, index, hasFiles: files !== undefined };
        writes.push(transaction.objectStore('snapshots').put(stored, [id, index]));
        if (files) writes.push(transaction.objectStore('snapshotFiles').put(toStored(files), [id, index]));
      }
      const added = checkpoint.bytes.byteLength + bytesIn(steps) + bytesIn(snapshots);
      const now: StoredRun = {
        ...run,
        state,
        ...(message !== undefined && { message }),
        backend,
        phase: checkpoint.phase,
        step: checkpoint.step,
        trainedMs: checkpoint.trainedMs,
        changed: Date.now(),
        revision,
        bytes: run.bytes + added - leaving.reduce((sum, bytes) => sum + bytes, 0),
        snapshotCount: run.snapshotCount + snapshots.length,
        checkpointBytes: lengths.slice(leaving.length),
      };
      writes.push(transaction.objectStore('runs').put(now));
      await Promise.all(writes);
      return publicRecord(now);
    } catch (error) {
      await Promise.allSettled([...writes, abort(transaction)]);
      // A transaction that the browser broke off knows why; one of ours only that we did.
      throw isFull(transaction.error) ? transaction.error : error;
    }
  }

  async checkpoint(id: string, older = 0): Promise<StoredCheckpoint | undefined> {
    return this.#with(async (database) => {
      const store = database.transaction('checkpoints').store;
      let cursor = await store.openCursor(ofRun(id), 'prev');
      if (older > 0) cursor = (await cursor?.advance(older)) ?? null;
      if (cursor === null) return undefined;
      const [, revision] = cursor.key;
      const found: unknown = cursor.value;
      const checkpoint = typeof found === 'object' && found !== null ? await fromStored(found) : undefined;
      if (isCheckpoint(checkpoint)) return { ...checkpoint, revision };
      throw new StoreError(
        'unreadable',
        'checkpoint: expected a phase, a step and bytes, got a record of another shape.',
      );
    });
  }

  async history(id: string): Promise<RunHistory> {
    return this.#with(async (database) => {
      const transaction = database.transaction(['runs', 'steps', 'snapshots']);
      const [run, steps, snapshots] = await Promise.all([
        transaction.objectStore('runs').getKey(id),
        transaction.objectStore('steps').getAll(ofRun(id)),
        transaction.objectStore('snapshots').getAll(ofRun(id)),
      ]);
      if (run === undefined) throw missingRun(id);
      // One part that can't be read takes no other with it.
      const curve = steps.map(readSteps);
      const shown = snapshots.filter(isSnapshot);
      const encoded = steps.findLast((each) => each.encoded)?.encoded;
      const lost = curve.filter((part) => part === undefined).length + snapshots.length - shown.length;
      return {
        steps: curve.flatMap((part) => part ?? []),
        ...(encoded && { encoded }),
        snapshots: shown,
        ...(lost > 0 && { lost }),
      };
    });
  }

  snapshotFiles(id: string, index: number): Promise<ModelFiles | undefined> {
    return this.#with(async (database) => {
      const stored = await database.get('snapshotFiles', [id, index]);
      return stored && fromStored<ModelFiles>(stored);
    });
  }

  reset(id: string): Promise<void> {
    return this.#with(async (database) => {
      const transaction = database.transaction(['runs', 'datasets', ...OWNED], 'readwrite');
      const [old, dataset] = await Promise.all([
        transaction.objectStore('runs').get(id),
        transaction.objectStore('datasets').get(id),
      ]);
      const known = soundRun(old);
      if (known === undefined) throw missingRun(id);
      const { message: _message, backend: _backend, ...run } = known;
      const now: StoredRun = {
        ...run,
        state: 'new',
        phase: 'autoencoder',
        step: 0,
        trainedMs: 0,
        changed: Date.now(),
        // It goes on counting: a copy in some worker's memory must not pass for current.
        revision: run.revision + 1,
        bytes: bytesIn(dataset),
        snapshotCount: 0,
        checkpointBytes: [],
      };
      await Promise.all([
        transaction.objectStore('runs').put(now),
        ...OWNED.map((name) => transaction.objectStore(name).delete(ofRun(id))),
        transaction.done,
      ]);
    });
  }

  remove(id: string): Promise<void> {
    return this.#with(async (database) => {
      const transaction = database.transaction(['runs', 'datasets', ...OWNED], 'readwrite');
      await Promise.all([
        transaction.objectStore('runs').delete(id),
        transaction.objectStore('datasets').delete(id),
        ...OWNED.map((name) => transaction.objectStore(name).delete(ofRun(id))),
        transaction.done,
      ]);
    });
  }

  /** Changes a record; `message` leaves unless it is given. */
  #change(id: string, change: Partial<StoredRun>): Promise<void> {
    return this.#with(async (database) => {
      const transaction = database.transaction('runs', 'readwrite');
      const old = soundRun(await transaction.store.get(id));
      if (old === undefined) throw missingRun(id);
      const { message, ...run } = old;
      const keeps = message !== undefined && change.state === undefined;
      const now = { ...run, ...(keeps && { message }), ...change, changed: Date.now() };
      await Promise.all([transaction.store.put(now), transaction.done]);
    });
  }

  #with<T>(use: (database: Database) => Promise<T>): Promise<T> {
    return useDatabase(this.#open, use);
  }
}

/** The steps of one record, undefined where it is of another shape. */
function readSteps({ chunks }: StoredSteps): StepEvent[] | undefined {
  try {
    return unpackSteps(chunks);
  } catch {
    return undefined;
  }
}

/** Takes back what a transaction did; one that has ended is left as it is. */
async function abort(transaction: { abort(): void }): Promise<void> {
  try {
    transaction.abort();
  } catch {
    // It has ended by itself.
  }
  return Promise.resolve();
}
