// Takes back what a run stored after an older checkpoint, because training went on from that one.
import type { IDBPTransaction, StoreNames } from 'idb';
import type { Schema, StoredRun } from './database.ts';
import { bytesIn } from './sizes.ts';
import type { Snapshot, StoredCheckpoint } from './types.ts';

type Writing = IDBPTransaction<Schema, StoreNames<Schema>[], 'readwrite'>;

/** All keys of a run in a store whose keys are [run, number], or those above a number. */
export const ofRun = (id: string, above?: number): IDBKeyRange =>
  above === undefined
    ? IDBKeyRange.bound([id, 0], [id, Infinity])
    : IDBKeyRange.bound([id, above], [id, Infinity], true);

const isAfter = (snapshot: Snapshot, { phase, step }: Pick<StoredCheckpoint, 'phase' | 'step'>): boolean =>
  snapshot.phase === phase ? snapshot.step > step : snapshot.phase === 'denoiser';

/**
 * Deletes what came after `base` in this transaction.
 * @param transaction of 'runs', 'checkpoints', 'steps', 'snapshots' and 'snapshotFiles'
 * @param base the checkpoint that was gone on from; left out, nothing is taken back
 * @returns the bookkeeping of `run` afterwards; not stored yet
 */
export async function rewound(
  transaction: Writing,
  run: StoredRun,
  base: Pick<StoredCheckpoint, 'revision' | 'phase' | 'step'> | undefined,
): Promise<StoredRun> {
  if (base === undefined || base.revision >= run.revision) return run;
  const { id } = run;
  const [checkpoints, steps, snapshots, files] = [
    transaction.objectStore('checkpoints'),
    transaction.objectStore('steps'),
    transaction.objectStore('snapshots'),
    transaction.objectStore('snapshotFiles'),
  ];
  const late = ofRun(id, base.revision);
  const [goneCheckpoints, goneSteps, known] = await Promise.all([
    checkpoints.count(late),
    steps.getAll(late),
    snapshots.getAll(ofRun(id)),
  ]);
  const kept = known.filter((snapshot) => !isAfter(snapshot, base));
  const lastKept = kept.at(-1)?.index ?? -1;
  const lateSnapshots = ofRun(id, lastKept);
  const goneFiles = await files.getAll(lateSnapshots);
  const stay = run.checkpointBytes.length - goneCheckpoints;
  await Promise.all([
    checkpoints.delete(late),
    steps.delete(late),
    snapshots.delete(lateSnapshots),
    files.delete(lateSnapshots),
  ]);
  const gone =
    run.checkpointBytes.slice(stay).reduce((sum, bytes) => sum + bytes, 0) +
    bytesIn(goneSteps) +
    bytesIn(known.filter(({ index }) => index > lastKept)) +
    bytesIn(goneFiles);
  return {
    ...run,
    bytes: Math.max(0, run.bytes - gone),
    snapshotCount: lastKept + 1,
    checkpointBytes: run.checkpointBytes.slice(0, stay),
  };
}
