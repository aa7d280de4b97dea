// Scaled dot-product attention with several heads (Vaswani et al. 2017, eq. 1).
import * as tf from '@tensorflow/tfjs-core';
import { differentiable } from './differentiable.ts';
import {
  ATTENTION,
  ATTENTION_GRAD,
  hasFusedKernel,
  offersKernel,
  runFusedKernel,
  runFusedKernels,
  taping,
} from './kernels.ts';

/** Columns `offset` to `offset + heads * headDim` of a [B, T, stride] tensor: queries, keys or values, perhaps side by side. */
export interface Packed {
  readonly data: tf.Tensor3D;
  readonly offset: number;
}

export interface AttentionOptions {
  readonly heads: number;
  readonly headDim: number;
  /** A position sees itself and what is before it. False by default. */
  readonly causal?: boolean;
  /**
   * Sees softmax(Q K^T / sqrt(headDim)), [Bq, heads, Tq, Tk], lent for the duration of the call. With it, plain operations
   * compute what a fused kernel would not show.
   */
  readonly onProbabilities?: ((probabilities: tf.Tensor4D) => void) | undefined;
}

/** [B, T, stride] to [B, heads, T, headDim]. */
function splitHeads({ data, offset }: Packed, heads: number, headDim: number): tf.Tensor4D {
  const [batch, length, stride] = data.shape;
  const width = heads * headDim;
  const columns = stride === width ? data : tf.slice(data, [0, 0, offset], [batch, length, width]);
  return tf.transpose(tf.reshape(columns, [batch, length, heads, headDim]) as tf.Tensor4D, [0, 2, 1, 3]);
}

/** 0 on and below the diagonal, a large negative number above. [T, T] */
function causalMask(length: number): tf.Tensor2D {
  const mask = new Float32Array(length * length);
  for (let i = 0; i < length; i++) mask.fill(-1e9, i * length + i + 1, (i + 1) * length);
  return tf.tensor2d(mask, [length, length]);
}

/** Probabilities of images that queued up by context, [Bk, heads, (Bq / Bk) Tq, Tk], image by image: [Bq, heads, Tq, Tk]. */
function byImage(probabilities: tf.Tensor4D, batch: number, length: number): tf.Tensor4D {
  const [contexts, heads, queries, keys] = probabilities.shape;
  if (contexts === batch) return probabilities;
  const parts = Array.from({ length: contexts }, (_, i) => {
    const own = tf.slice(probabilities, [i, 0, 0, 0], [1, heads, queries, keys]);
    return tf.transpose(
      tf.reshape(own, [heads, batch / contexts, length, keys]),
      [1, 0, 2, 3],
    ) as tf.Tensor4D;
  });
  return tf.concat4d(parts, 0);
}

/**
 * softmax(Q K^T / sqrt(headDim)) V for every head.
 *
 * Keys and values may have a smaller batch than the queries, one that divides it: query batch entry i then sees entry
 * floor(i * Bk / Bq), so that one prompt serves several images.
 * @returns [Bq, Tq, heads * headDim]
 */
export function attention(q: Packed, k: Packed, v: Packed, options: AttentionOptions): tf.Tensor3D {
  const { heads, headDim, causal = false, onProbabilities } = options;
  const [batch, length, stride] = q.data.shape;
  const [contexts, contextLength] = k.data.shape;
  if (batch % contexts !== 0) {
    throw new Error(
      `attention: ${contexts} contexts cannot serve a batch of ${batch}: expected a divisor of it`,
    );
  }
  if (causal && (contexts !== batch || contextLength !== length)) {
    throw new Error('attention: a causal mask needs keys and queries of the same batch and length');
  }
  return tf.tidy(() => {
    // Images that share a context queue up as one longer sequence of queries: [Bk, (Bq / Bk) Tq, stride].
    const perContext = (batch / contexts) * length;
    const queries = tf.reshape(q.data, [contexts, perContext, stride]) as tf.Tensor3D;
    const shape: [number, number, number] = [batch, length, heads * headDim];
    const attrs = {
      ...{ heads, headDim, causal: causal ? 1 : 0 },
      ...{ qOffset: q.offset, kOffset: k.offset, vOffset: v.offset },
    };
    const fused = onProbabilities === undefined;
    if (fused && hasFusedKernel(ATTENTION, headDim, contextLength)) {
      const out = runFusedKernel(ATTENTION, { q: queries, k: k.data, v: v.data }, attrs);
      return tf.reshape(out, shape);
    }
    const offers = (name: string): boolean => offersKernel(name, headDim, contextLength);
    if (fused && taping() && offers(ATTENTION) && offers(ATTENTION_GRAD)) {
      // Self-attention hands over one tensor three times; reshaped, the queries' would no longer be the same.
      const shared = perContext === length ? q.data : queries;
      return tf.reshape(differentiableAttention([shared, k.data, v.data], attrs), shape);
    }
    const qHeads = splitHeads({ data: queries, offset: q.offset }, heads, headDim);
    const kHeads = splitHeads(k, heads, headDim);
    const vHeads = splitHeads(v, heads, headDim);
    // [Bk, heads, queries, keys]
    let scores = tf.mul(tf.matMul(qHeads, kHeads, false, true), 1 / Math.sqrt(headDim));
    if (causal) scores = tf.add(scores, causalMask(length));
    const probabilities = tf.softmax(scores) as tf.Tensor4D;
    onProbabilities?.(byImage(probabilities, batch, length));
    const mixed = tf.matMul(probabilities, vHeads) as tf.Tensor4D;
    return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), shape);
  }) as tf.Tensor3D;
}

/** The kernel with its gradient. Of q, k and v, some may be columns of one tensor. */
function differentiableAttention(
  parts: readonly [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D],
  attrs: Readonly<Record<string, number>>,
): tf.Tensor {
  const tensors = [...new Set(parts)];
  const [heads, headDim] = [attrs['heads'] as number, attrs['headDim'] as number];
  const offsets = [attrs['qOffset'] as number, attrs['kOffset'] as number, attrs['vOffset'] as number];
  const place = parts.map((part) => String(tensors.indexOf(part)));
  const pick = (values: Readonly<Record<string, tf.Tensor>>): Record<'q' | 'k' | 'v', tf.Tensor> => {
    const [q, k, v] = place.map((index) => values[index]) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return { q, k, v };
  };
  const inputs = Object.fromEntries(tensors.map((tensor, i) => [String(i), tensor]));
  return differentiable(
    inputs,
    Object.keys(inputs),
    (values) => runFusedKernel(ATTENTION, pick(values), attrs),
    (dy, values) => {
      const gradients = runFusedKernels(ATTENTION_GRAD, { dy, ...pick(values) }, attrs);
      return tensors.map((tensor, i) => {
        const own = gradients
          .map((gradient, part) => ({ gradient, offset: offsets[part] as number }))
          .filter((_, part) => place[part] === String(i))
          .sort((a, b) => a.offset - b.offset);
        return sideBySide(own, tensor.shape, heads * headDim);
      });
    },
  );
}

/** Gradients of columns as one of the whole tensor: zeros where no part lies. */
function sideBySide(
  parts: readonly { readonly gradient: tf.Tensor; readonly offset: number }[],
  [batch, length, stride]: tf.Tensor3D['shape'],
  width: number,
): tf.Tensor {
  const columns: tf.Tensor[] = [];
  let at = 0;
  for (const { gradient, offset } of parts) {
    if (offset < at) throw new Error('attention: queries, keys and values must not share columns');
    if (offset > at) columns.push(tf.zeros([batch, length, offset - at]));
    columns.push(gradient);
    at = offset + width;
  }
  if (at < stride) columns.push(tf.zeros([batch, length, stride - at]));
  return columns.length === 1 ? (columns[0] as tf.Tensor) : tf.concat(columns, 2);
}
