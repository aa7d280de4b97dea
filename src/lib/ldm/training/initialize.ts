// The weights that a network starts with: the defaults of PyTorch, diffusers and transformers, from a seed.
import type { ClipTextConfig, UnetConfig, VaeConfig } from '../config/index.ts';
import { AutoencoderKL } from '../models/autoencoderKL.ts';
import { CLIPTextModel } from '../models/clipTextModel.ts';
import { MLP, type MLPConfig } from '../models/mlp.ts';
import { PlaneDenoiser, type PlaneDenoiserConfig } from '../models/planeDenoiser.ts';
import { UNet2DConditionModel } from '../models/unet2DConditionModel.ts';
import type { FilePart } from '../nn/layouts.ts';
import { Rng } from '../base/rng.ts';
import type { HostTensor, StateDict } from '../weights/safetensors.ts';

/** How a tensor is filled: with one number, or at random. */
type Filling =
  | { readonly constant: number }
  | { readonly uniform: number }
  /** Standard deviation; the mean is 0. */
  | { readonly normal: number };

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Every tensor has its own stream, named by it: the numbers of one do not move when another is added. */
function fill({ name, shape }: FilePart, filling: Filling, rng: Rng): HostTensor {
  const data = new Float32Array(product(shape));
  if ('constant' in filling) data.fill(filling.constant);
  else {
    const own = rng.fork(name);
    for (let i = 0; i < data.length; i++) {
      data[i] =
        'uniform' in filling ? (2 * own.uniform() - 1) * filling.uniform : own.normal() * filling.normal;
    }
  }
  return { shape, dtype: 'F32', data };
}

function initial(
  parts: readonly FilePart[],
  seed: number | string,
  choose: (part: FilePart, weightShape: readonly number[]) => Filling,
): StateDict {
  const rng = new Rng(seed).fork('weights');
  const shapes = new Map(parts.map(({ name, shape }) => [name, shape]));
  return new Map(
    parts.map((part) => {
      // How a bias is filled, the weight says that it belongs to.
      const weightShape = shapes.get(part.name.replace(/\.bias$/, '.weight')) ?? part.shape;
      return [part.name, fill(part, choose(part, weightShape), rng)];
    }),
  );
}

/** What a norm starts as: it changes nothing. Its weight is the only kind that is a vector. */
const norm = ({ name }: FilePart): Filling => ({ constant: name.endsWith('.bias') ? 0 : 1 });

/**
 * `reset_parameters` of torch.nn.Linear and torch.nn.Conv2d: weight and bias from U(-b, b) with b = 1 / sqrt(inputs of one
 * output). For the weight that is `kaiming_uniform_(a = sqrt(5))` (He et al. 2015). diffusers adds nothing of its own.
 */
function torchDefault(part: FilePart, weightShape: readonly number[]): Filling {
  if (weightShape.length === 1) return norm(part);
  return { uniform: 1 / Math.sqrt(product(weightShape.slice(1))) };
}

export interface InitialVaeOptions {
  /**
   * About what the encoder begins to say for every log variance, by a small change of the last layer: that half's
   * weights count a tenth, its biases are this. By default it says about 0: latents drown in noise of deviation 1 until
   * the decoder has made itself heard, hundreds of steps of a short run.
   */
  readonly logVariance?: number;
}

/** How much the pictures may move the log variance at first, as a share of PyTorch's default. */
const LOG_VARIANCE_SHARE = 0.1;

/** First weights of diffusers' AutoencoderKL. The same seed gives the same numbers everywhere. */
export function initialVae(
  config: VaeConfig,
  seed: number | string,
  { logVariance }: InitialVaeOptions = {},
): StateDict {
  const state = initial(AutoencoderKL.survey(config), seed, torchDefault);
  if (logVariance === undefined) return state;
  const last = config.useQuantConv ? 'quant_conv' : 'encoder.conv_out';
  // Its outputs are the means, then as many log variances.
  return new Map(
    [...state].map(([name, tensor]) => {
      const half = tensor.data.length / 2;
      const change = (how: (value: number) => number): [string, HostTensor] => [
        name,
        { ...tensor, data: tensor.data.map((value, i) => (i < half ? value : how(value))) },
      ];
      if (name === `${last}.weight`) return change((value) => value * LOG_VARIANCE_SHARE);
      if (name === `${last}.bias`) return change(() => logVariance);
      return [name, tensor];
    }),
  );
}

/** First weights of diffusers' UNet2DConditionModel. */
export function initialUnet(config: UnetConfig, seed: number | string): StateDict {
  return initial(UNet2DConditionModel.survey(config), seed, torchDefault);
}

/** First weights of an MLP: those of torch.nn.Linear. */
export function initialMLP(config: MLPConfig, seed: number | string): StateDict {
  return initial(MLP.survey(config), seed, torchDefault);
}

/** First weights of a denoiser in the plane. */
export function initialPlaneDenoiser(config: PlaneDenoiserConfig, seed: number | string): StateDict {
  return initial(PlaneDenoiser.survey(config), seed, torchDefault);
}

/**
 * First weights of transformers' CLIPTextModel (`_init_weights` of CLIPPreTrainedModel with initializer_factor 1, after
 * Radford et al. 2021, section 2.4): normal numbers, quieter in what is added to the residual stream; biases 0.
 */
export function initialClipText(config: ClipTextConfig, seed: number | string): StateDict {
  const { hiddenSize, numHiddenLayers } = config;
  const quiet = hiddenSize ** -0.5 * (2 * numHiddenLayers) ** -0.5;
  const deviations: readonly (readonly [RegExp, number])[] = [
    [/embeddings\.\w+_embedding\.weight$/, 0.02],
    [/self_attn\.[qkv]_proj\.weight$/, quiet],
    [/self_attn\.out_proj\.weight$/, hiddenSize ** -0.5],
    [/mlp\.fc1\.weight$/, (2 * hiddenSize) ** -0.5],
    [/mlp\.fc2\.weight$/, quiet],
  ];
  return initial(CLIPTextModel.survey(config), seed, (part, weightShape) => {
    if (weightShape.length === 1) return norm(part);
    if (part.name.endsWith('.bias')) return { constant: 0 };
    const known = deviations.find(([pattern]) => pattern.test(part.name));
    if (known === undefined) throw new Error(`text encoder: no first values are known for '${part.name}'`);
    return { normal: known[1] };
  });
}

/** How many numbers a model has. */
export function countParameters(
  state: Iterable<readonly [string, { readonly shape: readonly number[] }]>,
): number {
  let count = 0;
  for (const [, { shape }] of state) count += product(shape);
  return count;
}
