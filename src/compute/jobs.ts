// All jobs of this worker: the entries of engine, user models and lab, each with the code that does it.
import * as v from 'valibot';
import type { Job, JobsOf } from '../engine/protocol/job.ts';
import { labJobs } from '../engine/protocol/labJobs.ts';
import { engineJobs } from '../engine/protocol/messages.ts';
import { modelJobs } from '../engine/protocol/models.ts';
import { planeJobs } from '../engine/protocol/planeJobs.ts';
import { ToWorker } from '../engine/protocol/transport.ts';
import { WorkerError } from '../engine/worker/errors.ts';
import type { JobCode, JobContext, Reply } from '../engine/worker/job.ts';
import { decode } from '../engine/worker/jobs/decode.ts';
import { encode } from '../engine/worker/jobs/encode.ts';
import { generate } from '../engine/worker/jobs/generate.ts';
import { info } from '../engine/worker/jobs/info.ts';
import { load } from '../engine/worker/jobs/load.ts';
import { predict } from '../engine/worker/jobs/predict.ts';
import { loseDevice } from '../engine/worker/jobs/loseDevice.ts';
import type { Session } from '../engine/worker/session.ts';
import { loadPart } from '../loading/loadPart.ts';

const all = { ...engineJobs, ...modelJobs, ...planeJobs, ...labJobs };
type Jobs = JobsOf<typeof all>;
export type JobName = keyof Jobs;

const entries: {
  readonly [N in JobName]: Job<Jobs[N]['request'], Jobs[N]['event'], Jobs[N]['result']>;
} = all;

/** A job whose code comes with its first call. */
const late =
  <J extends Jobs[JobName]>(what: string, load: () => Promise<JobCode<J>>): JobCode<J> =>
  async (...given) =>
    (await loadPart(load(), what))(...given);

const TOYS = 'the code of toy networks';
const LAB = 'the code that trains';
const MODELS = 'the code for models of your own';

const code: { readonly [N in JobName]: JobCode<Jobs[N]> } = {
  load,
  generate,
  encode,
  decode,
  predict,
  info,
  'lose-device': loseDevice,
  'plane-train': late(TOYS, () =>
    import('../engine/worker/jobs/planeTrain.ts').then(({ planeTrain }) => planeTrain),
  ),
  'plane-sample': late(TOYS, () =>
    import('../engine/worker/jobs/planeAsk.ts').then(({ planeSample }) => planeSample),
  ),
  'plane-field': late(TOYS, () =>
    import('../engine/worker/jobs/planeAsk.ts').then(({ planeField }) => planeField),
  ),
  'lab-probe': late(LAB, () => import('../lab/worker/probe.ts').then(({ labProbe }) => labProbe)),
  'lab-create': late(LAB, () => import('../lab/worker/create.ts').then(({ labCreate }) => labCreate)),
  'lab-train': late(LAB, () => import('../lab/worker/train.ts').then(({ labTrain }) => labTrain)),
  'lab-export': late(LAB, () => import('../lab/worker/export.ts').then(({ labExport }) => labExport)),
  'lab-memory': late(LAB, () => import('../lab/worker/memory.ts').then(({ labMemory }) => labMemory)),
  'model-open': late(MODELS, () =>
    import('../engine/worker/jobs/openModel.ts').then(({ openModel }) => openModel),
  ),
  'model-export': late(MODELS, () => import('../lab/worker/exportRun.ts').then(({ exportRun }) => exportRun)),
  'model-zip': late(MODELS, () =>
    import('../engine/worker/jobs/zipModel.ts').then(({ zipModel }) => zipModel),
  ),
};

const isJob = (name: string): name is JobName => Object.hasOwn(code, name);

/** A message of the page; the request of a job has yet to be read. */
type Received = Exclude<ToWorker, { type: 'job' }> | (Extract<ToWorker, { type: 'job' }> & { job: JobName });

/** The message in `data`, or undefined if it has not the shape of one, or names no job. */
export function readMessage(data: unknown): Received | undefined {
  const parsed = v.safeParse(ToWorker, data);
  if (!parsed.success) return undefined;
  const message = parsed.output;
  if (message.type !== 'job') return message;
  return isJob(message.job) ? { ...message, job: message.job } : undefined;
}

/** The request of `job` in `data`. @throws saying which key is wrong */
export function readRequest<N extends JobName>(job: N, data: unknown): Jobs[N]['request'] {
  const parsed = v.safeParse(entries[job].request, data);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw new WorkerError(
    'bad-request',
    `${v.getDotPath(issue) ?? job}: ${issue.message}. Change it and try again.`,
  );
}

/** Does a job, once its request is checked. */
export function runJob<N extends JobName>(
  session: Session,
  job: N,
  data: unknown,
  context: JobContext<Jobs[N]['event']>,
): Promise<Reply<Jobs[N]['result']>> {
  return code[job](session, readRequest(job, data), context);
}
