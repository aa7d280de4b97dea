// Where a generation begins: noise, the latents of a step, a picture with noise on it, a picture with a mask.
import * as tf from '@tensorflow/tfjs-core';
import { startNoise } from './noise.ts';
import type { GenerateOptions } from './options.ts';
import { latentMask, latentsForEach } from './pictures.ts';
import type { Plan } from './plan.ts';

/** The tensors are owned by who gets it, and needed until the run has ended. */
export interface Start {
  /** x before the first step. */
  readonly x: tf.Tensor4D;
  /** Replaces x after each step; see the samplers' option of this name. */
  readonly afterStep?: (x: tf.Tensor4D, index: number, nextTimestep: number | undefined) => tf.Tensor4D;
  /** What `afterStep` looks at. */
  readonly kept: readonly tf.Tensor4D[];
}

/** What the model makes of pictures and how much smaller it makes them. */
interface Encoder {
  readonly vaeScaleFactor: number;
  encode(images: tf.Tensor4D): tf.Tensor4D;
}

export function beginGeneration(encoder: Encoder, plan: Plan, options: GenerateOptions): Start {
  const { image, mask } = options;
  if (image === undefined) return { x: fromNoise(plan, options), kept: [] };
  return mask === undefined
    ? { x: fromPicture(encoder, plan, image), kept: [] }
    : fromMasked(encoder, plan, image, mask);
}

/** The seed's noise or the one that is given, scaled for the sampler; or x of a step as it is. */
function fromNoise({ checked, sampler, shape }: Plan, options: GenerateOptions): tf.Tensor4D {
  const { latents, startIndex } = options;
  if (latents !== undefined && startIndex !== undefined) return tf.clone(latents);
  return tf.tidy(
    () => tf.mul(latents ?? startNoise(checked.seed, shape), sampler.initNoiseSigma) as tf.Tensor4D,
  );
}

/** Noise is added to the picture, and the last steps take it away again (Meng et al. 2022). */
function fromPicture(encoder: Encoder, plan: Plan, image: tf.Tensor4D): tf.Tensor4D {
  const { checked, sampler, startIndex, shape } = plan;
  return tf.tidy(() => {
    const known = latentsForEach(encoder.encode(image), checked.numImages);
    if (startIndex === checked.numInferenceSteps) return known;
    return sampler.addNoiseAt(known, startNoise(checked.seed, shape), startIndex);
  });
}

/**
 * After each step the known part is noised to the next timestep and put back (Lugmayr et al. 2022, without resampling), so
 * that its latents end exactly as the first stage gave them.
 */
function fromMasked(encoder: Encoder, plan: Plan, image: tf.Tensor4D, marked: tf.Tensor4D): Start {
  const { checked, sampler, startIndex, shape } = plan;
  const { x, known, mask, noise } = tf.tidy(() => {
    const known = latentsForEach(encoder.encode(image), checked.numImages);
    const mask = latentMask(marked, shape, encoder.vaeScaleFactor);
    const noise = startNoise(checked.seed, shape);
    const x =
      startIndex === checked.numInferenceSteps
        ? tf.clone(known)
        : startIndex === 0
          ? (tf.mul(noise, sampler.initNoiseSigma) as tf.Tensor4D)
          : sampler.addNoiseAt(known, noise, startIndex);
    return { x, known, mask, noise };
  });
  const afterStep: NonNullable<Start['afterStep']> = (painted, step, nextTimestep) =>
    tf.tidy(() => {
      const kept = nextTimestep === undefined ? known : sampler.addNoiseAt(known, noise, step + 1);
      return tf.add(kept, tf.mul(mask, tf.sub(painted, kept))) as tf.Tensor4D;
    });
  return { x, afterStep, kept: [known, mask, noise] };
}
