// Layers of diffusers' networks in jax-js, channels last. jax-js counts references: a function uses its arguments up, `.ref`
// is one use more.
import { nn, numpy as np } from '@jax-js/jax';

type Shape4 = [number, number, number, number];

export type Weights = Readonly<Record<string, np.Array>>;

/** The weights below a prefix. Each may be asked for once: asking hands its reference over. */
export class Scope {
  readonly #weights: Weights;
  readonly #prefix: string;

  constructor(weights: Weights, prefix: string) {
    this.#weights = weights;
    this.#prefix = prefix;
  }

  in(name: string): Scope {
    return new Scope(this.#weights, `${this.#prefix}${name}.`);
  }

  has(name: string): boolean {
    return this.#prefix + name in this.#weights;
  }

  take(name: string): np.Array {
    const found = this.#weights[this.#prefix + name];
    if (found === undefined) throw new Error(`jax-js: expected a tensor ${this.#prefix}${name}, came none.`);
    return found;
  }
}

export interface ConvOptions {
  readonly stride?: 1 | 2;
  /** Rows of zeros above and columns to the left: 1, or 0 for the autoencoder's downsampling. */
  readonly before?: 0 | 1;
}

/**
 * A 3x3 convolution, [B, H, W, C] to [B, H', W', C'], as one matrix product with the nine shifted copies side by side. On
 * jax-js's wasm this takes a tenth or less of the time of its own `lax.convGeneralDilated`, gradients included.
 */
export function conv(x: np.Array, at: Scope, { stride = 1, before = 1 }: ConvOptions = {}): np.Array {
  const [batch, height, width, channels] = x.shape as Shape4;
  const [rows, columns] = [height / stride, width / stride];
  const around = np.pad(x, [
    [0, 0],
    [before, 2 - before],
    [before, 2 - before],
    [0, 0],
  ]);
  // [B, H + 2, W + 2, C], or every second row and column apart: [B, H / 2 + 1, 2, W / 2 + 1, 2, C]
  const apart = stride === 1 ? around : around.reshape([batch, rows + 1, 2, columns + 1, 2, channels]);
  const shifted = (i: number, j: number): np.Array => {
    if (stride === 1) return apart.ref.slice([], [i, i + rows], [j, j + columns], []);
    const [p, q] = [i >> 1, j >> 1];
    return apart.ref.slice([], [p, p + rows], i % 2, [q, q + columns], j % 2, []);
  };
  const parts = [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => shifted(i, j)));
  apart.dispose();
  const patches = np.concatenate(parts, 3).reshape([batch * rows * columns, 9 * channels]);
  const matrix = at
    .take('weight')
    .transpose([2, 3, 1, 0])
    .reshape([9 * channels, -1]);
  return np.matmul(patches, matrix).add(at.take('bias')).reshape([batch, rows, columns, -1]);
}

/** [..., in] to [..., out]. */
export function linear(x: np.Array, at: Scope): np.Array {
  const out = np.matmul(x, at.take('weight').transpose());
  return at.has('bias') ? out.add(at.take('bias')) : out;
}

/** A 1x1 convolution over [..., C]: a linear layer whose matrix has two axes more. */
export function pointwise(x: np.Array, at: Scope): np.Array {
  const weight = at.take('weight');
  const matrix = weight.reshape([weight.shape[0]!, weight.shape[1]!]);
  return np.matmul(x, matrix.transpose()).add(at.take('bias'));
}

/** Mean 0 and variance 1 along some axes. */
function normalized(x: np.Array, axis: number | number[], epsilon: number): np.Array {
  const mean = np.mean(x.ref, axis, { keepdims: true });
  const centred = x.sub(mean);
  const variance = np.mean(np.square(centred.ref), axis, { keepdims: true });
  return centred.mul(np.reciprocal(np.sqrt(variance.add(epsilon))));
}

/** [B, H, W, C] to the same. */
export function groupNorm(x: np.Array, at: Scope, groups: number, epsilon: number): np.Array {
  const [batch, height, width, channels] = x.shape as Shape4;
  const grouped = x.reshape([batch, height * width, groups, channels / groups]);
  const out = normalized(grouped, [1, 3], epsilon).reshape([batch, height, width, channels]);
  return out.mul(at.take('weight')).add(at.take('bias'));
}

/** [..., C] to the same. */
export function layerNorm(x: np.Array, at: Scope, epsilon: number): np.Array {
  return normalized(x, -1, epsilon).mul(at.take('weight')).add(at.take('bias'));
}

/** Nearest neighbour, twice as large, then a convolution. */
export function upsample(x: np.Array, at: Scope): np.Array {
  const [batch, height, width, channels] = x.shape as Shape4;
  const cells = x.reshape([batch, height, 1, width, 1, channels]);
  const fourfold = np.broadcastTo(cells, [batch, height, 2, width, 2, channels]);
  return conv(fourfold.reshape([batch, 2 * height, 2 * width, channels]), at.in('conv'));
}

export interface ResnetOptions {
  readonly groups: number;
  readonly epsilon: number;
  /** silu of the time embedding [B, D]; borrowed. */
  readonly time?: np.Array;
}

/** ResnetBlock2D with silu. */
export function resnet(x: np.Array, at: Scope, { groups, epsilon, time }: ResnetOptions): np.Array {
  let h = conv(nn.silu(groupNorm(x.ref, at.in('norm1'), groups, epsilon)), at.in('conv1'));
  if (time !== undefined) {
    const shift = linear(time.ref, at.in('time_emb_proj'));
    const [batch, channels] = shift.shape as [number, number];
    h = h.add(shift.reshape([batch, 1, 1, channels]));
  }
  h = conv(nn.silu(groupNorm(h, at.in('norm2'), groups, epsilon)), at.in('conv2'));
  return h.add(at.has('conv_shortcut.weight') ? pointwise(x, at.in('conv_shortcut')) : x);
}

/** Attention of x [B, L, C] to context [B, S, D]. */
function attend(x: np.Array, context: np.Array, at: Scope, heads: number): np.Array {
  const split = (rows: np.Array): np.Array => {
    const [batch, length, width] = rows.shape as [number, number, number];
    return rows.reshape([batch, length, heads, width / heads]);
  };
  const q = split(linear(x, at.in('to_q')));
  const k = split(linear(context.ref, at.in('to_k')));
  const v = split(linear(context, at.in('to_v')));
  const out = nn.dotProductAttention(q, k, v);
  const [batch, length] = out.shape as [number, number];
  return linear(out.reshape([batch, length, -1]), at.in('to_out.0'));
}

/** GEGLU, then a linear layer. */
function feedForward(x: np.Array, at: Scope): np.Array {
  const [value, gate] = np.split(linear(x, at.in('net.0.proj')), 2, -1) as [np.Array, np.Array];
  return linear(value.mul(nn.gelu(gate, { approximate: false })), at.in('net.2'));
}

export interface TransformerOptions {
  readonly groups: number;
  readonly heads: number;
  /** Text states [B, S, D]; borrowed. */
  readonly context: np.Array;
}

/** Transformer2DModel with one BasicTransformerBlock and 1x1 convolutions around it. */
export function transformer(
  x: np.Array,
  at: Scope,
  { groups, heads, context }: TransformerOptions,
): np.Array {
  const [batch, height, width, channels] = x.shape as Shape4;
  const rows = groupNorm(x.ref, at.in('norm'), groups, 1e-6).reshape([batch, height * width, channels]);
  let h = pointwise(rows, at.in('proj_in'));
  const block = at.in('transformer_blocks.0');
  const first = layerNorm(h.ref, block.in('norm1'), 1e-5);
  h = h.add(attend(first.ref, first, block.in('attn1'), heads));
  h = h.add(attend(layerNorm(h.ref, block.in('norm2'), 1e-5), context.ref, block.in('attn2'), heads));
  h = h.add(feedForward(layerNorm(h.ref, block.in('norm3'), 1e-5), block.in('ff')));
  return x.add(pointwise(h, at.in('proj_out')).reshape([batch, height, width, channels]));
}
