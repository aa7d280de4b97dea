// The compute worker: takes jobs from the page and answers them. It owns the backend and every tensor.
import type { ErrorReport, FromWorker } from '../engine/protocol/transport.ts';
import { reportError, stopped } from '../engine/worker/errors.ts';
import { Session } from '../engine/worker/session.ts';
import { readMessage, runJob, type JobName } from './jobs.ts';

const running = new Map<number, AbortController>();
let session: Session | undefined;
/** Jobs that came before the page had heard that this worker listens: it sends all of those again. */
const begun = new Set<number>();

function send(message: FromWorker, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}

async function run(on: Session, id: number, name: JobName, data: unknown): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const { result, transfer } = await runJob(on, name, data, {
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
      void run(session, message.id, message.job, message.request);
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
