// Classifier-free guidance (Ho & Salimans 2022): away from the unconditional prediction, towards the prompt's.
import * as tf from '@tensorflow/tfjs-core';
import { weightedSum } from './combine.ts';

/** u + w (c - u). w = 1 is the conditional prediction, 0 the unconditional one, above 1 overstates the prompt. */
export function guide(
  unconditional: tf.Tensor4D,
  conditional: tf.Tensor4D,
  guidanceScale: number,
): tf.Tensor4D {
  tf.util.assertShapesMatch(unconditional.shape, conditional.shape, 'guide: unconditional and conditional: ');
  return weightedSum([1 - guidanceScale, unconditional], [guidanceScale, conditional]);
}

/** `guide` for one batch [2B, H, W, C] whose first half is unconditional: gives [B, H, W, C]. */
export function guideHalves(both: tf.Tensor4D, guidanceScale: number): tf.Tensor4D {
  const [twice, height, width, channels] = both.shape;
  if (twice % 2 !== 0) throw new Error(`guideHalves: expected an even batch, got ${twice}.`);
  return tf.tidy(() => {
    const size: [number, number, number, number] = [twice / 2, height, width, channels];
    const unconditional = tf.slice(both, [0, 0, 0, 0], size);
    const conditional = tf.slice(both, [twice / 2, 0, 0, 0], size);
    return guide(unconditional, conditional, guidanceScale);
  });
}
