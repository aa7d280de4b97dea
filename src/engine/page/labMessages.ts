// Checks the shape of what the worker sends about training runs.
import * as v from 'valibot';
import type { JobName, Jobs } from '../protocol/messages.ts';
import type { RunHistory, RunRecord } from '../../storage/index.ts';
import { Backend, Count, Floats, Pixels } from './messageParts.ts';

const Phase = v.picklist(['autoencoder', 'denoiser']);
// A loss may be anything, even no number: then the run stops and says so.
const Float = v.custom<number>((value) => typeof value === 'number');
const Numbers = v.array(Float);
const at = { phase: Phase, step: Count };

const Step = v.object({
  type: v.literal('step'),
  ...at,
  steps: Count,
  loss: Float,
  parts: v.record(v.string(), Float),
  gradientNorm: Float,
  learningRate: Float,
  ms: Float,
  timesteps: v.exactOptional(Numbers),
  errors: v.exactOptional(Numbers),
});
const Encoded = v.object({ type: v.literal('encoded'), count: Count, mean: Numbers, std: Numbers });
const Moves = v.object({
  type: v.literal('moves'),
  step: Count,
  index: Count,
  x0: Floats,
  timestep: Float,
  signal: Float,
  sigma: Float,
  noise: Floats,
  xt: Floats,
  target: Floats,
  prediction: Floats,
  loss: Float,
  nudges: v.array(v.object({ name: v.string(), gradient: Float, change: Float })),
});
const Pictures = v.object({
  type: v.literal('pictures'),
  step: Count,
  count: Count,
  size: Count,
  originals: Pixels,
  reconstructions: Pixels,
  latents: Floats,
  latentSize: Count,
  latentChannels: Count,
  psnr: Float,
  map: Floats,
});
const Samples = v.object({
  type: v.literal('samples'),
  step: Count,
  count: Count,
  size: Count,
  images: Pixels,
});
const Guess = v.object({
  type: v.literal('guess'),
  step: Count,
  timestep: Float,
  size: Count,
  original: Pixels,
  noised: Pixels,
  guess: Pixels,
});

export const LabBatch = v.object({
  type: v.literal('lab'),
  events: v.array(
    v.variant('type', [
      v.object({ type: v.literal('resumed'), ...at, unused: v.exactOptional(v.object(at)) }),
      v.object({ type: v.literal('snapshot'), ...at }),
      Step,
      Encoded,
      Moves,
      Pictures,
      Samples,
      Guess,
      v.object({ type: v.literal('checkpoint'), ...at, bytes: Count }),
      v.object({
        type: v.literal('progress'),
        what: v.picklist(['encode', 'sample', 'save', 'read']),
        share: Float,
      }),
    ]),
  ),
});

// Records and histories come out of the worker's store, which wrote them itself: only their kind is looked at.
const Record = v.custom<RunRecord>(
  (value) => typeof value === 'object' && value !== null && 'id' in value && 'recipe' in value,
);
const History = v.custom<RunHistory>(
  (value) => typeof value === 'object' && value !== null && 'steps' in value && 'snapshots' in value,
);
const File = v.tuple([
  v.string(),
  v.custom<Uint8Array<ArrayBuffer>>(
    (value) => value instanceof Uint8Array && value.buffer instanceof ArrayBuffer,
  ),
]);

type LabJob = Extract<JobName, `lab-${string}`>;

export const labResults: { [N in LabJob]: v.GenericSchema<unknown, Jobs[N]['result']> } = {
  'lab-probe': v.object({
    backend: v.object(Backend),
    msPerAutoencoderStep: v.number(),
    msPerDenoiserStep: v.number(),
    msEncodeAll: v.number(),
    parameters: v.object({ vae: Count, unet: Count, textEncoder: Count }),
    memoryBytes: v.number(),
    storageBytes: v.number(),
  }),
  'lab-create': Record,
  'lab-train': v.object({
    ended: v.picklist(['finished', 'paused', 'stopped']),
    message: v.exactOptional(v.string()),
    ...at,
    backend: v.object(Backend),
  }),
  'lab-export': v.object({ ...at, files: v.array(File) }),
  'lab-memory': v.object({
    list: v.exactOptional(v.array(Record)),
    history: v.exactOptional(History),
  }),
};
