// What a network costs by its settings alone: its parameters, and the multiply-adds and activations of one pass. No tensors.
import { at, last } from '../base/at.ts';
import type { ClipTextConfig, UnetConfig, VaeConfig } from '../config/index.ts';

export interface Costs {
  readonly parameters: number;
  /** Of one picture (or text), forward only. */
  readonly multiplyAdds: number;
  /** Numbers that layers hand on for one picture, all of them: what the backward pass has to keep. */
  readonly activations: number;
}

/** Walks through a network, layer by layer; `pixels` is the size of the feature map at each. */
class Tally {
  parameters = 0;
  multiplyAdds = 0;
  activations = 0;

  conv(inputs: number, outputs: number, kernel: number, pixels: number): void {
    this.parameters += inputs * outputs * kernel * kernel + outputs;
    this.multiplyAdds += inputs * outputs * kernel * kernel * pixels;
    this.activations += outputs * pixels;
  }

  linear(inputs: number, outputs: number, rows: number, bias = true): void {
    this.parameters += inputs * outputs + (bias ? outputs : 0);
    this.multiplyAdds += inputs * outputs * rows;
    this.activations += outputs * rows;
  }

  norm(channels: number, pixels: number): void {
    this.parameters += 2 * channels;
    this.activations += channels * pixels;
  }

  resnet(inputs: number, outputs: number, pixels: number, time = 0): void {
    this.norm(inputs, pixels);
    this.conv(inputs, outputs, 3, pixels);
    if (time > 0) this.linear(time, outputs, 1);
    this.norm(outputs, pixels);
    this.conv(outputs, outputs, 3, pixels);
    if (inputs !== outputs) this.conv(inputs, outputs, 1, pixels);
  }

  /** Scores and mixing; the scores are held, one a head. */
  attention(channels: number, queries: number, keys: number, heads: number): void {
    this.multiplyAdds += 2 * channels * queries * keys;
    this.activations += channels * queries + heads * queries * keys;
  }

  transformer(
    channels: number,
    pixels: number,
    heads: number,
    text: { width: number; length: number },
  ): void {
    this.norm(channels, pixels);
    this.linear(channels, channels, pixels); // proj_in
    for (let i = 0; i < 3; i++) this.norm(channels, pixels);
    this.linear(channels, 3 * channels, pixels, false);
    this.attention(channels, pixels, pixels, heads);
    this.linear(channels, channels, pixels);
    this.linear(channels, channels, pixels, false);
    this.linear(text.width, 2 * channels, text.length, false);
    this.attention(channels, pixels, text.length, heads);
    this.linear(channels, channels, pixels);
    this.linear(channels, 8 * channels, pixels);
    this.linear(4 * channels, channels, pixels);
    this.activations += 4 * channels * pixels; // the gate
    this.linear(channels, channels, pixels); // proj_out
  }

  get costs(): Costs {
    const { parameters, multiplyAdds, activations } = this;
    return { parameters, multiplyAdds, activations };
  }
}

function encoder(config: VaeConfig, side: number): Costs {
  const tally = new Tally();
  const widths = config.blockOutChannels;
  let pixels = side * side;
  let before = at(widths, 0);
  tally.conv(config.inChannels, before, 3, pixels);
  widths.forEach((width, level) => {
    for (let i = 0; i < config.layersPerBlock; i++) tally.resnet(i === 0 ? before : width, width, pixels);
    if (level < widths.length - 1) tally.conv(width, width, 3, (pixels /= 4));
    before = width;
  });
  tally.resnet(before, before, pixels);
  tally.resnet(before, before, pixels);
  tally.norm(before, pixels);
  tally.conv(before, 2 * config.latentChannels, 3, pixels);
  tally.conv(2 * config.latentChannels, 2 * config.latentChannels, 1, pixels);
  return tally.costs;
}

function decoder(config: VaeConfig, side: number): Costs {
  const tally = new Tally();
  const widths = [...config.blockOutChannels].reverse();
  let pixels = (side / config.downsamplingFactor) ** 2;
  let before = at(widths, 0);
  tally.conv(config.latentChannels, config.latentChannels, 1, pixels);
  tally.conv(config.latentChannels, before, 3, pixels);
  tally.resnet(before, before, pixels);
  tally.resnet(before, before, pixels);
  widths.forEach((width, level) => {
    for (let i = 0; i <= config.layersPerBlock; i++) tally.resnet(i === 0 ? before : width, width, pixels);
    if (level < widths.length - 1) {
      pixels *= 4;
      tally.activations += width * pixels; // doubled, before its convolution
      tally.conv(width, width, 3, pixels);
    }
    before = width;
  });
  tally.norm(before, pixels);
  tally.conv(before, config.outChannels, 3, pixels);
  return tally.costs;
}

/** The two halves of an autoencoder with one quant_conv each and no attention, for pictures of this side. */
export function autoencoderCosts(
  config: VaeConfig,
  side: number,
): { readonly encoder: Costs; readonly decoder: Costs } {
  return { encoder: encoder(config, side), decoder: decoder(config, side) };
}

/**
 * @param side of the latents
 * @param length tokens of a text
 */
export function denoiserCosts(config: UnetConfig, side: number, length: number): Costs {
  const tally = new Tally();
  const widths = config.blockOutChannels;
  const first = at(widths, 0);
  const time = config.timeEmbedDim;
  const text = { width: config.crossAttentionDim ?? 0, length };
  let pixels = side * side;
  tally.linear(first, time, 1);
  tally.linear(time, time, 1);
  tally.conv(config.inChannels, first, config.convInKernel, pixels);
  for (const block of config.downBlocks) {
    for (let i = 0; i < block.numLayers; i++) {
      tally.resnet(i === 0 ? block.inChannels : block.outChannels, block.outChannels, pixels, time);
      if (block.type === 'CrossAttnDownBlock2D') {
        tally.transformer(block.outChannels, pixels, block.numAttentionHeads, text);
      }
    }
    if (block.addDownsample) tally.conv(block.outChannels, block.outChannels, 3, (pixels /= 4));
  }
  const bottom = last(widths);
  tally.resnet(bottom, bottom, pixels, time);
  if (config.midBlock !== null) {
    tally.transformer(bottom, pixels, config.midBlock.numAttentionHeads, text);
    tally.resnet(bottom, bottom, pixels, time);
  }
  for (const block of config.upBlocks) {
    for (const inputs of block.resnetInChannels) {
      tally.activations += inputs * pixels; // with its skip
      tally.resnet(inputs, block.outChannels, pixels, time);
      if (block.type === 'CrossAttnUpBlock2D') {
        tally.transformer(block.outChannels, pixels, block.numAttentionHeads, text);
      }
    }
    if (block.addUpsample) {
      pixels *= 4;
      tally.activations += block.outChannels * pixels;
      tally.conv(block.outChannels, block.outChannels, 3, pixels);
    }
  }
  tally.norm(first, pixels);
  tally.conv(first, config.outChannels, config.convOutKernel, pixels);
  return tally.costs;
}

/** One text of full length. */
export function textEncoderCosts(config: ClipTextConfig): Costs {
  const { hiddenSize: width, maxPositionEmbeddings: length, numAttentionHeads: heads } = config;
  const tally = new Tally();
  tally.parameters += (config.vocabSize + length) * width;
  tally.activations += width * length;
  for (let i = 0; i < config.numHiddenLayers; i++) {
    tally.norm(width, length);
    tally.linear(width, 3 * width, length);
    tally.attention(width, length, length, heads);
    tally.linear(width, width, length);
    tally.norm(width, length);
    tally.linear(width, config.intermediateSize, length);
    tally.linear(config.intermediateSize, width, length);
  }
  tally.norm(width, length);
  return tally.costs;
}
