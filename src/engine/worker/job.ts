// What a job gets besides its request, and what it gives back.
import type { JobTypes } from '../protocol/job.ts';
import type { Session } from './session.ts';

export interface JobContext<Event> {
  /** Aborted when the page stops the job. */
  readonly signal: AbortSignal;
  /** Sends an event to the page. Buffers in `transfer` are gone from here afterwards. */
  readonly emit: (event: Event, transfer?: Transferable[]) => void;
}

export interface Reply<Result> {
  readonly result: Result;
  /** Buffers of `result` that move to the page instead of being copied. */
  readonly transfer: Transferable[];
}

/** What the jobs of whole models need of a session. In Node, where figures are recorded, it is another one. */
export type ModelSession = Pick<Session, 'enqueue' | 'run'>;

/** The same of jobs that bring their networks with them. */
export type BackendSession = Pick<Session, 'enqueue' | 'onBackend'>;

/** The code of a job. */
export type JobCode<J extends JobTypes> = (
  session: Session,
  request: J['request'],
  context: JobContext<J['event']>,
) => Promise<Reply<J['result']>>;
