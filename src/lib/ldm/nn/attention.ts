// Scaled dot-product attention with several heads (Vaswani et al. 2017, eq. 1).
import * as tf from '@tensorflow/tfjs-core';
import { ATTENTION, hasFusedKernel, runFusedKernel } from './kernels.ts';

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

/**
 * softmax(Q K^T / sqrt(headDim)) V for every head.
 *
 * Keys and values may have a smaller batch than the queries, one that divides it: query batch entry i then sees entry
 * floor(i * Bk / Bq), so that one prompt serves several images.
 * @returns [Bq, Tq, heads * headDim]
 */
export function attention(q: Packed, k: Packed, v: Packed, options: AttentionOptions): tf.Tensor3D {
  const { heads, headDim, causal = false } = options;
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
    if (hasFusedKernel(ATTENTION, headDim, contextLength)) {
      const out = runFusedKernel(
        ATTENTION,
        { q: queries, k: k.data, v: v.data },
        { heads, headDim, causal: causal ? 1 : 0, qOffset: q.offset, kOffset: k.offset, vOffset: v.offset },
      );
      return tf.reshape(out, shape);
    }
    const qHeads = splitHeads({ data: queries, offset: q.offset }, heads, headDim);
    const kHeads = splitHeads(k, heads, headDim);
    const vHeads = splitHeads(v, heads, headDim);
    // [Bk, heads, queries, keys]
    let scores = tf.mul(tf.matMul(qHeads, kHeads, false, true), 1 / Math.sqrt(headDim));
    if (causal) scores = tf.add(scores, causalMask(length));
    const mixed = tf.matMul(tf.softmax(scores), vHeads) as tf.Tensor4D;
    return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), shape);
  }) as tf.Tensor3D;
}
