// AutoencoderKL: the first stage, images to latents and back (Rombach et al. 2022, after Esser et al. 2021).
import * as tf from '@tensorflow/tfjs-core';
import type { VaeConfig } from '../config/index.ts';
import { conv2d, readConv2d, type Conv2dParameters } from '../nn/conv2d.ts';
import type { FilePart } from '../nn/layouts.ts';
import { groupNorm, readGroupNorm, type GroupNormParameters } from '../nn/groupNorm.ts';
import { ParameterReader, type CreateOptions, type Parameter, type Trainable } from '../nn/parameters.ts';
import { Downsample2d, Upsample2d, UpsampleTranspose2d } from '../nn/resample.ts';
import { ResnetBlock2d } from '../nn/resnetBlock2d.ts';
import { SpatialAttention } from '../nn/spatialAttention.ts';
import type { StateDict } from '../weights/safetensors.ts';

const EPSILON = 1e-6;
const LOGVAR_MIN = -30;
const LOGVAR_MAX = 20;

type Step = { forward(x: tf.Tensor4D): tf.Tensor4D };

/** Runs layers one after the other, freeing what lies between them. */
function runSteps(steps: readonly Step[], x: tf.Tensor4D): tf.Tensor4D {
  let h = x;
  for (const step of steps) {
    const input = h;
    h = step.forward(input);
    if (input !== x) input.dispose();
  }
  return h;
}

function readResnets(
  params: ParameterReader,
  config: VaeConfig,
  inChannels: number,
  outChannels: number,
  count: number,
): Step[] {
  return Array.from({ length: count }, (_, i) =>
    readResnet(params.scope(`resnets.${i}`), config, i === 0 ? inChannels : outChannels, outChannels),
  );
}

function readResnet(
  params: ParameterReader,
  config: VaeConfig,
  inChannels: number,
  outChannels: number,
): ResnetBlock2d {
  return new ResnetBlock2d(params, {
    inChannels,
    outChannels,
    groups: config.normNumGroups,
    epsilon: EPSILON,
    activation: config.actFn,
  });
}

/** UNetMidBlock2D: resnet block, attention with one head (if the model has it), resnet block. */
function readMidBlock(params: ParameterReader, config: VaeConfig): Step[] {
  const channels = config.blockOutChannels[config.blockOutChannels.length - 1] as number;
  const first = readResnet(params.scope('resnets.0'), config, channels, channels);
  const second = readResnet(params.scope('resnets.1'), config, channels, channels);
  if (!config.midBlockAddAttention) return [first, second];
  const attention = new SpatialAttention(params.scope('attentions.0'), {
    channels,
    headDim: channels,
    groups: config.normNumGroups,
    epsilon: EPSILON,
  });
  return [first, attention, second];
}

/** One half of the autoencoder: a convolution, the levels, norm, SiLU, a convolution. */
class Half {
  readonly #convIn: Conv2dParameters;
  readonly #steps: readonly Step[];
  readonly #normOut: GroupNormParameters;
  readonly #convOut: Conv2dParameters;

  constructor(
    params: ParameterReader,
    config: VaeConfig,
    channels: {
      readonly input: number;
      readonly first: number;
      readonly last: number;
      readonly output: number;
    },
    steps: readonly Step[],
  ) {
    this.#convIn = readConv2d(params.scope('conv_in'), channels.input, channels.first, 3);
    this.#steps = steps;
    this.#normOut = readGroupNorm(
      params.scope('conv_norm_out'),
      channels.last,
      config.normNumGroups,
      EPSILON,
    );
    this.#convOut = readConv2d(params.scope('conv_out'), channels.last, channels.output, 3);
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      const first = conv2d(x, this.#convIn);
      const last = runSteps(this.#steps, first);
      first.dispose();
      return conv2d(groupNorm(last, this.#normOut, { activation: 'silu' }), this.#convOut);
    });
  }
}

function readEncoder(params: ParameterReader, config: VaeConfig): Half {
  const widths = config.blockOutChannels;
  const first = widths[0] as number;
  const last = widths[widths.length - 1] as number;
  const steps = widths.flatMap((width, level) => {
    const block = params.scope(`down_blocks.${level}`);
    const resnets = readResnets(block, config, widths[level - 1] ?? first, width, config.layersPerBlock);
    if (level === widths.length - 1) return resnets;
    return [...resnets, new Downsample2d(block.scope('downsamplers.0'), width, 0)];
  });
  steps.push(...readMidBlock(params.scope('mid_block'), config));
  return new Half(
    params,
    config,
    { input: config.inChannels, first, last, output: 2 * config.latentChannels },
    steps,
  );
}

function readDecoder(params: ParameterReader, config: VaeConfig): Half {
  const widths = [...config.blockOutChannels].reverse();
  const first = widths[0] as number;
  const last = widths[widths.length - 1] as number;
  const steps = readMidBlock(params.scope('mid_block'), config);
  const Upsample = config.upsampleType === 'conv' ? Upsample2d : UpsampleTranspose2d;
  widths.forEach((width, level) => {
    const block = params.scope(`up_blocks.${level}`);
    steps.push(...readResnets(block, config, widths[level - 1] ?? first, width, config.layersPerBlock + 1));
    if (level < widths.length - 1) steps.push(new Upsample(block.scope('upsamplers.0'), width));
  });
  return new Half(
    params,
    config,
    { input: config.latentChannels, first, last, output: config.outChannels },
    steps,
  );
}

/** The Gaussian that the encoder gives for an image, one per latent number. Both [B, h, w, latent_channels]. */
export interface LatentPosterior {
  readonly mean: tf.Tensor4D;
  /** Clamped to [-30, 20]. */
  readonly logvar: tf.Tensor4D;
}

export class AutoencoderKL implements Trainable {
  readonly config: VaeConfig;
  readonly #params: ParameterReader;
  /** Undefined in a model that only decodes. */
  readonly #encoder: Half | undefined;
  readonly #decoder: Half;
  readonly #quantConv: Conv2dParameters | undefined;
  readonly #postQuantConv: Conv2dParameters | undefined;

  private constructor(config: VaeConfig, params: ParameterReader, hasEncoder: boolean) {
    const { latentChannels, useQuantConv, usePostQuantConv } = config;
    this.config = config;
    this.#params = params;
    this.#encoder = hasEncoder ? readEncoder(params.scope('encoder'), config) : undefined;
    this.#decoder = readDecoder(params.scope('decoder'), config);
    this.#quantConv =
      hasEncoder && useQuantConv
        ? readConv2d(params.scope('quant_conv'), 2 * latentChannels, 2 * latentChannels, 1)
        : undefined;
    this.#postQuantConv = usePostQuantConv
      ? readConv2d(params.scope('post_quant_conv'), latentChannels, latentChannels, 1)
      : undefined;
    params.finish();
  }

  /**
   * Weights without a single one of the encoder's make a model that only decodes.
   * @throws if the weights do not fit the config: every missing, extra or wrongly shaped one is named.
   */
  static create(config: VaeConfig, state: StateDict, options: CreateOptions = {}): AutoencoderKL {
    const hasEncoder = [...state.keys()].some((key) => key.startsWith('encoder.'));
    return new AutoencoderKL(config, ParameterReader.open(state, 'vae', options), hasEncoder);
  }

  /** The names and shapes of the weights that such a model has. */
  static survey(config: VaeConfig): readonly FilePart[] {
    const params = ParameterReader.survey('vae');
    new AutoencoderKL(config, params, true);
    return params.asked;
  }

  get parameters(): readonly Parameter[] {
    return this.#params.parameters;
  }

  readState(values?: readonly tf.Tensor[]): Promise<StateDict> {
    return this.#params.readState(values);
  }

  /** False for a model that only decodes. */
  get hasEncoder(): boolean {
    return this.#encoder !== undefined;
  }

  /**
   * Images to the posterior of their latents (not yet multiplied by the scaling factor).
   * @param x [B, H, W, in_channels] in [-1, 1]; H and W multiples of the downsampling factor give h = H / f
   */
  encode(x: tf.Tensor4D): LatentPosterior {
    const { inChannels, latentChannels } = this.config;
    const encoder = this.#encoder;
    if (encoder === undefined) {
      throw new Error(
        'vae: expected a model with an encoder, got one that only decodes. Choose another to encode.',
      );
    }
    this.#check('images', x, inChannels);
    const [mean, logvar] = tf.tidy(() => {
      const hidden = encoder.forward(x);
      const moments = this.#quantConv === undefined ? hidden : conv2d(hidden, this.#quantConv);
      const [first, second] = tf.split(moments, [latentChannels, latentChannels], 3) as [
        tf.Tensor4D,
        tf.Tensor4D,
      ];
      return [first, tf.clipByValue(second, LOGVAR_MIN, LOGVAR_MAX)] as [tf.Tensor4D, tf.Tensor4D];
    });
    return { mean, logvar };
  }

  /**
   * Latents (already divided by the scaling factor) to images.
   * @param z [B, h, w, latent_channels]
   * @returns [B, f h, f w, out_channels], about [-1, 1] but not clamped
   */
  decode(z: tf.Tensor4D): tf.Tensor4D {
    this.#check('latents', z, this.config.latentChannels);
    return tf.tidy(() =>
      this.#decoder.forward(this.#postQuantConv === undefined ? z : conv2d(z, this.#postQuantConv)),
    );
  }

  #check(what: string, x: tf.Tensor4D, channels: number): void {
    if (x.rank !== 4 || x.shape[3] !== channels) {
      throw new Error(`vae: expected ${what} of shape [B, H, W, ${channels}], got [${x.shape.join(', ')}]`);
    }
  }

  dispose(): void {
    this.#params.dispose();
  }
}
