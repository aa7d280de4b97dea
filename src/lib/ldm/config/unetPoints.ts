// What of a denoiser can be looked at while it runs: each attention and each block by its name in diffusers, with the
// shapes that it will have. From the settings alone.
import { at } from '../base/at.ts';
import type { UnetConfig, UnetDownBlockConfig, UnetUpBlockConfig } from './unet.ts';

/** An attention whose probabilities can be seen. */
export interface AttentionPoint {
  readonly kind: 'attention';
  /** Such as `down_blocks.1.attentions.0.transformer_blocks.0.attn2`. */
  readonly name: string;
  /** What the positions of the feature map look at: the tokens of the text, or each other. */
  readonly sees: 'text' | 'positions';
  readonly heads: number;
  /** Of the feature map whose positions look. */
  readonly height: number;
  readonly width: number;
  /** [n, heads, queries, keys]. Query i is the position in row floor(i / width), column i % width. */
  readonly shape: readonly [batch: number, heads: number, queries: number, keys: number];
}

/** A block whose output can be seen. */
export interface ActivationPoint {
  readonly kind: 'activations';
  /** Such as `conv_in`, `down_blocks.0`, `mid_block`, `up_blocks.1.resnets.0`. */
  readonly name: string;
  /** Its class in diffusers, such as CrossAttnDownBlock2D, ResnetBlock2D, Conv2d. */
  readonly type: string;
  readonly height: number;
  readonly width: number;
  readonly shape: readonly [batch: number, height: number, width: number, channels: number];
}

export type TapPoint = AttentionPoint | ActivationPoint;

/** What the denoiser is given. */
export interface TapSize {
  /** Of the latents. */
  readonly height: number;
  readonly width: number;
  /** Tokens of a text, begin and end and padding included; of no use where no block looks at a text. */
  readonly tokens: number;
  /** Latents in one call; 1 by default. Guidance doubles them. */
  readonly batch?: number;
}

type Size = readonly [height: number, width: number];

/** Walks through a denoiser as its forward pass does, and notes what there is to see. */
class Walk {
  readonly points: TapPoint[] = [];
  readonly #given: Required<TapSize>;
  size: Size;

  constructor({ batch = 1, ...size }: TapSize) {
    this.#given = { ...size, batch };
    this.size = [size.height, size.width];
  }

  activations(name: string, type: string, channels: number): void {
    const [height, width] = this.size;
    const shape = [this.#given.batch, height, width, channels] as const;
    this.points.push({ kind: 'activations', name, type, height, width, shape });
  }

  attention(name: string, heads: number, sees: 'text' | 'positions'): void {
    const [height, width] = this.size;
    const queries = height * width;
    const shape = [
      this.#given.batch,
      heads,
      queries,
      sees === 'text' ? this.#given.tokens : queries,
    ] as const;
    this.points.push({ kind: 'attention', name, sees, heads, height, width, shape });
  }

  transformer(name: string, channels: number, heads: number, layers: number, onlyText = false): void {
    for (let i = 0; i < layers; i++) {
      const block = `${name}.transformer_blocks.${i}`;
      this.attention(`${block}.attn1`, heads, onlyText ? 'text' : 'positions');
      this.attention(`${block}.attn2`, heads, 'text');
    }
    this.activations(name, 'Transformer2DModel', channels);
  }

  /** A resnet block of a level, and what looks at its output. */
  layer(name: string, block: UnetDownBlockConfig | UnetUpBlockConfig, index: number): void {
    const { type, outChannels: channels, numAttentionHeads: heads, onlyCrossAttention } = block;
    this.activations(`${name}.resnets.${index}`, 'ResnetBlock2D', channels);
    const attention = `${name}.attentions.${index}`;
    if (type.startsWith('CrossAttn')) {
      this.transformer(attention, channels, heads, at(block.transformerLayers, index), onlyCrossAttention);
    } else if (type.startsWith('Attn')) {
      this.attention(attention, Math.floor(channels / block.attentionHeadDim), 'positions');
      this.activations(attention, 'Attention', channels);
    }
  }
}

/**
 * All points of a denoiser in the order in which they are passed. An attention block that is one attention
 * (AttnDownBlock2D) is there twice under one name: with its probabilities, and with its output.
 */
export function unetTapPoints(config: UnetConfig, size: TapSize): TapPoint[] {
  const walk = new Walk(size);
  walk.activations('conv_in', 'Conv2d', at(config.blockOutChannels, 0));
  const skips: Size[] = [walk.size];
  config.downBlocks.forEach((block, i) => {
    const name = `down_blocks.${i}`;
    for (let layer = 0; layer < block.numLayers; layer++) {
      walk.layer(name, block, layer);
      skips.push(walk.size);
    }
    if (block.addDownsample) {
      const round = config.downsamplePadding === 1 ? Math.ceil : Math.floor;
      walk.size = [round(walk.size[0] / 2), round(walk.size[1] / 2)];
      skips.push(walk.size);
      walk.activations(`${name}.downsamplers.0`, 'Downsample2D', block.outChannels);
    }
    walk.activations(name, block.type, block.outChannels);
  });
  const mid = config.midBlock;
  if (mid !== null) {
    const { type, channels, numAttentionHeads, transformerLayers } = mid;
    walk.activations('mid_block.resnets.0', 'ResnetBlock2D', channels);
    if (type === 'UNetMidBlock2DCrossAttn') {
      walk.transformer('mid_block.attentions.0', channels, numAttentionHeads, transformerLayers);
      walk.activations('mid_block.resnets.1', 'ResnetBlock2D', channels);
    }
    walk.activations('mid_block', type, channels);
  }
  config.upBlocks.forEach((block, i) => {
    const name = `up_blocks.${i}`;
    for (let layer = 0; layer < block.numLayers; layer++) walk.layer(name, block, layer);
    skips.splice(-block.numLayers);
    if (block.addUpsample) {
      walk.size = skips.at(-1) ?? [2 * walk.size[0], 2 * walk.size[1]];
      walk.activations(`${name}.upsamplers.0`, 'Upsample2D', block.outChannels);
    }
    walk.activations(name, block.type, block.outChannels);
  });
  walk.activations('conv_out', 'Conv2d', config.outChannels);
  return walk.points;
}
