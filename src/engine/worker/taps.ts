// What can be looked at inside the denoiser of a loaded model, and the answer to a request for some of it.
import {
  namedPoints,
  TapRecorder,
  type ActivationPoint,
  type AttentionPoint,
  type RecordedTap,
  type StableDiffusionPipeline,
  type TapNames,
  type TapPoint,
} from '@noisebook/ldm';
import { sizesOf } from './pictures.ts';

/** All points, with their shapes for one picture of the model's own size. */
export function tapPointsOf(pipeline: StableDiffusionPipeline): TapPoint[] {
  const { latentHeight: height, latentWidth: width } = sizesOf(pipeline, 1);
  return pipeline.unet.tapPoints({ height, width, tokens: pipeline.promptLength });
}

/** Keeps what `names` asks for, until it is read or disposed. @throws RangeError listing what there is, if one is unknown */
export function recorderOf(pipeline: StableDiffusionPipeline, names: TapNames): TapRecorder {
  namedPoints(names, tapPointsOf(pipeline));
  return new TapRecorder(names);
}

type Seen<P> = { readonly point: P; readonly data: Float32Array<ArrayBuffer> };

/** What was read, by its kind. */
export function byKind(read: readonly RecordedTap[]): {
  readonly attention: readonly Seen<AttentionPoint>[];
  readonly activations: readonly Seen<ActivationPoint>[];
} {
  const attention: Seen<AttentionPoint>[] = [];
  const activations: Seen<ActivationPoint>[] = [];
  for (const { point, data } of read) {
    if (point.kind === 'attention') attention.push({ point, data });
    else activations.push({ point, data });
  }
  return { attention, activations };
}
