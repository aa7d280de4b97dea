// The files of a run, as diffusers lays them out: of where it stands now, or of a snapshot.
import type { Phase } from '@noisebook/ldm';
import type { LoadEvent } from '../../engine/protocol/messages.ts';
import type { LabExportResult } from '../../engine/protocol/lab.ts';
import type { LabExportRequest } from '../../engine/protocol/labJobs.ts';
import type { RunRecord } from '../../storage/index.ts';
import { WorkerError } from '../../engine/worker/errors.ts';
import type { JobContext, Reply } from '../../engine/worker/job.ts';
import { openedStore } from '../../storage/openedStore.ts';
import type { Session } from '../../engine/worker/session.ts';
import { workerRuns } from './workerRuns.ts';

export interface RunFiles {
  readonly run: RunRecord;
  /** Where the run stood when it was like this. */
  readonly phase: Phase;
  readonly step: number;
  readonly trainedMs: number;
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

export async function labExport(
  session: Session,
  request: LabExportRequest,
  context: JobContext<LoadEvent>,
): Promise<Reply<LabExportResult>> {
  const { phase, step, files } = await runFiles(session, request, context);
  const list = [...files];
  return { result: { phase, step, files: list }, transfer: list.map(([, bytes]) => bytes.buffer) };
}

/**
 * A snapshot's files are stored: no computing, no waiting. Those of the run itself wait for their turn: pause it first.
 * @throws {WorkerError} where there is no such run, or the snapshot keeps no files
 */
export async function runFiles(
  session: Session,
  { runId, snapshot, weights = 'averaged' }: LabExportRequest,
  { signal, emit }: Pick<JobContext<LoadEvent>, 'signal' | 'emit'>,
): Promise<RunFiles> {
  const store = await openedStore();
  const run = await store.runs.get(runId);
  if (run === undefined) {
    throw new WorkerError('missing-run', `The training run ${runId} is not in this browser any more.`);
  }
  if (snapshot !== undefined) {
    const [files, { snapshots }] = await Promise.all([
      store.runs.snapshotFiles(runId, snapshot),
      store.runs.history(runId),
    ]);
    const at = snapshots[snapshot];
    if (files === undefined || at === undefined) {
      throw new WorkerError(
        'bad-request',
        `Snapshot ${snapshot} of "${run.name}" keeps pictures only. Choose one with weights.`,
      );
    }
    return { run, phase: at.phase, step: at.step, trainedMs: at.trainedMs, files };
  }
  return session.enqueue({ signal, emit }, () =>
    session.onBackend(signal, async (backend) => {
      const live = await workerRuns.open(runId, backend, store, { session });
      const made = await live.run.files(weights, { dtype: 'F32' });
      const files = new Map([...made].map(([path, bytes]) => [path, new Uint8Array(bytes)]));
      const { phase, step } = live.run;
      return { run, phase, step, trainedMs: live.recorder.trainedMs, files };
    }),
  );
}
