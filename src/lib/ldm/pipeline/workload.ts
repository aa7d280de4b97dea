// How much work a picture is, estimated from a model's settings alone: before its first step, which nothing can interrupt.
import { last } from '../base/at.ts';
import type { ClipTextConfig, UnetConfig, VaeConfig } from '../config/index.ts';
import { autoencoderCosts, denoiserCosts, textEncoderCosts } from '../recipe/networkCosts.ts';

export interface Workload {
  /** Multiply-adds, and what else takes as long as one. */
  readonly multiplyAdds: number;
  /** Numbers of the largest tensor. */
  readonly largestTensor: number;
}

export interface Drawing {
  /** Pixels a side. */
  readonly imageSize: number;
  readonly latentSize: number;
  readonly steps: number;
}

/** Attentions of one kind: `layers` times, each over `pixels` places. */
interface Site {
  readonly channels: number;
  readonly heads: number;
  readonly pixels: number;
  readonly layers: number;
  /** Those of them that networkCosts counts. */
  readonly counted: number;
}

/** Exponential, sum and quotient of a score, in multiply-adds. */
const SOFTMAX = 10;
/** Multiply-adds of one more transformer layer, by channels squared and pixels: projections and feed-forward. */
const LAYER = 20;
/** With and without the text, in one batch. */
const HALVES = 2;

/** The attentions of the denoiser, by its levels. */
function denoiserSites(config: UnetConfig, side: number): Site[] {
  const pixelsAt = (level: number): number => (side / 2 ** level) ** 2;
  const last = config.blockOutChannels.length - 1;
  const site = (
    block: UnetConfig['downBlocks'][number] | UnetConfig['upBlocks'][number],
    level: number,
  ): Site[] => {
    const { type, outChannels: channels, numLayers } = block;
    const pixels = pixelsAt(level);
    if (type.startsWith('CrossAttn')) {
      const layers = block.transformerLayers.reduce((sum, count) => sum + count, 0);
      return [{ channels, heads: block.numAttentionHeads, pixels, layers, counted: numLayers }];
    }
    if (!type.startsWith('Attn')) return [];
    return [{ channels, heads: channels / block.attentionHeadDim, pixels, layers: numLayers, counted: 0 }];
  };
  const mid = config.midBlock;
  return [
    ...config.downBlocks.flatMap((block, i) => site(block, i)),
    ...(mid?.type === 'UNetMidBlock2DCrossAttn'
      ? [
          {
            channels: mid.channels,
            heads: mid.numAttentionHeads,
            pixels: pixelsAt(last),
            layers: mid.transformerLayers,
            counted: 1,
          },
        ]
      : []),
    ...config.upBlocks.flatMap((block, i) => site(block, last - i)),
  ];
}

/** What networkCosts leaves out of attentions: softmax, further layers, plain attention blocks. */
function besides({ channels, heads, pixels, layers, counted }: Site): number {
  const scores = SOFTMAX * heads * pixels * pixels * layers;
  const more = Math.max(0, layers - counted);
  return scores + more * (LAYER * channels * channels * pixels + 2 * channels * pixels * pixels);
}

/** One picture with guidance: text, steps, decoder. */
export function workloadOf(
  { vae, unet, text }: { readonly vae: VaeConfig; readonly unet: UnetConfig; readonly text: ClipTextConfig },
  { imageSize, latentSize, steps }: Drawing,
): Workload {
  const sites = denoiserSites(unet, latentSize);
  const coarsest = last(vae.blockOutChannels);
  const middle: Site = { channels: coarsest, heads: 1, pixels: latentSize ** 2, layers: 1, counted: 0 };
  const length = text.maxPositionEmbeddings;
  const sum = (list: readonly Site[]): number => list.reduce((total, site) => total + besides(site), 0);
  const call = denoiserCosts(unet, latentSize, length).multiplyAdds + sum(sites);
  const decoder =
    autoencoderCosts(vae, imageSize).decoder.multiplyAdds + (vae.midBlockAddAttention ? besides(middle) : 0);
  const words =
    textEncoderCosts(text).multiplyAdds +
    SOFTMAX * text.numAttentionHeads * length ** 2 * text.numHiddenLayers;

  const scores = ({ heads, pixels }: Site): number => heads * pixels * pixels;
  const map = (channels: number, level: number): number => channels * (latentSize / 2 ** level) ** 2;
  const largest = [
    // Skips come on top of a level's own channels; a feed-forward layer widens eightfold.
    ...unet.blockOutChannels.map((channels, level) => HALVES * 2 * map(channels, level)),
    ...sites.map((site) => HALVES * Math.max(scores(site), 8 * site.channels * site.pixels)),
    ...vae.blockOutChannels.map(
      (channels, level) =>
        Math.max(channels, vae.blockOutChannels[level + 1] ?? 0) * (imageSize / 2 ** level) ** 2,
    ),
    vae.midBlockAddAttention ? scores(middle) : 0,
    HALVES * text.numAttentionHeads * length ** 2,
    HALVES * text.intermediateSize * length,
  ].reduce((a, b) => Math.max(a, b), 0);
  return { multiplyAdds: HALVES * (words + steps * call) + decoder, largestTensor: largest };
}
