// Scaled dot-product attention, one head at a time, four queries at once.
import {
  f32,
  f32x4,
  FunctionBuilder,
  i32,
  loop,
  seq,
  v128,
  when,
  type Code,
  type Local,
  type Tuple,
} from './assembler.ts';
import { expRoutine } from './simdMath.ts';

/** Queries that share each load of a key or value. */
const QUERIES = 4;
const MASKED = -1e30;

/** Floats of scratch for `keys` keys and heads of `headDim`: K transposed, and the scores of four queries. */
export function attentionScratch(keys: number, headDim: number): number {
  return paddedKeys(keys) * (headDim + QUERIES);
}

/** Keys come eight at a time. */
export const paddedKeys = (keys: number): number => Math.ceil(keys / 8) * 8;

/**
 * (q, k, v, out, scratch, batch, queries, keys, heads, headBytes, qStride, kStride, vStride, outStride, padded, causal, scale)
 *
 * q, k, v point at the first feature of the first head; strides are bytes from one position to the next; headBytes =
 * 4 headDim, a multiple of 16; padded = 4 paddedKeys(keys), bytes of one row of scratch.
 */
export function attentionFunction(): FunctionBuilder {
  const f = new FunctionBuilder('attention', [...Array.from({ length: 16 }, () => 'i32' as const), 'f32']);
  const [q, k, v, out, scratch, batch, queries, keys, heads, headBytes, ...rest] = f.parameters(17);
  const [qStride, kStride, vStride, outStride, padded, causal, scale] = rest;
  const [b, h, i, j, d, at, to, row, scores, keyBytes, last] = f.locals('i32', 11);
  const [headQ, headK, headV, headOut] = f.locals('i32', 4);
  const [queryAt, outAt, scoreAt] = [f.locals('i32', 4), f.locals('i32', 4), f.locals('i32', 4)];
  const [low, high, inverse] = [f.locals('v128', 4), f.locals('v128', 4), f.locals('v128', 4)];
  const [x, y, scaleV, best, total] = f.locals('v128', 5);
  const exp = expRoutine(f);
  const each = (make: (index: number) => Code): Code => seq(make(0), make(1), make(2), make(3));
  const of = (list: Tuple<Local, 4>, index: number): Local => list[index] as Local;

  // K of this head, transposed: [headDim, padded keys], zero behind the last key.
  const transpose = seq(
    loop(at, scratch.get, scores.get, 16, v128.store(at.get, f32x4.const(0))),
    to.set(scratch.get),
    at.set(headK.get),
    loop(
      j,
      i32.const(0),
      keys.get,
      1,
      seq(
        row.set(to.get),
        loop(
          d,
          i32.const(0),
          headBytes.get,
          4,
          seq(f32.store(row.get, f32.load(i32.add(at.get, d.get))), row.set(i32.add(row.get, padded.get))),
        ),
        to.set(i32.add(to.get, i32.const(4))),
        at.set(i32.add(at.get, kStride.get)),
      ),
    ),
  );

  // Positions of the four queries; behind the last one the last one again.
  const clampedRow = (index: number): Code =>
    i32.select(
      i32.add(i.get, i32.const(index)),
      last.get,
      i32.ltU(i32.add(i.get, i32.const(index)), last.get),
    );
  const positions = each((index) =>
    seq(
      row.set(clampedRow(index)),
      of(queryAt, index).set(i32.add(headQ.get, i32.mul(row.get, qStride.get))),
      of(outAt, index).set(i32.add(headOut.get, i32.mul(row.get, outStride.get))),
    ),
  );

  // Scores of four queries against eight keys at a time.
  const products = loop(
    j,
    i32.const(0),
    padded.get,
    32,
    seq(
      each((index) => seq(of(low, index).set(f32x4.const(0)), of(high, index).set(f32x4.const(0)))),
      at.set(i32.add(scratch.get, j.get)),
      loop(
        d,
        i32.const(0),
        headBytes.get,
        4,
        seq(
          x.set(v128.load(at.get)),
          y.set(v128.load(at.get, 16)),
          each((index) =>
            seq(
              best.set(v128.loadSplat(i32.add(of(queryAt, index).get, d.get))),
              of(low, index).set(f32x4.add(of(low, index).get, f32x4.mul(best.get, x.get))),
              of(high, index).set(f32x4.add(of(high, index).get, f32x4.mul(best.get, y.get))),
            ),
          ),
          at.set(i32.add(at.get, padded.get)),
        ),
      ),
      each((index) =>
        seq(
          to.set(i32.add(of(scoreAt, index).get, j.get)),
          v128.store(to.get, f32x4.mul(of(low, index).get, scaleV.get)),
          v128.store(to.get, f32x4.mul(of(high, index).get, scaleV.get), 16),
        ),
      ),
    ),
  );

  const softmax = (index: number): Code => {
    const base = of(scoreAt, index);
    const here = i32.add(base.get, j.get);
    const mask = f32.store(here, f32.const(MASKED));
    return seq(
      loop(j, keyBytes.get, padded.get, 4, mask),
      when(
        causal.get,
        loop(j, i32.mul(i32.add(clampedRow(index), i32.const(1)), i32.const(4)), keyBytes.get, 4, mask),
      ),
      best.set(f32x4.const(MASKED)),
      loop(j, i32.const(0), padded.get, 16, best.set(f32x4.max(best.get, v128.load(here)))),
      best.set(f32x4.splat(f32x4.largest(best))),
      total.set(f32x4.const(0)),
      loop(
        j,
        i32.const(0),
        padded.get,
        16,
        seq(
          exp.run(f32x4.sub(v128.load(here), best.get)),
          v128.store(here, exp.out.get),
          total.set(f32x4.add(total.get, exp.out.get)),
        ),
      ),
      of(inverse, index).set(f32x4.splat(f32.div(f32.const(1), f32x4.sum(total)))),
    );
  };

  // Weighted sums of the values, four features at a time.
  const mix = loop(
    d,
    i32.const(0),
    headBytes.get,
    16,
    seq(
      each((index) => of(low, index).set(f32x4.const(0))),
      at.set(i32.add(headV.get, d.get)),
      loop(
        j,
        i32.const(0),
        keyBytes.get,
        4,
        seq(
          x.set(v128.load(at.get)),
          each((index) =>
            of(low, index).set(
              f32x4.add(
                of(low, index).get,
                f32x4.mul(v128.loadSplat(i32.add(of(scoreAt, index).get, j.get)), x.get),
              ),
            ),
          ),
          at.set(i32.add(at.get, vStride.get)),
        ),
      ),
      each((index) =>
        v128.store(
          i32.add(of(outAt, index).get, d.get),
          f32x4.mul(of(low, index).get, of(inverse, index).get),
        ),
      ),
    ),
  );

  const head = seq(
    transpose,
    loop(i, i32.const(0), queries.get, QUERIES, seq(positions, products, each(softmax), mix)),
    ...[headQ, headK, headV, headOut].map((pointer) => pointer.set(i32.add(pointer.get, headBytes.get))),
  );
  f.body = seq(
    scaleV.set(f32x4.splat(scale.get)),
    keyBytes.set(i32.mul(keys.get, i32.const(4))),
    last.set(i32.sub(queries.get, i32.const(1))),
    // headDim rows of padded keys, then the scores
    scores.set(i32.add(scratch.get, i32.mul(padded.get, i32.divU(headBytes.get, i32.const(4))))),
    each((index) => of(scoreAt, index).set(i32.add(scores.get, i32.mul(padded.get, i32.const(index))))),
    loop(
      b,
      i32.const(0),
      batch.get,
      1,
      seq(
        headQ.set(q.get),
        headK.set(k.get),
        headV.set(v.get),
        headOut.set(out.get),
        loop(h, i32.const(0), heads.get, 1, head),
        q.set(i32.add(q.get, i32.mul(queries.get, qStride.get))),
        k.set(i32.add(k.get, i32.mul(keys.get, kStride.get))),
        v.set(i32.add(v.get, i32.mul(keys.get, vStride.get))),
        out.set(i32.add(out.get, i32.mul(queries.get, outStride.get))),
      ),
    ),
  );
  return f;
}
