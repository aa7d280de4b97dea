// The compute worker: takes jobs from the page and answers them. It owns the backend and every tensor.
import type { ErrorReport, FromWorker, JobName, Jobs } from '../engine/protocol/messages.ts';
import { reportError, stopped, WorkerError } from '../engine/worker/errors.ts';
import type { JobContext, Reply } from '../engine/worker/job.ts';
import { decode } from '../engine/worker/jobs/decode.ts';
import { encode } from '../engine/worker/jobs/encode.ts';
import { generate } from '../engine/worker/jobs/generate.ts';
import { info } from '../engine/worker/jobs/info.ts';
import { load } from '../engine/worker/jobs/load.ts';
import { loseDevice } from '../engine/worker/jobs/loseDevice.ts';
import { readMessage, readRequest } from './requests.ts';
import { Session } from '../engine/worker/session.ts';

type Job<N extends JobName> = (
  session: Session,
  request: Jobs[N]['request'],
  context: JobContext<Jobs[N]['event']>,
) => Promise<Reply<Jobs[N]['result']>>;

const jobs: { [N in JobName]: Job<N> } = {
  load,
  generate,
  encode,
  decode,
  info,
  'lose-device': loseDevice,
  // The lab's code comes with its first job.
  'lab-probe': async (...given) => (await import('../lab/worker/probe.ts')).labProbe(...given),
  'lab-create': async (...given) => (await import('../lab/worker/create.ts')).labCreate(...given),
  'lab-train': async (...given) => (await import('../lab/worker/train.ts')).labTrain(...given),
  'lab-export': async (...given) => (await import('../lab/worker/export.ts')).labExport(...given),
  'lab-memory': async (...given) => (await import('../lab/worker/memory.ts')).labMemory(...given),
  // So does that of the reader's own models.
  'model-open': async (...given) => (await import('../engine/worker/jobs/openModel.ts')).openModel(...given),
  'model-export': async (...given) => (await import('../lab/worker/exportRun.ts')).exportRun(...given),
  'model-zip': async (...given) => (await import('../engine/worker/jobs/zipModel.ts')).zipModel(...given),
};
const running = new Map<number, AbortController>();
let session: Session | undefined;
/** Jobs that came before the page had heard that this worker listens: it sends all of those again. */
const begun = new Set<number>();

function send(message: FromWorker, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}

function handle<N extends JobName>(
  name: N,
  data: unknown,
  context: JobContext<Jobs[N]['event']>,
): Promise<Reply<Jobs[N]['result']>> {
  if (session === undefined) throw new WorkerError('bad-request', 'The first message must be the setup.');
  return jobs[name](session, readRequest(name, data), context);
}

async function run(id: number, name: JobName, data: unknown): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const { result, transfer } = await handle(name, data, {
      controller,
      signal: controller.signal,
      emit: (event, buffers = []) => send({ type: 'event', id, event }, buffers),
    });
    send({ type: 'result', id, result }, transfer);
  } catch (error) {
    const report: ErrorReport = reportError(error, controller.signal);
    send({ type: 'error', id, error: report });
  } finally {
    running.delete(id);
  }
}

self.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  const message = readMessage(data);
  if (message === undefined) {
    throw new Error('The compute worker got a message that it does not understand.');
  }
  switch (message.type) {
    case 'setup':
      if (session !== undefined) return;
      session = new Session(message.setup, (notice) => send({ type: 'notice', message: notice }), send);
      holdLifeLock(message.setup.lifeLock);
      return;
    case 'job':
      // Sent twice, or ahead of a setup that was lost: that comes again, and this after it.
      if (session === undefined || (message.again === true && begun.has(message.id))) return;
      begun.add(message.id);
      void run(message.id, message.job, message.request);
      return;
    case 'cancel':
      running.get(message.id)?.abort(stopped());
  }
});

send({ type: 'listening' });

/** Milliseconds after which the browser's locks are not waited for. */
const LOCK_MS = 3000;

/** Holds a lock for life: when the page gets it, this worker is gone. */
function holdLifeLock(name: string): void {
  const locks = (navigator as Partial<WorkerNavigator>).locks;
  let told = false;
  const ready = (): void => {
    if (!told) send({ type: 'ready' });
    told = true;
  };
  setTimeout(ready, LOCK_MS);
  if (locks === undefined) {
    ready();
    return;
  }
  locks
    .request(name, () => {
      ready();
      return new Promise<never>(() => undefined);
    })
    .catch(ready);
}
