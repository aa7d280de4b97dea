// What can be looked at inside the denoiser of a loaded model, and the answer to a request for some of it.
import * as tf from '@tensorflow/tfjs-core';
import {
  namedPoints,
  TapRecorder,
  type StableDiffusionPipeline,
  type Tap,
  type TapNames,
  type TapPoint,
  type Taps,
} from '@noisebook/ldm';
import type { Inside, SeenActivation, SeenAttention } from '../protocol/messages.ts';
import { sizesOf } from './pictures.ts';

/** All points, with their shapes for one picture of the model's own size. */
export function tapPointsOf(pipeline: StableDiffusionPipeline): TapPoint[] {
  const { latentHeight: height, latentWidth: width } = sizesOf(pipeline, 1);
  return pipeline.unet.tapPoints({ height, width, tokens: pipeline.promptLength });
}

/** @throws RangeError listing what there is, if a name is unknown */
export function checkTapNames(pipeline: StableDiffusionPipeline, names: TapNames): void {
  namedPoints(names, tapPointsOf(pipeline));
}

/** Keeps what is asked for until it is read or disposed. */
export class TapReader implements Taps {
  readonly attention: TapNames['attention'];
  readonly activations: TapNames['activations'];
  readonly #images: number;
  readonly #recorder: TapRecorder;

  /** @param images in one call of the denoiser; with guidance its batch is twice as long */
  constructor({ attention, activations }: TapNames, images: number) {
    this.attention = attention;
    this.activations = activations;
    this.#images = images;
    this.#recorder = new TapRecorder({ attention, activations });
  }

  readonly onTap = (tap: Tap): void => {
    tf.tidy(() => this.#recorder.onTap(forPrompt(tap, this.#images)));
  };

  /** What has come since the last call, by its kind. */
  async read(): Promise<Inside> {
    const attention: SeenAttention[] = [];
    const activations: SeenActivation[] = [];
    for (const { point, data } of await this.#recorder.read()) {
      if (point.kind === 'attention') attention.push({ point, data });
      else activations.push({ point, data });
    }
    return { attention, activations };
  }

  /** Frees what was not read. */
  dispose(): void {
    this.#recorder.dispose();
  }
}

/** An attention as it looks at the prompt: with guidance that is the second half of the batch. Else the tap as it is. */
function forPrompt({ point, tensor }: Tap, images: number): Tap {
  const [batch, ...size] = tensor.shape;
  if (point.kind !== 'attention' || batch === images) return { point, tensor };
  return {
    point: { ...point, shape: [images, ...size] },
    tensor: tf.slice(tensor, [batch - images, 0, 0, 0], [images, ...size]),
  };
}

/** The memory of what is seen, to be given away. */
export const buffersOfInside = ({ attention, activations }: Inside): ArrayBuffer[] =>
  [...attention, ...activations].map(({ data }) => data.buffer);
