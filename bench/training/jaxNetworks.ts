// The lab's denoiser and its text encoder in jax-js: UNet2DConditionModel and a CLIPTextModel without hidden layers, as the
// presets have them (one layer a level, cross-attention on every level), and the loss of a training step.
import { nn, numpy as np } from '@jax-js/jax';
import type { UnetConfig } from '@noisebook/ldm/numbers';
import {
  conv,
  groupNorm,
  layerNorm,
  linear,
  resnet,
  Scope,
  transformer,
  upsample,
  type Weights,
} from './jaxOps.ts';

/** What a step of the denoiser is shown, channels last. */
export type DenoiserBatch = {
  /** [B, H, W, C] */
  readonly xt: np.Array;
  readonly target: np.Array;
  /** The timesteps as sinusoids [B, D]. */
  readonly sinusoids: np.Array;
  /** [B, T, vocabulary]: 1 where the word is. */
  readonly words: np.Array;
};

/** [B, T, vocabulary] to text states [B, T, D]. */
function textStates(words: np.Array, at: Scope): np.Array {
  const embedded = np.matmul(words, at.in('embeddings').take('token_embedding.weight'));
  const places = at.in('embeddings').take('position_embedding.weight');
  return layerNorm(embedded.add(places), at.in('final_layer_norm'), 1e-5);
}

function timeEmbedding(sinusoids: np.Array, at: Scope): np.Array {
  return linear(nn.silu(linear(sinusoids, at.in('linear_1'))), at.in('linear_2'));
}

function unet(config: UnetConfig, at: Scope, x: np.Array, sinusoids: np.Array, context: np.Array): np.Array {
  const { normNumGroups: groups, normEps: epsilon } = config;
  const time = nn.silu(timeEmbedding(sinusoids, at.in('time_embedding')));
  const options = { groups, epsilon, time };
  const attention = (h: np.Array, where: Scope, heads: number): np.Array =>
    transformer(h, where.in('attentions.0'), { groups, heads, context });

  let h = conv(x, at.in('conv_in'));
  const skips = [h.ref];
  config.downBlocks.forEach((block, i) => {
    const where = at.in(`down_blocks.${i}`);
    h = resnet(h, where.in('resnets.0'), options);
    h = attention(h, where, block.numAttentionHeads);
    skips.push(h.ref);
    if (block.addDownsample) {
      h = conv(h, where.in('downsamplers.0.conv'), { stride: 2 });
      skips.push(h.ref);
    }
  });
  const middle = at.in('mid_block');
  if (config.midBlock === null) throw new Error('jax-js: expected a denoiser with a middle block.');
  h = resnet(h, middle.in('resnets.0'), options);
  h = attention(h, middle, config.midBlock.numAttentionHeads);
  h = resnet(h, middle.in('resnets.1'), options);
  config.upBlocks.forEach((block, i) => {
    const where = at.in(`up_blocks.${i}`);
    for (let layer = 0; layer < block.numLayers; layer++) {
      h = np.concatenate([h, skips.pop()!], 3);
      h = resnet(h, where.in(`resnets.${layer}`), options);
      h = transformer(h, where.in(`attentions.${layer}`), {
        groups,
        heads: block.numAttentionHeads,
        context,
      });
    }
    if (block.addUpsample) h = upsample(h, where.in('upsamplers.0'));
  });
  time.dispose();
  context.dispose();
  return conv(nn.silu(groupNorm(h, at.in('conv_norm_out'), groups, epsilon)), at.in('conv_out'));
}

/** Mean squared error of what the denoiser says. Names of the weights begin with their network's. */
export function denoiserLoss(config: UnetConfig, weights: Weights, batch: DenoiserBatch): np.Array {
  const context = textStates(batch.words, new Scope(weights, 'text_encoder/'));
  const said = unet(config, new Scope(weights, 'unet/'), batch.xt, batch.sinusoids, context);
  return np.mean(np.square(said.sub(batch.target)));
}
