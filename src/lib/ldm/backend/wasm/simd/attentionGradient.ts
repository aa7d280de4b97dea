// Gradient of attention, one head at a time, by the loops of the convolution; and the softmax of its scores.
import {
  call,
  f32,
  f32x4,
  FunctionBuilder,
  i32,
  loop,
  memory,
  seq,
  v128,
  when,
  type Code,
} from './assembler.ts';
import { PANEL } from './convolution.ts';
import { expRoutine } from './simdMath.ts';

const MASKED = -1e30;

/** Places in the module of the functions that are called. */
export interface Callees {
  readonly pack: number;
  readonly convolution: number;
  readonly filter: number;
  readonly softmax: number;
  readonly softmaxGrad: number;
}

export const roundUp = (size: number, to: number): number => Math.ceil(size / to) * to;

/** Floats of scratch for one call. */
export function attentionGradScratch(queries: number, keys: number, headDim: number): number {
  const wide = roundUp(keys, PANEL);
  const features = roundUp(headDim, PANEL);
  return 2 * queries * wide + 2 * wide * features;
}

/**
 * (scores, rows, columns, rowBytes, causal, scale): rows of scores become their softmax, after `scale`; what is behind
 * `columns` becomes 0. rowBytes is a multiple of 16. Causal: row i has i + 1 columns.
 */
export function softmaxFunction(): FunctionBuilder {
  const f = new FunctionBuilder('softmax', ['i32', 'i32', 'i32', 'i32', 'i32', 'f32']);
  const [scores, rows, columns, rowBytes, causal, scale] = f.parameters(6);
  const [row, j, from] = f.locals('i32', 3);
  const [best, total, scaleV] = f.locals('v128', 3);
  const exp = expRoutine(f);
  const here = i32.add(scores.get, j.get);
  const vectors = (body: Code): Code => loop(j, i32.const(0), rowBytes.get, 16, body);
  const mask = loop(j, from.get, rowBytes.get, 4, f32.store(here, f32.const(MASKED)));
  f.body = seq(
    scaleV.set(f32x4.splat(scale.get)),
    loop(
      row,
      i32.const(0),
      rows.get,
      1,
      seq(
        from.set(i32.mul(columns.get, i32.const(4))),
        when(causal.get, from.set(i32.mul(i32.add(row.get, i32.const(1)), i32.const(4)))),
        vectors(v128.store(here, f32x4.mul(v128.load(here), scaleV.get))),
        mask,
        best.set(f32x4.const(MASKED)),
        vectors(best.set(f32x4.max(best.get, v128.load(here)))),
        best.set(f32x4.splat(f32x4.largest(best))),
        total.set(f32x4.const(0)),
        vectors(seq(exp.run(f32x4.sub(v128.load(here), best.get)), v128.store(here, exp.out.get))),
        loop(j, from.get, rowBytes.get, 4, f32.store(here, f32.const(0))),
        vectors(total.set(f32x4.add(total.get, v128.load(here)))),
        total.set(f32x4.splat(f32.div(f32.const(1), f32x4.sum(total)))),
        vectors(v128.store(here, f32x4.mul(v128.load(here), total.get))),
        scores.set(i32.add(scores.get, rowBytes.get)),
      ),
    ),
  );
  return f;
}

/** (p, dp, rows, rowBytes, scale): dp becomes p (dp - the row's sum of p dp) scale. rowBytes is a multiple of 16. */
export function softmaxGradFunction(): FunctionBuilder {
  const f = new FunctionBuilder('softmaxGrad', ['i32', 'i32', 'i32', 'i32', 'f32']);
  const [p, dp, rows, rowBytes, scale] = f.parameters(5);
  const [row, j] = f.locals('i32', 2);
  const [total, scaleV] = f.locals('v128', 2);
  const share = v128.load(i32.add(p.get, j.get));
  const here = i32.add(dp.get, j.get);
  const vectors = (body: Code): Code => loop(j, i32.const(0), rowBytes.get, 16, body);
  f.body = seq(
    scaleV.set(f32x4.splat(scale.get)),
    loop(
      row,
      i32.const(0),
      rows.get,
      1,
      seq(
        total.set(f32x4.const(0)),
        vectors(total.set(f32x4.add(total.get, f32x4.mul(share, v128.load(here))))),
        total.set(f32x4.splat(f32x4.sum(total))),
        vectors(
          v128.store(here, f32x4.mul(f32x4.mul(share, f32x4.sub(v128.load(here), total.get)), scaleV.get)),
        ),
        p.set(i32.add(p.get, rowBytes.get)),
        dp.set(i32.add(dp.get, rowBytes.get)),
      ),
    ),
  );
  return f;
}

/**
 * (dy, q, k, v, dq, dk, dv, scratch, batch, queries, keys, heads, headBytes, qStride, kStride, vStride, outStride, causal,
 * scale)
 *
 * Pointers are at the first feature of the first head; strides are bytes from one position to the next, outStride that
 * of dy, dq, dk and dv; headBytes = 4 headDim, a multiple of 16.
 *
 * P = softmax(scale Q K^T); dV = P^T dY; dS = scale P (dP - sum P dP) with dP = dY V^T; dQ = dS K; dK = dS^T Q.
 */
export function attentionGradFunction(callees: Callees): FunctionBuilder {
  const f = new FunctionBuilder('attentionGrad', [
    ...Array.from({ length: 18 }, () => 'i32' as const),
    'f32',
  ]);
  const [dy, q, k, v, dq, dk, dv, scratch, batch, queries, keys, heads, ...rest] = f.parameters(19);
  const [headBytes, qStride, kStride, vStride, outStride, causal, scale] = rest;
  const [b, h, j, wideBytes, wide, features, featureBytes, at, from, headOffset] = f.locals('i32', 10);
  const [p, ds, packed, sums] = f.locals('i32', 4);
  type Pointer = { readonly get: Code };
  const head = (base: Pointer): Code => i32.add(base.get, headOffset.get);
  const zero = i32.const(0);
  const one = i32.const(1);
  const up = (value: Code): Code => {
    const more = i32.add(value, i32.const(PANEL - 1));
    return i32.sub(more, i32.remU(more, i32.const(PANEL)));
  };
  const headDim = i32.divU(headBytes.get, i32.const(4));

  /** [positions, headDim] of stride to the panels of its transpose: weights that give a score for each position. */
  const packTransposed = (base: Pointer, stride: Pointer): Code =>
    call(
      callees.pack,
      head(base),
      packed.get,
      one,
      headDim,
      headDim,
      keys.get,
      zero,
      i32.const(4),
      stride.get,
    );
  /** out = rows of x times the packed weights */
  const product = (
    x: Code,
    xStride: Code,
    runBytes: Code,
    out: Code,
    outPixel: Code,
    channelBytes: Code,
  ): Code =>
    call(
      callees.convolution,
      ...[x, packed.get, zero, out, one, zero, one, zero, zero, queries.get, queries.get, xStride, one, zero],
      ...[runBytes, outPixel, channelBytes],
    );
  /** to = x^T y for x [queries, keys] and the head's columns of y, a row per key */
  const transposedProduct = (x: Pointer, y: Pointer, yStride: Pointer, to: Pointer): Code =>
    seq(
      call(
        callees.filter,
        ...[
          x.get,
          head(y),
          sums.get,
          zero,
          i32.divU(wide.get, i32.const(4)),
          wide.get,
          zero,
          one,
          zero,
          zero,
        ],
        ...[one, zero, zero, queries.get, queries.get, wideBytes.get, yStride.get],
        ...[featureBytes.get, featureBytes.get],
      ),
      at.set(head(to)),
      from.set(sums.get),
      loop(
        j,
        zero,
        keys.get,
        1,
        seq(
          memory.copy(at.get, from.get, headBytes.get),
          at.set(i32.add(at.get, outStride.get)),
          from.set(i32.add(from.get, featureBytes.get)),
        ),
      ),
    );
  const oneHead = seq(
    packTransposed(k, kStride),
    product(head(q), qStride.get, headBytes.get, p.get, wideBytes.get, wideBytes.get),
    call(callees.softmax, p.get, queries.get, keys.get, wideBytes.get, causal.get, scale.get),
    transposedProduct(p, dy, outStride, dv),
    packTransposed(v, vStride),
    product(head(dy), outStride.get, headBytes.get, ds.get, wideBytes.get, wideBytes.get),
    call(callees.softmaxGrad, p.get, ds.get, queries.get, wideBytes.get, scale.get),
    call(
      callees.pack,
      ...[head(k), packed.get, one, keys.get, wide.get, headDim, zero, kStride.get, i32.const(4)],
    ),
    product(ds.get, wideBytes.get, wideBytes.get, head(dq), outStride.get, headBytes.get),
    transposedProduct(ds, q, qStride, dk),
    headOffset.set(i32.add(headOffset.get, headBytes.get)),
  );
  const advance = (base: typeof q, positions: Pointer, stride: Pointer): Code =>
    base.set(i32.add(base.get, i32.mul(positions.get, stride.get)));
  f.body = seq(
    wide.set(up(keys.get)),
    wideBytes.set(i32.mul(wide.get, i32.const(4))),
    features.set(up(headDim)),
    featureBytes.set(i32.mul(features.get, i32.const(4))),
    p.set(scratch.get),
    ds.set(i32.add(p.get, i32.mul(queries.get, wideBytes.get))),
    packed.set(i32.add(ds.get, i32.mul(queries.get, wideBytes.get))),
    sums.set(i32.add(packed.get, i32.mul(wide.get, featureBytes.get))),
    loop(
      b,
      zero,
      batch.get,
      1,
      seq(
        headOffset.set(zero),
        loop(h, zero, heads.get, 1, oneHead),
        advance(q, queries, qStride),
        advance(dq, queries, outStride),
        advance(dy, queries, outStride),
        advance(k, keys, kStride),
        advance(v, keys, vStride),
        advance(dk, keys, outStride),
        advance(dv, keys, outStride),
      ),
    ),
  );
  return f;
}
