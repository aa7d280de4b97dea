// Makes an autoencoder's latents have mean 0 and spread 1 by themselves: the whole set's statistics move into the two 1x1
// convolutions around them. The pictures stay the same, and whoever opens the model needs no further numbers.
import type { HostTensor, StateDict } from '../weights/safetensors.ts';
import type { LatentStatistics } from './latentCache.ts';

/** A channel that hardly varies is not blown up. */
const SMALLEST_STD = 1e-3;

/**
 * mean' = (mean - mu) / sd and logvar' = logvar - 2 log sd on the way in, z = z' sd + mu on the way out.
 * @param state weights of an AutoencoderKL with quant_conv and post_quant_conv; stays as it is
 */
export function foldStatistics(state: StateDict, statistics: LatentStatistics): StateDict {
  const { mean: mu } = statistics;
  const sd = statistics.std.map((std) => Math.max(std, SMALLEST_STD));
  const channels = mu.length;
  const [weight, bias] = [copyOf(state, 'quant_conv.weight'), copyOf(state, 'quant_conv.bias')];
  const [postWeight, postBias] = [
    copyOf(state, 'post_quant_conv.weight'),
    copyOf(state, 'post_quant_conv.bias'),
  ];
  const inputs = 2 * channels; // of quant_conv: [2c, 2c, 1, 1]
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < inputs; i++) weight.data[c * inputs + i]! /= sd[c]!;
    bias.data[c] = (bias.data[c]! - mu[c]!) / sd[c]!;
    bias.data[channels + c]! -= 2 * Math.log(sd[c]!);
  }
  for (let out = 0; out < channels; out++) {
    for (let c = 0; c < channels; c++) {
      const at = out * channels + c; // post_quant_conv: [c, c, 1, 1]
      postBias.data[out]! += postWeight.data[at]! * mu[c]!;
      postWeight.data[at]! *= sd[c]!;
    }
  }
  return new Map([
    ...state,
    ['quant_conv.weight', weight],
    ['quant_conv.bias', bias],
    ['post_quant_conv.weight', postWeight],
    ['post_quant_conv.bias', postBias],
  ]);
}

function copyOf(state: StateDict, name: string): HostTensor {
  const tensor = state.get(name);
  if (tensor === undefined)
    throw new Error(`vae: expected '${name}' to fold the latents' statistics into, got none`);
  return { ...tensor, data: tensor.data.slice() };
}
