// Checks the shape of what the worker sends before anything else looks at it.
import * as v from 'valibot';
import type { FromWorker, JobName, Jobs } from '../protocol/messages.ts';
import { Backend, Count, Floats, Pixels } from './messageParts.ts';
import { LabBatch, labResults } from './labMessages.ts';
import { ModelProgress, modelResults } from './modelMessages.ts';

const Word = v.object({ text: v.string(), start: Count, end: Count, known: v.boolean() });
const Sizes = v.object({
  numImages: Count,
  imageWidth: Count,
  imageHeight: Count,
  latentWidth: Count,
  latentHeight: Count,
  latentChannels: Count,
});

const loadEvents = [
  v.object({
    type: v.literal('download'),
    file: v.string(),
    loaded: Count,
    total: Count,
    stored: v.boolean(),
  }),
  v.object({ type: v.literal('preparing'), what: v.picklist(['backend', 'weights', 'compile']) }),
] as const;
const LoadEvents = v.variant('type', [...loadEvents]);
const GenerateEvents = v.variant('type', [
  ...loadEvents,
  v.object({ type: v.literal('prompt'), words: v.array(Word), truncated: v.boolean() }),
  v.object({ type: v.literal('start'), sizes: Sizes, timesteps: v.array(v.number()), latents: Floats }),
  v.object({
    type: v.literal('step'),
    index: Count,
    total: Count,
    timestep: v.number(),
    latents: Floats,
    predX0: Floats,
    preview: v.exactOptional(Pixels),
    previewKind: v.exactOptional(v.picklist(['decoded', 'linear'])),
  }),
]);

const Message = v.variant('type', [
  v.object({ type: v.literal('listening') }),
  v.object({ type: v.literal('ready') }),
  v.object({
    type: v.literal('starting'),
    attempt: v.object({
      backend: v.picklist(['webgpu', 'webgl', 'wasm']),
      threads: v.exactOptional(Count),
      limitMs: Count,
    }),
  }),
  v.object({ type: v.literal('started'), ok: v.boolean() }),
  v.object({ type: v.literal('event'), id: Count, event: v.unknown() }),
  v.object({ type: v.literal('result'), id: Count, result: v.unknown() }),
  v.object({
    type: v.literal('error'),
    id: Count,
    error: v.object({
      code: v.picklist([
        'aborted',
        'superseded',
        'offline',
        'connection-dropped',
        'missing-file',
        'damaged-file',
        'bad-request',
        'bad-model',
        'out-of-memory',
        'device-lost',
        'no-backend',
        'worker-crashed',
        'busy',
        'storage-full',
        'missing-run',
        'failed',
      ]),
      message: v.string(),
    }),
  }),
  v.object({ type: v.literal('notice'), message: v.string() }),
]);

const results: { [N in JobName]: v.GenericSchema<unknown, Jobs[N]['result']> } = {
  load: v.object({
    model: v.string(),
    title: v.string(),
    totalBytes: Count,
    knownWords: v.array(v.string()),
    backend: v.object(Backend),
  }),
  generate: v.object({ ms: v.number(), backend: v.object(Backend), images: Pixels }),
  encode: v.object({
    latents: Floats,
    logvar: Floats,
    latentWidth: Count,
    latentHeight: Count,
    latentChannels: Count,
    ms: v.number(),
    backend: v.object(Backend),
  }),
  decode: v.object({
    images: Pixels,
    imageWidth: Count,
    imageHeight: Count,
    pixels: v.exactOptional(Floats),
    ms: v.number(),
    backend: v.object(Backend),
  }),
  info: v.object({
    ...Backend,
    numTensors: Count,
    numBytes: Count,
    heapBytes: v.exactOptional(Count),
    model: v.exactOptional(v.string()),
    firstStages: v.array(v.string()),
  }),
  'lose-device': v.object({ lost: v.boolean() }),
  ...labResults,
  ...modelResults,
};

const events: { [N in JobName]: v.GenericSchema<unknown, Jobs[N]['event']> } = {
  load: LoadEvents,
  generate: GenerateEvents,
  encode: LoadEvents,
  decode: LoadEvents,
  info: LoadEvents,
  'lose-device': v.never(),
  'lab-probe': LoadEvents,
  'lab-create': v.never(),
  'lab-train': v.variant('type', [...loadEvents, LabBatch]),
  'lab-export': LoadEvents,
  'lab-memory': v.never(),
  'model-open': v.variant('type', [...loadEvents, ModelProgress]),
  'model-export': v.variant('type', [...loadEvents, ModelProgress]),
  'model-zip': v.variant('type', [...loadEvents, ModelProgress]),
};

/** A message of the worker; what is in an event or a result has yet to be read with `readEvent`, `readResult`. */
export type ReceivedMessage =
  | Exclude<FromWorker, { type: 'result' | 'event' }>
  | { readonly type: 'event'; readonly id: number; readonly event: unknown }
  | { readonly type: 'result'; readonly id: number; readonly result: unknown };

/** The message in `data`, or undefined if it has not the shape of one. */
export function readMessage(data: unknown): ReceivedMessage | undefined {
  const parsed = v.safeParse(Message, data);
  return parsed.success ? parsed.output : undefined;
}

/** The result of `job` in `data`, or undefined if it has not the shape of one. */
export function readResult<N extends JobName>(job: N, data: unknown): Jobs[N]['result'] | undefined {
  const parsed = v.safeParse(results[job], data);
  return parsed.success ? parsed.output : undefined;
}

/** The event of `job` in `data`, or undefined if it has not the shape of one. */
export function readEvent<N extends JobName>(job: N, data: unknown): Jobs[N]['event'] | undefined {
  const parsed = v.safeParse(events[job], data);
  return parsed.success ? parsed.output : undefined;
}
