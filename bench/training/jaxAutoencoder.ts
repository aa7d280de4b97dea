// The lab's autoencoder in jax-js: AutoencoderKL as the presets have it (one layer a level, no attention), and its loss.
import { nn, numpy as np } from '@jax-js/jax';
import type { VaeConfig } from '@noisebook/ldm/numbers';
import { conv, groupNorm, pointwise, resnet, Scope, upsample, type Weights } from './jaxOps.ts';

/** What a step of the autoencoder is shown, channels last. */
export type AutoencoderBatch = {
  /** Pictures [B, H, W, 3]. */
  readonly x: np.Array;
  /** The posterior's noise [B, h, w, C]. */
  readonly noise: np.Array;
};

const EPSILON = 1e-6;

function middle(x: np.Array, at: Scope, groups: number): np.Array {
  const options = { groups, epsilon: EPSILON };
  return resnet(resnet(x, at.in('resnets.0'), options), at.in('resnets.1'), options);
}

const last = (x: np.Array, at: Scope, groups: number): np.Array =>
  conv(nn.silu(groupNorm(x, at.in('conv_norm_out'), groups, EPSILON)), at.in('conv_out'));

/** Pictures to mean and log variance, side by side: [B, h, w, 2 C]. */
function encode(config: VaeConfig, at: Scope, x: np.Array): np.Array {
  const { normNumGroups: groups, blockOutChannels } = config;
  const encoder = at.in('encoder');
  let h = conv(x, encoder.in('conv_in'));
  blockOutChannels.forEach((_, i) => {
    const where = encoder.in(`down_blocks.${i}`);
    h = resnet(h, where.in('resnets.0'), { groups, epsilon: EPSILON });
    const isLast = i === blockOutChannels.length - 1;
    if (!isLast) h = conv(h, where.in('downsamplers.0.conv'), { stride: 2, before: 0 });
  });
  h = last(middle(h, encoder.in('mid_block'), groups), encoder, groups);
  return pointwise(h, at.in('quant_conv'));
}

function decode(config: VaeConfig, at: Scope, z: np.Array): np.Array {
  const { normNumGroups: groups, blockOutChannels } = config;
  const decoder = at.in('decoder');
  let h = conv(pointwise(z, at.in('post_quant_conv')), decoder.in('conv_in'));
  h = middle(h, decoder.in('mid_block'), groups);
  blockOutChannels.forEach((_, i) => {
    const where = decoder.in(`up_blocks.${i}`);
    for (const layer of [0, 1]) h = resnet(h, where.in(`resnets.${layer}`), { groups, epsilon: EPSILON });
    if (i < blockOutChannels.length - 1) h = upsample(h, where.in('upsamplers.0'));
  });
  return last(h, decoder, groups);
}

/** Mean |difference| of neighbours along an axis of [B, H, W, C]. */
function neighbourDifference(error: np.Array, axis: 1 | 2): np.Array {
  const length = error.shape[axis]!;
  const all: [] = [];
  const [from, to]: [[number, number], [number, number]] = [
    [0, length - 1],
    [1, length],
  ];
  const one = axis === 1 ? error.ref.slice(all, from) : error.ref.slice(all, all, from);
  const other = axis === 1 ? error.slice(all, to) : error.slice(all, all, to);
  return np.mean(np.abs(other.sub(one)));
}

/** |y - x| + (y - x)^2 + half the difference of neighbours' differences + klWeight KL: src/lib/ldm/training/autoencoderLoss.ts. */
export function autoencoderLossOf(
  config: VaeConfig,
  klWeight: number,
  weights: Weights,
  { x, noise }: AutoencoderBatch,
): np.Array {
  const at = new Scope(weights, 'vae/');
  const [mean, logvar] = np.split(encode(config, at, x.ref), 2, -1) as [np.Array, np.Array];
  const z = mean.ref.add(np.exp(logvar.ref.mul(0.5)).mul(noise));
  const error = decode(config, at, z).sub(x);
  const pixels = np.mean(np.abs(error.ref)).add(np.mean(np.square(error.ref)));
  const edges = neighbourDifference(error.ref, 1).add(neighbourDifference(error, 2));
  const kl = np.mean(np.square(mean).add(np.exp(logvar.ref)).sub(logvar).sub(1)).mul(0.5);
  return pixels.add(edges.mul(0.5)).add(kl.mul(klWeight));
}
