// Jobs about user models: opened from disk, made of a run, packed for download. Conventions as in messages.ts.
import * as v from 'valibot';
import { MAX_TEXT } from '../../storage/modelLimits.ts';
import { ID, readUserModelName } from '../../storage/names.ts';
import type { UserModel } from '../../storage/types.ts';
import { defineJob, type JobsOf } from './job.ts';
import type { LoadEvent } from './messages.ts';

const Title = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_TEXT));
/** 'own-<id>' */
const UserModelName = v.custom<`own-${string}`>(
  (value) => typeof value === 'string' && readUserModelName(value)?.kind === 'model',
  'expected the name of a model of yours, own- and its id',
);
const ALONE = ": choose the model's folder alone";

/** A zip, or the files of a folder with their paths in it. */
const ModelOpenRequest = v.pipe(
  v.object({
    /** Name of the zip or the folder, for messages and as a title. */
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(1000)),
    zip: v.exactOptional(v.blob()),
    files: v.exactOptional(
      v.pipe(
        v.array(
          v.object({
            path: v.pipe(v.string(), v.maxLength(1000, `expected a path of at most 1000 characters${ALONE}`)),
            file: v.blob(),
          }),
        ),
        v.maxLength(5000, ({ input }) => `expected at most 5000 files, got ${input.length}${ALONE}`),
        v.readonly(),
      ),
    ),
  }),
  v.check(({ zip, files }) => (zip === undefined) !== (files === undefined), 'expected a zip or files'),
);
export type ModelOpenRequest = v.InferOutput<typeof ModelOpenRequest>;

/** Makes a model of a run: to be kept beside the notebook's, or as a zip for elsewhere. */
const ModelExportRequest = v.object({
  runId: v.pipe(v.string(), v.regex(ID, 'expected the id of a run')),
  /** One of the run's snapshots; left out, its newest checkpoint. */
  snapshot: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** Which weights of the checkpoint; `averaged` (EMA) by default. */
  weights: v.exactOptional(v.picklist(['averaged', 'latest'])),
  title: Title,
  as: v.picklist(['model', 'zip']),
});
export type ModelExportRequest = v.InferOutput<typeof ModelExportRequest>;

const ModelZipRequest = v.object({ model: UserModelName });
export type ModelZipRequest = v.InferOutput<typeof ModelZipRequest>;

/** What is being done: bytes unpacked or read, checked, tried out (with a large model, in minutes), stored. `share` 0 to 1. */
export interface ModelProgressEvent {
  readonly type: 'model-progress';
  readonly what: 'read' | 'check' | 'try' | 'try-slowly' | 'store' | 'pack';
  readonly share: number;
}

export interface ModelOpenResult {
  readonly model: UserModel;
  /** Sentences about what was left out or made anew. */
  readonly notes: readonly string[];
}

export interface ModelExportResult {
  readonly model: UserModel;
  /** With `as: 'zip'`. */
  readonly packed?: ModelZipResult;
}

export interface ModelZipResult {
  readonly zip: Blob;
  /** "my-faces.zip" */
  readonly fileName: string;
}

/** One entry a job. */
export const modelJobs = {
  /** Opens a model from disk: checks all of it, stores it in this browser. */
  'model-open': defineJob(ModelOpenRequest).answers<ModelProgressEvent | LoadEvent, ModelOpenResult>(),
  /** Makes a model of a training run: one to keep in this browser, or a zip. */
  'model-export': defineJob(ModelExportRequest).answers<ModelProgressEvent | LoadEvent, ModelExportResult>(),
  /** A stored user model as a zip. */
  'model-zip': defineJob(ModelZipRequest).answers<ModelProgressEvent | LoadEvent, ModelZipResult>(),
};
export type ModelJobs = JobsOf<typeof modelJobs>;
