// What a training run works on and what it looks like as it goes on, as a store keeps them. Types only.
import type { DataKind } from '../datasets/dataKinds.ts';

/** Pictures to train on, with what is known of them. */
export interface TrainingDataset {
  readonly kind: DataKind;
  /** For people: "faces", "digits", "12 pictures of yours". */
  readonly title: string;
  /** Credit and licence, where the pictures have them. */
  readonly credit?: string;
  readonly count: number;
  readonly size: number;
  /** RGB bytes, [count, size, size, 3]. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /**
   * Per picture one or more texts to draw from at each use; words apart by spaces. With `facts` each text is one word per
   * fact. Empty for unconditional training.
   */
  readonly captions: readonly (readonly string[])[];
  /** Every word that the captions use, sorted: the tokenizer's vocabulary. */
  readonly words: readonly string[];
  /** Captions whose samples show the progress (fixed noise), and how they are called on the page. */
  readonly sampleCaptions: readonly { readonly text: string; readonly label: string }[];
}

/** Originals and their reconstructions, the latents between them, and the map, as phase one goes on. */
export interface PicturesPreview {
  readonly type: 'pictures';
  readonly step: number;
  readonly count: number;
  readonly size: number;
  readonly originals: Uint8ClampedArray<ArrayBuffer>;
  readonly reconstructions: Uint8ClampedArray<ArrayBuffer>;
  /** Posterior means [count, h, w, c]. */
  readonly latents: Float32Array<ArrayBuffer>;
  readonly latentSize: number;
  readonly latentChannels: number;
  /** dB over these pictures, none of which was trained on where the data allows it. */
  readonly psnr: number;
  /** Two numbers a picture: the first principal components of the latents of the first pictures of the set. */
  readonly map: Float32Array<ArrayBuffer>;
}

/** Samples from fixed noise and the fixed captions, drawn with the averaged (EMA) weights. */
export interface SamplesPreview {
  readonly type: 'samples';
  readonly step: number;
  readonly count: number;
  readonly size: number;
  readonly images: Uint8ClampedArray<ArrayBuffer>;
}

/** One picture of the set, noised to `timestep`, and the guess of it that the denoiser makes now. */
export interface GuessPreview {
  readonly type: 'guess';
  readonly step: number;
  readonly timestep: number;
  readonly size: number;
  readonly original: Uint8ClampedArray<ArrayBuffer>;
  readonly noised: Uint8ClampedArray<ArrayBuffer>;
  readonly guess: Uint8ClampedArray<ArrayBuffer>;
}
