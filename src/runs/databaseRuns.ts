// Runs in the database. Whatever belongs together is written in one transaction: all of it, or nothing.
import type { LabDataset } from '../protocol/lab.ts';
import { fromStored, toStored } from './bulky.ts';
import type { Database, StoredRun } from './database.ts';
import { isFull, missingRun, storeError } from './errors.ts';
import { bytesIn } from './sizes.ts';
import { packSteps, unpackSteps } from './steps.ts';
import type {
  Checkpoint,
  ModelFiles,
  Progress,
  RunHistory,
  RunRecord,
  RunState,
  RunStore,
  Snapshot,
} from './types.ts';

/** Checkpoints that are kept: should the newest be damaged, there is one more. */
const KEPT = 2;
const OWNED = ['checkpoints', 'steps', 'snapshots', 'snapshotFiles'] as const;

/** All keys of a run in a store whose keys are [run, number]. */
const ofRun = (id: string): IDBKeyRange => IDBKeyRange.bound([id, 0], [id, Infinity]);

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
    return runs.sort((a, b) => b.created - a.created).map(publicRecord);
  }

  async get(id: string): Promise<RunRecord | undefined> {
    const run = await this.#with((database) => database.get('runs', id));
    return run && publicRecord(run);
  }

  create(run: RunRecord, dataset: LabDataset): Promise<void> {
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

  dataset(id: string): Promise<LabDataset | undefined> {
    return this.#with(async (database) => {
      const stored = await database.get('datasets', id);
      return stored && fromStored<LabDataset>(stored);
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
    const { checkpoint, encoded, snapshots, state, message, backend } = progress;
    const transaction = database.transaction(['runs', ...OWNED], 'readwrite', { durability: 'strict' });
    const writes: Promise<unknown>[] = [transaction.done];
    try {
      const old = await transaction.objectStore('runs').get(id);
      if (old === undefined) throw missingRun(id);
      const { message: _old, ...run } = old;
      const revision = run.revision + 1;
      const lengths = [...run.checkpointBytes, checkpoint.bytes.byteLength];
      const leaving = lengths.slice(0, Math.max(0, lengths.length - kept));
      const checkpoints = transaction.objectStore('checkpoints');
      // What leaves goes first: a full disk may need its room.
      for (const [i] of leaving.entries())
        writes.push(checkpoints.delete([id, revision - run.checkpointBytes.length + i]));
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

  async checkpoint(id: string): Promise<Checkpoint | undefined> {
    return this.#with(async (database) => {
      const store = database.transaction('checkpoints').store;
      const stored = (await store.openCursor(ofRun(id), 'prev'))?.value;
      return stored && fromStored<Checkpoint>(stored);
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
      const encoded = steps.findLast((each) => each.encoded)?.encoded;
      return {
        steps: unpackSteps(steps.flatMap(({ chunks }) => chunks)),
        ...(encoded && { encoded }),
        snapshots,
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
      if (old === undefined) throw missingRun(id);
      const { message: _message, backend: _backend, ...run } = old;
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
      const old = await transaction.store.get(id);
      if (old === undefined) throw missingRun(id);
      const { message, ...run } = old;
      const keeps = message !== undefined && change.state === undefined;
      const now = { ...run, ...(keeps && { message }), ...change, changed: Date.now() };
      await Promise.all([transaction.store.put(now), transaction.done]);
    });
  }

  async #with<T>(use: (database: Database) => Promise<T>): Promise<T> {
    try {
      return await use(await this.#open());
    } catch (error) {
      throw storeError(error);
    }
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
