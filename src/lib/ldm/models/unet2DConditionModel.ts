// UNet2DConditionModel: the denoiser (Rombach et al. 2022, after Ronneberger et al. 2015 and Dhariwal & Nichol 2021).
import * as tf from '@tensorflow/tfjs-core';
import type { UnetConfig } from '../config/index.ts';
import { unetTapPoints, type TapPoint, type TapSize } from '../config/unetPoints.ts';
import { activate } from '../nn/activations.ts';
import { conv2d, readConv2d, type Conv2dParameters } from '../nn/conv2d.ts';
import { groupNorm, readGroupNorm, type GroupNormParameters } from '../nn/groupNorm.ts';
import type { FilePart } from '../nn/layouts.ts';
import { linear, type LinearParameters } from '../nn/linear.ts';
import { ParameterReader, type CreateOptions, type Parameter, type Trainable } from '../nn/parameters.ts';
import { TimeProjections, type TimeRows } from '../nn/resnetBlock2d.ts';
import type { LayerTaps } from '../nn/taps.ts';
import {
  readTimeEmbedding,
  timeEmbedding,
  timestepSinusoids,
  type TimeEmbeddingParameters,
} from '../nn/timestepEmbedding.ts';
import { ContextLayers, type ProjectedContext } from '../nn/transformer2d.ts';
import type { StateDict } from '../weights/safetensors.ts';
import { DownBlock, MidBlock, shown, UpBlock, type BlockContext, type BlockInputs } from './unetBlocks.ts';
import { openTaps, type Taps } from './unetTaps.ts';

/** A text, turned into the keys and values of every layer that reads it, once for all steps. */
export class UnetContext {
  readonly layers: ProjectedContext;
  /** How many texts. */
  readonly batch: number;

  constructor(layers: ProjectedContext, batch: number) {
    this.layers = layers;
    this.batch = batch;
  }

  dispose(): void {
    tf.dispose([...this.layers]);
  }
}

/** A list of timesteps, turned into what every resnet block adds, once for all steps. */
export class UnetTimesteps {
  readonly timesteps: readonly number[];
  readonly all: tf.Tensor2D;

  constructor(timesteps: readonly number[], all: tf.Tensor2D) {
    this.timesteps = timesteps;
    this.all = all;
  }

  dispose(): void {
    this.all.dispose();
  }
}

export class UNet2DConditionModel implements Trainable {
  readonly config: UnetConfig;
  readonly #params: ParameterReader;
  readonly #timeEmbedding: TimeEmbeddingParameters;
  readonly #timeProjections: LinearParameters | undefined;
  readonly #contextLayers = new ContextLayers();
  readonly #convIn: Conv2dParameters;
  readonly #downBlocks: readonly DownBlock[];
  readonly #midBlock: MidBlock | undefined;
  readonly #upBlocks: readonly UpBlock[];
  readonly #normOut: GroupNormParameters;
  readonly #convOut: Conv2dParameters;

  private constructor(config: UnetConfig, params: ParameterReader) {
    const { blockOutChannels, timeEmbedDim } = config;
    const first = blockOutChannels[0] as number;
    const timeProjections = new TimeProjections();
    const shared: BlockContext = { config, timeProjections, contextLayers: this.#contextLayers };
    this.config = config;
    this.#params = params;
    this.#timeEmbedding = readTimeEmbedding(
      params.scope('time_embedding'),
      first,
      timeEmbedDim,
      config.actFn,
    );
    this.#convIn = readConv2d(params.scope('conv_in'), config.inChannels, first, config.convInKernel);
    this.#downBlocks = config.downBlocks.map(
      (block, i) => new DownBlock(params.scope(`down_blocks.${i}`), shared, block),
    );
    this.#midBlock =
      config.midBlock === null ? undefined : new MidBlock(params.scope('mid_block'), shared, config.midBlock);
    this.#upBlocks = config.upBlocks.map(
      (block, i) => new UpBlock(params.scope(`up_blocks.${i}`), shared, block),
    );
    this.#normOut = readGroupNorm(params.scope('conv_norm_out'), first, config.normNumGroups, config.normEps);
    this.#convOut = readConv2d(params.scope('conv_out'), first, config.outChannels, config.convOutKernel);
    this.#timeProjections = timeProjections.read(params, timeEmbedDim);
    params.finish();
  }

  /** @throws if the weights do not fit the config: every missing, extra or wrongly shaped one is named. */
  static create(config: UnetConfig, state: StateDict, options: CreateOptions = {}): UNet2DConditionModel {
    return new UNet2DConditionModel(config, ParameterReader.open(state, 'unet', options));
  }

  /** The names and shapes of the weights that such a model has. */
  static survey(config: UnetConfig): readonly FilePart[] {
    const params = ParameterReader.survey('unet');
    new UNet2DConditionModel(config, params);
    return params.asked;
  }

  get parameters(): readonly Parameter[] {
    return this.#params.parameters;
  }

  readState(values?: readonly tf.Tensor[]): Promise<StateDict> {
    return this.#params.readState(values);
  }

  /** All that can be seen inside while it runs: names, and shapes for inputs of this size. */
  tapPoints(size: TapSize): TapPoint[] {
    return unetTapPoints(this.config, size);
  }

  /** Prepares the text states [Bc, T, D] for many calls. The caller disposes the result. */
  prepareContext(context: tf.Tensor3D): UnetContext {
    const { crossAttentionDim } = this.config;
    if (crossAttentionDim !== null && context.shape[2] !== crossAttentionDim) {
      throw new Error(
        `unet: expected text states [B, T, ${crossAttentionDim}] (cross_attention_dim), got [${context.shape.join(', ')}]`,
      );
    }
    const layers = tf.tidy(() => this.#contextLayers.project(context));
    return new UnetContext(layers, context.shape[0]);
  }

  /** Prepares the timesteps of a run for many calls. The caller disposes the result. */
  prepareTimesteps(timesteps: readonly number[]): UnetTimesteps {
    const { blockOutChannels, flipSinToCos, freqShift, actFn, timestepPostAct, timeEmbeddingActFn } =
      this.config;
    const dim = blockOutChannels[0] as number;
    const all = tf.tidy(() => {
      const sinusoids = tf.tensor2d(timestepSinusoids(timesteps, { dim, flipSinToCos, freqShift }), [
        timesteps.length,
        dim,
      ]);
      let embedded = timeEmbedding(sinusoids, this.#timeEmbedding);
      if (timestepPostAct !== null) embedded = activate(embedded, timestepPostAct);
      if (timeEmbeddingActFn !== null) embedded = activate(embedded, timeEmbeddingActFn);
      const projections = this.#timeProjections;
      return projections === undefined ? embedded : linear(activate(embedded, actFn), projections);
    });
    return new UnetTimesteps([...timesteps], all);
  }

  /**
   * The raw output of the network: what it is (noise, x0 or v) says the scheduler's config.
   * @param x [B, H, W, in_channels]
   * @param timestep one for all, or one per image; or prepared ones and which of them
   * @param context text states [Bc, T, D], or prepared ones. Bc divides B: image i sees text floor(i * Bc / B)
   * @param taps what to hand out on the way; the attentions that it names are computed by plain operations
   * @returns [B, H, W, out_channels]
   */
  forward(
    x: tf.Tensor4D,
    timestep: number | readonly number[] | { readonly prepared: UnetTimesteps; readonly index: number },
    context: tf.Tensor3D | UnetContext,
    taps?: Taps,
  ): tf.Tensor4D {
    this.#check(x, timestep);
    return tf.tidy(() => {
      let time: TimeRows;
      if (typeof timestep === 'object' && 'prepared' in timestep) {
        time = { all: timestep.prepared.all, row: timestep.index, rows: 1 };
      } else {
        const list = typeof timestep === 'number' ? [timestep] : timestep;
        time = { all: this.prepareTimesteps(list).all, row: 0, rows: list.length };
      }
      const layers = (context instanceof UnetContext ? context : this.prepareContext(context)).layers;
      return this.#run(x, { time, context: layers, taps: taps && this.#open(taps, x, layers) });
    });
  }

  #open(taps: Taps, x: tf.Tensor4D, context: ProjectedContext): LayerTaps {
    const [batch, height, width] = x.shape;
    const tokens = context[0]?.shape[1] ?? 0;
    return openTaps(taps, this.tapPoints({ height, width, tokens, batch }));
  }

  #run(x: tf.Tensor4D, inputs: BlockInputs): tf.Tensor4D {
    const sample = this.config.centerInputSample ? (tf.sub(tf.mul(x, 2), 1) as tf.Tensor4D) : x;
    let h = shown(inputs.taps, 'conv_in', conv2d(sample, this.#convIn));
    const skips: tf.Tensor4D[] = [h];
    for (const block of this.#downBlocks) {
      skips.push(...block.forward(h, inputs));
      h = skips[skips.length - 1] as tf.Tensor4D;
    }
    if (this.#midBlock !== undefined) h = this.#midBlock.forward(h, inputs);
    for (const block of this.#upBlocks) {
      const taken = skips.splice(-block.numLayers).reverse();
      const next = skips[skips.length - 1]; // an odd size halved and doubled is met again through the skip's size
      const before = h;
      h = block.forward(h, taken, inputs, next && [next.shape[1], next.shape[2]]);
      tf.dispose([before, ...taken]);
    }
    const normed = groupNorm(h, this.#normOut, { activation: this.config.actFn });
    return shown(inputs.taps, 'conv_out', conv2d(normed, this.#convOut));
  }

  #check(x: tf.Tensor4D, timestep: unknown): void {
    const { inChannels } = this.config;
    if (x.rank !== 4 || x.shape[3] !== inChannels) {
      throw new Error(`unet: expected x of shape [B, H, W, ${inChannels}], got [${x.shape.join(', ')}]`);
    }
    if (Array.isArray(timestep) && timestep.length !== 1 && timestep.length !== x.shape[0]) {
      throw new Error(`unet: expected 1 timestep or ${x.shape[0]}, one per image; got ${timestep.length}`);
    }
  }

  dispose(): void {
    this.#params.dispose();
  }
}
