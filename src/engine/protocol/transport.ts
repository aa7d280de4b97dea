// What page and worker say to each other around the jobs: setup, start, cancel, answers, failures.
import * as v from 'valibot';
import type { StartAttempt } from '@noisebook/ldm';
import { BACKENDS } from '../../state/address.ts';
import { whole } from './checks.ts';

const BackendName = v.picklist(BACKENDS);
const Id = v.pipe(v.number(), v.integer(), v.minValue(1));

/** How the worker is set up; the first message it gets. */
const WorkerSetup = v.object({
  /** Absolute address of the folder that holds the model folders; ends in '/'. */
  weightsUrl: v.pipe(v.string(), v.url(), v.endsWith('/')),
  /** Name of the Web Lock that the worker holds as long as it lives. */
  lifeLock: v.string(),
  /** What `?backend=` asks for. */
  backend: v.exactOptional(BackendName),
  /** Answer 'lose-device' requests (tests only). */
  allowDeviceLoss: v.exactOptional(v.boolean()),
  /** Threads of wasm at most: fewer after a start that hung. */
  threads: v.exactOptional(whole(1, 64)),
  /** Backends that hung when they were started: not tried again. */
  without: v.exactOptional(v.pipe(v.array(BackendName), v.readonly())),
});
export type WorkerSetup = Readonly<v.InferOutput<typeof WorkerSetup>>;

/** Page to worker. The request of a job is checked by the job's own schema. */
export const ToWorker = v.variant('type', [
  v.object({ type: v.literal('setup'), setup: WorkerSetup }),
  v.object({
    type: v.literal('job'),
    id: Id,
    job: v.string(),
    request: v.unknown(),
    /** Sent before, and perhaps lost: the worker was not listening yet. */
    again: v.exactOptional(v.literal(true)),
  }),
  v.object({ type: v.literal('cancel'), id: Id }),
]);
export type ToWorker = v.InferOutput<typeof ToWorker>;

/** Why a call failed. `aborted` and `superseded` (a newer call took its place) are no faults. */
export type ErrorCode =
  | 'aborted'
  | 'superseded'
  | 'offline'
  | 'connection-dropped'
  | 'missing-file'
  | 'damaged-file'
  | 'bad-request'
  | 'bad-model'
  | 'out-of-memory'
  | 'device-lost'
  | 'no-backend'
  | 'worker-crashed'
  // Another tab trains the run; no room in the browser's storage; no such run or model in it.
  | 'busy'
  | 'storage-full'
  | 'missing-run'
  | 'failed';

export interface ErrorReport {
  readonly code: ErrorCode;
  /** A sentence or two for the reader: what happened and what to do. */
  readonly message: string;
}

/** Worker to page. A notice is no failure: a fallback, a lost device, a full disk. */
export type FromWorker =
  // It listens now: some browsers lose what was sent before, so the page sends it all again.
  | { readonly type: 'listening' }
  | { readonly type: 'ready' }
  // Around each start of a backend: one that blocks the worker's thread is noticed by the page alone.
  | { readonly type: 'starting'; readonly attempt: StartAttempt }
  // `files`: what the worker has loaded for it, its own code included.
  | { readonly type: 'started'; readonly ok: boolean; readonly files?: readonly string[] }
  // Whole models in memory, whenever one comes or leaves.
  | { readonly type: 'models'; readonly models: readonly string[] }
  | { readonly type: 'event'; readonly id: number; readonly event: unknown }
  | { readonly type: 'result'; readonly id: number; readonly result: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: ErrorReport }
  | { readonly type: 'notice'; readonly message: string };
