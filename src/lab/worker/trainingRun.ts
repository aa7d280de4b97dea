// What the lab needs of the library's training run; unit tests give it one of their own.
import type { Recipe } from '@noisebook/ldm/numbers';
import type { Phase, TrainingEvent } from '@noisebook/ldm';

/** Pictures to train on. */
export interface RunData {
  readonly count: number;
  readonly size: number;
  /** RGB [count, size, size, 3]. */
  readonly pixels: Uint8Array;
  readonly captions: readonly (readonly string[])[];
  readonly words: readonly string[];
}

/** The part of `Run` (lib/ldm/training/run.ts) that is used here. What it draws is RGBA [n, size, size, 4]. */
export interface TrainingRun {
  readonly phase: Phase;
  readonly step: number;
  readonly finished: boolean;
  /** What it keeps on the device between two steps. */
  readonly numBytes: number;
  train(options: {
    readonly signal: AbortSignal;
    readonly trace?: boolean;
    /** Awaited while the set is encoded. */
    readonly onProgress?: (done: number, total: number) => Promise<void>;
  }): AsyncGenerator<TrainingEvent>;
  checkpoint(): Promise<Uint8Array>;
  /** Pictures, RGB [n, size, size, 3], through the autoencoder and back. */
  reconstruct(pixels: Uint8Array): Promise<Uint8ClampedArray>;
  /** Posterior means of pictures, [n, h, w, c]. */
  latentsOf(pixels: Uint8Array): Promise<Float32Array>;
  /** Only in the denoiser's phase. */
  sample(
    captions: readonly string[],
    options: {
      readonly seed: number;
      readonly numInferenceSteps: number;
      readonly guidanceScale: number;
      readonly signal: AbortSignal;
      readonly onStep?: (step: number, total: number) => Promise<void>;
    },
  ): Promise<Uint8ClampedArray>;
  /** Training picture `index`, noised to `timestep`, and what the denoiser takes it for. */
  guess(
    index: number,
    timestep: number,
    seed: number,
  ): Promise<{
    readonly original: Uint8ClampedArray;
    readonly noised: Uint8ClampedArray;
    readonly guess: Uint8ClampedArray;
  }>;
  /** Only in the denoiser's phase. */
  files(
    weights: 'averaged' | 'latest',
    options: { readonly dtype: 'F16' | 'F32' },
  ): Promise<ReadonlyMap<string, Uint8Array>>;
  dispose(): void;
}

export interface RunMaker {
  create(recipe: Recipe, data: RunData): TrainingRun | Promise<TrainingRun>;
  restore(recipe: Recipe, data: RunData, checkpoint: Uint8Array): TrainingRun | Promise<TrainingRun>;
}
