// A first stage in use: pictures to raw latents and back, in the scale that the denoiser works in.
import * as tf from '@tensorflow/tfjs-core';
import type { VaeConfig } from '../config/index.ts';
import { AutoencoderKL, type LatentPosterior } from '../models/autoencoderKL.ts';
import type { ModelSource } from '../weights/source.ts';
import { readVae, type HostPart, type LoadOptions } from './modelFolder.ts';

/** Reads only `vae/` of a model folder and puts it on the present backend. */
export async function loadFirstStage(source: ModelSource, options: LoadOptions = {}): Promise<FirstStage> {
  const part = await readVae(source, options);
  options.signal?.throwIfAborted();
  return new FirstStage(part);
}

export class FirstStage {
  readonly config: VaeConfig;
  readonly vae: AutoencoderKL;

  /** Puts the weights on the present backend. @throws if weights and config do not fit each other */
  constructor({ config, state }: HostPart<VaeConfig>) {
    this.config = config;
    this.vae = AutoencoderKL.create(config, state);
  }

  /**
   * The Gaussian of the raw latents z = scalingFactor * (what the encoder gives).
   * @param images [n, H, W, in_channels] in [-1, 1]; H and W multiples of f
   * @returns mean and log variance, [n, H / f, W / f, c]; the caller disposes them
   */
  posterior(images: tf.Tensor4D): LatentPosterior {
    const { scalingFactor } = this.config;
    const [mean, logvar] = tf.tidy(() => {
      const own = this.vae.encode(images);
      return [
        tf.mul(own.mean, scalingFactor) as tf.Tensor4D,
        tf.add(own.logvar, 2 * Math.log(Math.abs(scalingFactor))) as tf.Tensor4D,
      ] as [tf.Tensor4D, tf.Tensor4D];
    });
    return { mean, logvar };
  }

  /** Pictures [n, H, W, in_channels] in [-1, 1] to raw latents: the mean of the posterior. */
  encode(images: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => this.posterior(images).mean);
  }

  /** Raw latents [n, h, w, c] to pictures [n, f h, f w, out_channels], about [-1, 1] but not clamped. */
  decode(latents: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => this.vae.decode(tf.div(latents, this.config.scalingFactor)));
  }

  dispose(): void {
    this.vae.dispose();
  }
}
