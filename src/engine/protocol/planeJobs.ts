// Jobs about toy networks in the plane: trained on points, sampled, asked at points. Points are 32-bit floats, [n, 2].
import * as v from 'valibot';
import type { BackendInfo } from '@noisebook/ldm';
import { whole } from './checks.ts';
import { defineJob, type JobsOf } from './job.ts';
import type { LoadEvent } from './messages.ts';

const MAX_POINTS = 65_536;
const MAX_CLASSES = 64;
const MAX_STEPS = 50_000;
/** Timesteps of training of the denoisers in the plane: 0 to 999. */
const LAST_TIMESTEP = 999;

const Floats: v.GenericSchema<unknown, Float32Array> = v.instance(Float32Array);
const Points = v.pipe(
  Floats,
  v.check(
    ({ length }) => length > 0 && length % 2 === 0 && length <= 2 * MAX_POINTS,
    `expected 1 to ${MAX_POINTS} points, two numbers each`,
  ),
);
const Seed = whole(0, 2 ** 32 - 1);

const TrainRequest = v.pipe(
  v.object({
    network: v.picklist(['diffusion', 'gan']),
    /** What it learns from. */
    points: Points,
    /** Diffusion only: the class of each point, from 0. */
    labels: v.exactOptional(v.array(whole(0, MAX_CLASSES - 1))),
    seed: Seed,
    steps: whole(1, MAX_STEPS),
    /** Left out, these are the library's choice. */
    width: v.exactOptional(whole(2, 256)),
    depth: v.exactOptional(whole(1, 6)),
    batch: v.exactOptional(whole(1, 4096)),
    learningRate: v.exactOptional(v.pipe(v.number(), v.minValue(1e-6), v.maxValue(1))),
    /** GAN only: numbers that the generator makes a point of. */
    noiseFeatures: v.exactOptional(whole(1, 256)),
    /** An event comes every so many steps, and after the last. */
    every: whole(1, MAX_STEPS),
    /** Points drawn for each event, always from the same noise; 0 for none. */
    samples: whole(0, 8192),
    /** Diffusion only: denoiser calls a sample takes, 20 by default. */
    numInferenceSteps: v.exactOptional(whole(1, 100)),
    /** Where the field is wanted with each event. `timestep` is the diffusion's; 500 by default. */
    field: v.exactOptional(v.object({ points: Points, timestep: v.exactOptional(whole(0, LAST_TIMESTEP)) })),
  }),
  v.check(
    ({ points, labels }) => labels === undefined || 2 * labels.length === points.length,
    'labels: expected one a point',
  ),
  v.check(
    ({ network, labels }) => labels === undefined || network === 'diffusion',
    'labels: expected none, because the GAN has no classes',
  ),
  v.check(
    ({ network, noiseFeatures }) => noiseFeatures === undefined || network === 'gan',
    'noiseFeatures: expected none, because a diffusion starts from noise of the shape of its points',
  ),
);
export type PlaneTrainRequest = v.InferOutput<typeof TrainRequest>;

const Weights = v.map(
  v.string(),
  v.object({
    shape: v.pipe(v.array(whole(1, 4096)), v.readonly()),
    dtype: v.literal('F32'),
    data: Floats,
  }),
);

/** A trained denoiser, as `plane-train` returns it. */
const PlaneNetwork = v.object({
  config: v.object({
    width: whole(1, 4096),
    depth: whole(1, 64),
    timeFeatures: whole(2, 4096),
    classes: whole(0, MAX_CLASSES),
    numTrainTimesteps: whole(1, 10_000),
  }),
  weights: Weights,
});
export type PlaneNetwork = v.InferOutput<typeof PlaneNetwork>;

const guided = {
  network: PlaneNetwork,
  /** The class that is asked for; left out, none. */
  label: v.exactOptional(whole(0, MAX_CLASSES - 1)),
  /** w in u + w (c - u); 1 by default, which is no guidance. */
  guidanceScale: v.exactOptional(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
};

const SampleRequest = v.object({
  ...guided,
  /** Standard normal: what the points start from. */
  noise: Points,
  numInferenceSteps: whole(1, 200),
});
export type PlaneSampleRequest = v.InferOutput<typeof SampleRequest>;

const FieldRequest = v.object({ ...guided, points: Points, timestep: whole(0, LAST_TIMESTEP) });
export type PlaneFieldRequest = v.InferOutput<typeof FieldRequest>;

/** Steps of a training, done. */
export interface PlaneTrainEvent {
  readonly type: 'plane';
  /** Steps that are done. After a lost device it begins again at the first: the same numbers come once more. */
  readonly step: number;
  readonly steps: number;
  /** Of each step since the event before: `loss` of the diffusion, `discriminator` and `generator` of the GAN. */
  readonly losses: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
  /** [samples, 2], if asked for. Point i always comes of the same noise, so it can be followed from event to event. */
  readonly samples?: Float32Array<ArrayBuffer>;
  /** At the points asked for: the noise that the denoiser sees, [n, 2]; of the GAN the discriminator's D, [n], 0 to 1. */
  readonly field?: Float32Array<ArrayBuffer>;
}

export interface PlaneTrainResult {
  readonly steps: number;
  /** Milliseconds of arithmetic, samples included; waiting for other jobs not. */
  readonly ms: number;
  readonly backend: BackendInfo;
  /** The denoiser with its averaged weights, for the other two jobs; a GAN gives none. */
  readonly network?: PlaneNetwork;
}

/** Of one call that a trained denoiser answers. */
interface Answered {
  /** Milliseconds of arithmetic; starting the backend not included. */
  readonly ms: number;
  readonly backend: BackendInfo;
}

export interface PlaneSampleResult extends Answered {
  /** The points before the first step (the noise) and after each: `numInferenceSteps` + 1 lists of [n, 2]. */
  readonly path: readonly Float32Array<ArrayBuffer>[];
  /** What the denoiser guesses that the points will be, at each step: `numInferenceSteps` lists of [n, 2]. */
  readonly predX0: readonly Float32Array<ArrayBuffer>[];
  /** The timestep of each step, the noisiest first. */
  readonly timesteps: readonly number[];
}

export interface PlaneFieldResult extends Answered {
  /** The noise that the denoiser sees at each point, [n, 2]. The score is minus this over sigma. */
  readonly noise: Float32Array<ArrayBuffer>;
  /** What x_t holds of the data and of noise at this timestep. */
  readonly alpha: number;
  readonly sigma: number;
}

/** One entry a job; the code is in src/engine/worker/jobs/. */
export const planeJobs = {
  /** Trains a small network on points. Works in slices of a tenth of a second, between which other jobs get their turn. */
  'plane-train': defineJob(TrainRequest).answers<LoadEvent | PlaneTrainEvent, PlaneTrainResult>(),
  /** Draws points with a trained denoiser. */
  'plane-sample': defineJob(SampleRequest).answers<LoadEvent, PlaneSampleResult>(),
  /** What a trained denoiser says at given points. */
  'plane-field': defineJob(FieldRequest).answers<LoadEvent, PlaneFieldResult>(),
};
export type PlaneJobs = JobsOf<typeof planeJobs>;
