// The loss of the first stage (Rombach et al. 2022, section 3.1, without its perceptual and adversarial terms).
import * as tf from '@tensorflow/tfjs-core';
import type { AutoencoderKL, LatentPosterior } from '../models/autoencoderKL.ts';

export interface AutoencoderLossWeights {
  /** Of the mean absolute error. 1 by default. */
  readonly l1?: number;
  /** Of the mean squared error. 1 by default. */
  readonly l2?: number;
  /** Of the difference between neighbours' differences, which keeps edges. 0.5 by default. */
  readonly edges?: number;
  /** Of the mean KL divergence of a latent number. */
  readonly kl: number;
}

/** Scalars: the whole, and its parts before `kl` is applied. */
export interface AutoencoderLoss {
  readonly loss: tf.Scalar;
  readonly reconstruction: tf.Scalar;
  readonly kl: tf.Scalar;
}

/** Mean over all differences between neighbours along an axis, by absolute value. */
function neighbourDifference(error: tf.Tensor4D, axis: 1 | 2): tf.Scalar {
  const size = error.shape.map((length, i) => (i === axis ? length - 1 : length));
  const first = tf.slice(error, [0, 0, 0, 0], size);
  // a list of its own: the gradient looks at what each slice was asked for
  const second = tf.slice(
    error,
    error.shape.map((_, i) => (i === axis ? 1 : 0)),
    size,
  );
  return tf.mean(tf.abs(tf.sub(second, first)));
}

/**
 * l1 |y - x| + l2 (y - x)^2 + edges (|d/dh (y - x)| + |d/dw (y - x)|), each term a mean. The last is the gradient
 * difference loss of Mathieu et al. 2016 (arXiv 1511.05440, section 3.2) with signed gradients and exponent 1.
 * @param y what the decoder made, and x the pictures: [B, H, W, C]
 */
export function reconstructionLoss(
  y: tf.Tensor4D,
  x: tf.Tensor4D,
  { l1 = 1, l2 = 1, edges = 0.5 }: Omit<AutoencoderLossWeights, 'kl'> = {},
): tf.Scalar {
  return tf.tidy(() => {
    const error = tf.sub(y, x) as tf.Tensor4D;
    const pixels = tf.add(tf.mul(tf.mean(tf.abs(error)), l1), tf.mul(tf.mean(tf.square(error)), l2));
    const gradients = tf.add(neighbourDifference(error, 1), neighbourDifference(error, 2));
    return tf.add(pixels, tf.mul(gradients, edges));
  });
}

/** KL(N(mean, exp(logvar)) || N(0, 1)), the mean of all latent numbers (Kingma & Welling 2014, appendix B). */
export function klLoss({ mean, logvar }: LatentPosterior): tf.Scalar {
  return tf.tidy(() => {
    const twice = tf.sub(tf.add(tf.square(mean), tf.exp(logvar)), tf.add(logvar, 1));
    return tf.mul(tf.mean(twice), 0.5);
  });
}

/** z = mean + exp(logvar / 2) noise (the reparametrisation of Kingma & Welling 2014, section 2.4). */
export function samplePosterior({ mean, logvar }: LatentPosterior, noise: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => tf.add(mean, tf.mul(tf.exp(tf.mul(logvar, 0.5)), noise)));
}

/**
 * Encodes pictures, draws latents, decodes them, and measures both.
 * @param x [B, H, W, C] in [-1, 1]
 * @param noise standard normal numbers of the latents' shape
 */
export function autoencoderLoss(
  model: AutoencoderKL,
  x: tf.Tensor4D,
  noise: tf.Tensor4D,
  weights: AutoencoderLossWeights,
): AutoencoderLoss {
  const posterior = model.encode(x);
  const z = samplePosterior(posterior, noise);
  const y = model.decode(z);
  const reconstruction = reconstructionLoss(y, x, weights);
  const kl = klLoss(posterior);
  tf.dispose([posterior.mean, posterior.logvar, z, y]);
  return { loss: tf.add(reconstruction, tf.mul(kl, weights.kl)), reconstruction, kl };
}
