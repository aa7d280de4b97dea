// Looking inside a network while it runs: what a layer asks, and whom it tells.
import type * as tf from '@tensorflow/tfjs-core';

/** `attention`: probabilities [n, heads, queries, keys]. `activations`: a block's output [n, h, w, C]. */
export type TapKind = 'attention' | 'activations';

/** Handed down through the blocks of a network. Layers are named as in diffusers. */
export interface LayerTaps {
  /** Whether somebody looks here. If nobody does, the layer takes its fastest path. */
  wants(kind: TapKind, name: string): boolean;
  /** Shows a tensor; it is lent for the duration of the call. Does nothing unless it is wanted. */
  give(kind: TapKind, name: string, tensor: tf.Tensor4D): void;
}

/** What an attention of this name tells its probabilities to; undefined if nobody looks. */
export function probabilityTap(
  taps: LayerTaps | undefined,
  name: string,
): ((probabilities: tf.Tensor4D) => void) | undefined {
  if (taps?.wants('attention', name) !== true) return undefined;
  return (probabilities) => taps.give('attention', name, probabilities);
}
