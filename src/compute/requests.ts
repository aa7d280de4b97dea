// Reads what the page sends: a setup, a job of the engine or the lab, a cancel.
import * as v from 'valibot';
import type { JobName, Jobs, ToWorker } from '../engine/protocol/messages.ts';
import { WorkerError } from '../engine/worker/errors.ts';
import { engineRequests, Setup } from '../engine/worker/requests.ts';
import { ownRequests } from '../engine/worker/userModels/requests.ts';
import { labRequests } from '../lab/worker/requests.ts';

const Id = v.pipe(v.number(), v.integer(), v.minValue(1));

const requests: { [N in JobName]: v.GenericSchema<unknown, Jobs[N]['request']> } = {
  ...engineRequests,
  ...labRequests,
  ...ownRequests,
};

const Message = v.variant('type', [
  v.object({ type: v.literal('setup'), setup: Setup }),
  v.object({
    type: v.literal('job'),
    id: Id,
    job: v.custom<JobName>((name) => typeof name === 'string' && Object.hasOwn(requests, name)),
    request: v.unknown(),
    again: v.exactOptional(v.literal(true)),
  }),
  v.object({ type: v.literal('cancel'), id: Id }),
]);

/** A message whose request, if it is a job, has yet to be read with `readRequest`. */
export type ReceivedMessage =
  | Exclude<ToWorker, { type: 'job' }>
  | {
      readonly type: 'job';
      readonly id: number;
      readonly job: JobName;
      readonly request: unknown;
      readonly again?: true;
    };

/** The message in `data`, or undefined if it has not the shape of one. */
export function readMessage(data: unknown): ReceivedMessage | undefined {
  const parsed = v.safeParse(Message, data);
  return parsed.success ? parsed.output : undefined;
}

/** The request of `job` in `data`. @throws saying which key is wrong */
export function readRequest<N extends JobName>(job: N, data: unknown): Jobs[N]['request'] {
  const parsed = v.safeParse(requests[job], data);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw new WorkerError(
    'bad-request',
    `${v.getDotPath(issue) ?? job}: ${issue.message}. Change it and try again.`,
  );
}
