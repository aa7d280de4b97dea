// The lab's jobs: what a page may ask of training runs (schemas: the worker checks them), and what comes of it.
import * as v from 'valibot';
import { DATA_KINDS } from '../../datasets/dataKinds.ts';
import { checkRecipe, type Recipe } from '@noisebook/ldm/numbers';
import { ID } from '../../storage/names.ts';
import type { TrainingDataset } from '../../storage/trainingData.ts';
import type { RunRecord } from '../../storage/types.ts';
import { readBy, whole } from './checks.ts';
import { defineJob, type JobsOf } from './job.ts';
import type { LabBatch, LabExportResult, LabMemoryResult, LabProbeResult, LabTrainResult } from './lab.ts';
import type { LoadEvent } from './messages.ts';

const MAX_IMAGES = 65_536;
const MAX_NAME = 80;
const MAX_TEXT = 300;
const MAX_SAMPLES = 16;

const Id = v.pipe(v.string(), v.regex(ID, 'expected 6 to 40 lower-case letters and digits'));
const Name = v.pipe(v.string(), v.trim(), v.minLength(1, 'expected a name'), v.maxLength(MAX_NAME));
const Text = v.pipe(v.string(), v.maxLength(MAX_TEXT));

/** The library knows what it can train. */
const RecipeSchema: v.GenericSchema<unknown, Recipe> = readBy((value) => checkRecipe(value, DATA_KINDS));

const Bytes = v.custom<Uint8Array<ArrayBuffer>>(
  (value) => value instanceof Uint8Array && value.buffer instanceof ArrayBuffer,
  'expected bytes',
);

const Dataset: v.GenericSchema<unknown, TrainingDataset> = v.pipe(
  v.object({
    kind: v.picklist(DATA_KINDS),
    title: Text,
    credit: v.exactOptional(v.pipe(v.string(), v.maxLength(1000))),
    count: whole(1, MAX_IMAGES),
    size: v.picklist([32, 64]),
    pixels: Bytes,
    captions: v.array(v.array(Text)),
    words: v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(40))),
    sampleCaptions: v.pipe(v.array(v.object({ text: Text, label: Text })), v.maxLength(MAX_SAMPLES)),
  }),
  v.check(
    ({ pixels, count, size }) => pixels.length === count * size * size * 3,
    'pixels: expected three bytes for each pixel of each picture',
  ),
  v.check(
    ({ captions, count }) => captions.length === 0 || captions.length === count,
    'captions: expected as many as pictures, or none',
  ),
);

const ProbeRequest = v.object({
  recipe: RecipeSchema,
  /** Steps to time in each phase; 2 by default, after one to warm up. */
  steps: v.exactOptional(whole(1, 20)),
});
export type LabProbeRequest = v.InferOutput<typeof ProbeRequest>;

/** A new run on its way to the worker. */
const StoreRequest = v.pipe(
  v.object({ id: Id, name: Name, recipe: RecipeSchema, dataset: Dataset }),
  v.check(
    ({ recipe, dataset }) => recipe.images <= dataset.count && recipe.imageSize === dataset.size,
    'dataset: expected at least as many pictures as the recipe asks for, of its size',
  ),
  v.check(
    ({ recipe, dataset }) => recipe.conditioning === 'none' || dataset.captions.length > 0,
    'dataset: expected captions, because the recipe is steered by words',
  ),
);
export type LabStoreRequest = v.InferOutput<typeof StoreRequest>;
export type LabCreateRequest = Omit<LabStoreRequest, 'id'>;

/** `run` goes on until the end or a cancel; `step` does one optimizer step with its moves; `slow` waits between steps. */
const TrainRequest = v.object({ runId: Id, mode: v.picklist(['run', 'step', 'slow']) });
export type LabTrainRequest = v.InferOutput<typeof TrainRequest>;

/** The files of a run where it stands now, or of one of its snapshots (averaged weights, no computing). */
const ExportRequest = v.object({
  runId: Id,
  snapshot: v.exactOptional(whole(0, 1_000_000)),
  /** Which weights of the run itself; `averaged` (EMA) by default. */
  weights: v.exactOptional(v.picklist(['averaged', 'latest'])),
});
export type LabExportRequest = v.InferOutput<typeof ExportRequest>;

/** Where nothing lasts, the runs are in the worker's memory: the calls of the store that the page needs. */
const MemoryRequest = v.variant('call', [
  v.object({ call: v.literal('list') }),
  v.object({ call: v.picklist(['history', 'reset', 'remove']), id: Id }),
  v.object({ call: v.literal('rename'), id: Id, name: Name }),
]);
export type LabMemoryRequest = v.InferOutput<typeof MemoryRequest>;

/** One entry a job; the code of each is in src/lab/worker/. */
export const labJobs = {
  /** Times steps of a training run on random numbers. */
  'lab-probe': defineJob(ProbeRequest).answers<LoadEvent, LabProbeResult>(),
  /** Stores a new run. */
  'lab-create': defineJob(StoreRequest).answers<never, RunRecord>(),
  /**
   * Trains a stored run. A cancel pauses it: the call resolves when the run is saved; it rejects with 'aborted' if it had
   * not begun, or the worker had to be ended: then what is stored ends at the last checkpoint.
   */
  'lab-train': defineJob(TrainRequest).answers<LoadEvent | LabBatch, LabTrainResult>(),
  /** The files of a run or of one of its snapshots. */
  'lab-export': defineJob(ExportRequest).answers<LoadEvent, LabExportResult>(),
  /** Where nothing lasts, the worker's own list of runs. */
  'lab-memory': defineJob(MemoryRequest).answers<never, LabMemoryResult>(),
};
export type LabJobs = JobsOf<typeof labJobs>;
