// What the page that times training steps is asked and what it answers.

/** Who computes: our library on TensorFlow.js's wasm, or jax-js on its own. */
export type PageContender = 'ours' | 'jax-js';

/** The settings of a step, case.json. */
export interface StepCase {
  readonly preset: string;
  readonly kind: 'denoiser' | 'autoencoder';
  readonly learningRate: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly maxNorm: number;
  /** Of the average of the weights: the largest share of the old that a step keeps. */
  readonly averageDecay: number;
  /** Steps of the whole phase, which decide it. */
  readonly phaseSteps: number;
  /** The weight of the KL divergence in the autoencoder's loss. */
  readonly klWeight: number;
}

/** What one step gives back to be compared. */
export interface StepNumbers {
  readonly loss: number;
  readonly gradientNorm: number;
}

export interface TimedStep extends StepNumbers {
  readonly ms: number;
}

export type StepRequest =
  | {
      readonly type: 'open';
      readonly who: PageContender;
      readonly threads: number;
      /** Address of the folder with case.json, ending in a slash. */
      readonly caseUrl: string;
    }
  | { readonly type: 'run'; readonly steps: number };

export type StepAnswer =
  | { readonly type: 'ready'; readonly label: string }
  | { readonly type: 'ran'; readonly steps: readonly TimedStep[] }
  | { readonly type: 'error'; readonly message: string };
