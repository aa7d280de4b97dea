// Checks what the page sends before the worker acts on it.
import * as v from 'valibot';
import type { JobName, Jobs, ToWorker } from '../protocol/messages.ts';
import { WorkerError } from './errors.ts';
import { labRequests } from '../../lab/worker/requests.ts';
import { ownRequests } from './userModels/requests.ts';

/** Longest prompt the worker takes, in UTF-16 units; the page cuts before it sends. */
export const MAX_PROMPT_LENGTH = 300;
const MAX_IMAGES = 16;
/** Pictures that the first stage takes in one call. */
const MAX_PICTURES = 64;
/** Longest side of a picture for the first stage. */
const MAX_SIDE = 512;

const Id = v.pipe(v.number(), v.integer(), v.minValue(1));
const Whole = (min: number, max: number): v.GenericSchema<unknown, number> =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const Prompt = v.pipe(v.string(), v.maxLength(MAX_PROMPT_LENGTH));
const Model = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected a folder name such as faces-64'),
);

const Setup = v.object({
  weightsUrl: v.pipe(v.string(), v.url(), v.endsWith('/')),
  lifeLock: v.string(),
  backend: v.exactOptional(v.picklist(['webgpu', 'webgl', 'wasm'])),
  allowDeviceLoss: v.exactOptional(v.boolean()),
  threads: v.exactOptional(Whole(1, 64)),
  without: v.exactOptional(v.array(v.picklist(['webgpu', 'webgl', 'wasm']))),
});

const requests: { [N in JobName]: v.GenericSchema<unknown, Jobs[N]['request']> } = {
  load: v.object({ model: Model }),
  generate: v.object({
    model: Model,
    prompt: Prompt,
    negativePrompt: v.exactOptional(Prompt),
    seed: Whole(0, 2 ** 32 - 1),
    guidanceScale: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
    numInferenceSteps: Whole(1, 50),
    numImages: Whole(1, MAX_IMAGES),
    previewOf: v.exactOptional(v.picklist(['predX0', 'latents', 'none'])),
  }),
  encode: v.pipe(
    v.object({
      model: Model,
      pixels: v.instance(Uint8ClampedArray),
      count: Whole(1, MAX_PICTURES),
      width: v.exactOptional(Whole(1, MAX_SIDE)),
      height: v.exactOptional(Whole(1, MAX_SIDE)),
    }),
    v.check(
      ({ pixels, count }) => pixels.length > 0 && pixels.length % (4 * count) === 0,
      'pixels: expected four bytes a pixel and the same size for each picture',
    ),
  ),
  decode: v.pipe(
    v.object({
      model: Model,
      latents: v.instance(Float32Array),
      count: Whole(1, MAX_PICTURES),
      latentWidth: v.exactOptional(Whole(1, MAX_SIDE)),
      latentHeight: v.exactOptional(Whole(1, MAX_SIDE)),
      withPixels: v.exactOptional(v.boolean()),
    }),
    v.check(
      ({ latents, count }) => latents.length > 0 && latents.length % count === 0,
      'latents: expected the same length for each image',
    ),
  ),
  info: v.null(),
  'lose-device': v.null(),
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
