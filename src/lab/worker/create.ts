// Stores a new run with its pictures, ready to be trained.
import type { LabStoreRequest } from '../../engine/protocol/labJobs.ts';
import { announceChange, storeError, type RunRecord } from '../../storage/index.ts';
import type { JobContext, Reply } from '../../engine/worker/job.ts';
import { openedStore } from '../../storage/openedStore.ts';
import type { Session } from '../../engine/worker/session.ts';

export async function labCreate(
  _session: Session,
  { id, name, recipe, dataset }: LabStoreRequest,
  _context: JobContext<never>,
): Promise<Reply<RunRecord>> {
  const { runs } = await openedStore();
  const { pixels: _pixels, captions: _captions, words: _words, ...data } = dataset;
  const now = Date.now();
  await runs.create(
    {
      id,
      name,
      recipe,
      created: now,
      changed: now,
      state: 'new',
      phase: 'autoencoder',
      step: 0,
      trainedMs: 0,
      bytes: 0,
      revision: 0,
      data,
    },
    dataset,
  );
  const record = await runs.get(id);
  if (record === undefined) throw storeError(new Error('the run was deleted at once'));
  announceChange();
  return { result: record, transfer: [] };
}
