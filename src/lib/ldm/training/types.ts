// What training code has in common: parameters that learn, the events of the loops, the moves of one step.
export type { Parameter, Trainable } from '../nn/parameters.ts';

export type Phase = 'autoencoder' | 'denoiser';

/** One optimizer step, done. */
export interface StepEvent {
  readonly type: 'step';
  readonly phase: Phase;
  /** Steps of this phase that are done, this one included: 1 is the first. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  /** Parts of the loss by name, before their weights: `reconstruction` and `kl` of the autoencoder. */
  readonly parts: Readonly<Record<string, number>>;
  /** Euclidean norm over all gradients, before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Milliseconds from the batch to the updated weights. */
  readonly ms: number;
  /** Denoiser only: the timestep of each picture of the batch, and its mean squared error (unweighted). */
  readonly timesteps?: readonly number[];
  readonly errors?: readonly number[];
}

/** The training set was encoded. */
export interface EncodedEvent {
  readonly type: 'encoded';
  readonly count: number;
  /** Of every latent channel over the whole set, before normalisation. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * One denoiser step in six moves (Ho et al. 2020, algorithm 1): 1 a picture, 2 an intensity, 3 its noise, 4 the
 * prediction, 5 the error, 6 the update. Arrays are channels last, of the first picture of the batch.
 */
export interface UpdateTraceEvent {
  readonly type: 'update-trace';
  readonly step: number;
  /** Which training picture, and x0: its normalised latent [h, w, c]. */
  readonly index: number;
  readonly x0: Float32Array;
  readonly timestep: number;
  /** x_t = signal x0 + sigma noise */
  readonly signal: number;
  readonly sigma: number;
  readonly noise: Float32Array;
  readonly xt: Float32Array;
  /** What the network was to say (noise, x0, v or the flow's velocity) and what it said. */
  readonly target: Float32Array;
  readonly prediction: Float32Array;
  readonly loss: number;
  /** The gradient's norm and the step's length |new - old|, for the largest parameters by name. */
  readonly updates: readonly {
    readonly name: string;
    readonly gradient: number;
    readonly change: number;
  }[];
}

export type TrainingEvent = StepEvent | EncodedEvent | UpdateTraceEvent;

/** A run stopped because going on would be of no use; the last checkpoint is untouched. */
export class TrainingStoppedError extends Error {
  readonly reason: 'not-a-number' | 'exploding';

  constructor(reason: 'not-a-number' | 'exploding', message: string) {
    super(message);
    this.name = 'TrainingStoppedError';
    this.reason = reason;
  }
}
