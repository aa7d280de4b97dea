// Trains a run that is stored: alone in all tabs, again from the last checkpoint when the device is lost.
import type { BackendInfo } from '@noisebook/ldm';
import type { LoadEvent } from '../../engine/protocol/messages.ts';
import type { LabBatch, LabTrainResult } from '../../engine/protocol/lab.ts';
import type { LabTrainRequest } from '../../engine/protocol/labJobs.ts';
import { announceChange, withRunLock, type Store } from '../../storage/index.ts';
import { reportError, WorkerError } from '../../engine/worker/errors.ts';
import type { JobContext, Reply } from '../../engine/worker/job.ts';
import { openedStore } from '../../storage/openedStore.ts';
import type { Session } from '../../engine/worker/session.ts';
import { EventBatcher } from './eventBatcher.ts';
import type { LiveRuns, OpenOptions } from './liveRun.ts';
import { workerRuns } from './workerRuns.ts';
import { TrainLoop, type TrainingContext } from './trainLoop.ts';

export async function labTrain(
  session: Session,
  { runId, mode }: LabTrainRequest,
  { signal, emit }: JobContext<LoadEvent | LabBatch>,
): Promise<Reply<LabTrainResult>> {
  const store = await openedStore();
  const outcome = await withRunLock(runId, () =>
    session.enqueue({ signal, emit }, async () => {
      const batcher = new EventBatcher((events) => emit({ type: 'lab', events }));
      const add = batcher.add.bind(batcher);
      const context = { mode, pause: signal, emit: add, changed: announceChange };
      try {
        return await session.onBackend(signal, (backend, lost) =>
          trainOn(backend, runId, workerRuns, store, { ...context, lost, session }),
        );
      } catch (error) {
        await sayWhy(store, runId, error, signal);
        throw error;
      } finally {
        batcher.flush();
      }
    }),
  ).finally(announceChange);
  if (outcome === undefined) {
    throw new WorkerError(
      'busy',
      'Another tab of this browser is training this run. Pause it there, or watch it go on there.',
    );
  }
  return { result: outcome.value, transfer: [] };
}

/** Trains on one backend, until the end or until the device is lost. */
export async function trainOn(
  backend: BackendInfo,
  runId: string,
  runs: LiveRuns,
  store: Store,
  context: TrainingContext & Pick<OpenOptions, 'session'>,
): Promise<LabTrainResult> {
  const live = await runs.open(runId, backend, store, context);
  await store.runs.begin(runId, backend.label);
  context.changed();
  const { spoilt, ...ended } = await new TrainLoop(live, context).train();
  const { phase, step } = live.run;
  if (spoilt) runs.giveUp(live);
  return { ...ended, phase, step, backend };
}

/** Notes in the store how training ended; if even that fails, its lock tells that nobody trains it. */
async function sayWhy(store: Store, runId: string, error: unknown, signal: AbortSignal): Promise<void> {
  const message = signal.aborted ? undefined : reportError(error).message;
  await store.runs.end(runId, signal.aborted ? 'paused' : 'stopped', message).catch(() => undefined);
}
