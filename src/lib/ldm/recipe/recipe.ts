// The choices of a training run of a small latent diffusion model, and their limits. Numbers and names only.

export const PREDICTIONS = ['epsilon', 'sample', 'v_prediction', 'flow'] as const;
export const CONDITIONINGS = ['none', 'facts', 'sentences'] as const;

/** `Data`: the labels that an application knows. The library only hands the label on. */
export interface Recipe<Data extends string = string> {
  /** What the pictures are, as a label. */
  readonly data: Data;
  /** Training pictures. */
  readonly images: number;
  /** Side of a picture in pixels, a multiple of `factor`. */
  readonly imageSize: 32 | 64;
  /** f: a picture's side is f times its latent's. */
  readonly factor: 2 | 4 | 8;
  readonly latentChannels: number;
  /** Channels of the autoencoder at full resolution; each level below has twice as many. */
  readonly autoencoderWidth: number;
  /** Channels of the denoiser at its finest level. */
  readonly width: number;
  /** What steers the denoiser: nothing, one word for each fact, or whole sentences. */
  readonly conditioning: (typeof CONDITIONINGS)[number];
  readonly prediction: (typeof PREDICTIONS)[number];
  /** Hang et al. 2023; null leaves the loss as it is. */
  readonly minSnrGamma: number | null;
  /** Share of captions that become the empty text, for guidance (Ho & Salimans 2022). */
  readonly conditionDropout: number;
  readonly autoencoderSteps: number;
  readonly autoencoderBatch: number;
  readonly autoencoderLearningRate: number;
  readonly klWeight: number;
  readonly denoiserSteps: number;
  readonly batch: number;
  /** Peak of the denoiser's; it warms up and then falls along a cosine. */
  readonly learningRate: number;
  readonly seed: number;
}
