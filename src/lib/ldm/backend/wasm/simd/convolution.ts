// Convolution and matrix product as one loop: NHWC, the windows of neighbouring pixels read in place, four pixels by
// eight channels in registers. And the gradient of the filter, the same with the sums over pixels.
import {
  choose,
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
  type Local,
} from './assembler.ts';
import type { MultiplyAdd } from './multiplyAdd.ts';

/** Pixels that share each load of the weights; rows of the filter's gradient that share each load of dy. */
const ROWS = 4;
/** Output channels of a panel of packed weights: two vectors. */
export const PANEL = 8;

const numbers = (count: number): 'i32'[] => Array.from({ length: count }, () => 'i32');
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const pick = (list: readonly Local[], index: number): Local => list[index] as Local;

/**
 * (from, to, images, height, width, fromPixelBytes, toImageBytes, toRowBytes, toPixelBytes, toOffset)
 *
 * Copies [images, height, width, C] into a larger image of zeros, C * 4 = fromPixelBytes: row h, pixel w goes to
 * toOffset + h * toRowBytes + w * toPixelBytes.
 */
export function padFunction(): FunctionBuilder {
  const f = new FunctionBuilder('pad', numbers(10));
  const [from, to, images, height, width, fromPixel, toImage, toRow, toPixel, offset] = f.parameters(10);
  const [image, y, x, c, at, row] = f.locals('i32', 6);
  const rowBytes = i32.mul(width.get, fromPixel.get);
  const pixels = loop(
    x,
    i32.const(0),
    width.get,
    1,
    seq(
      loop(
        c,
        i32.const(0),
        fromPixel.get,
        4,
        f32.store(i32.add(at.get, c.get), f32.load(i32.add(from.get, c.get))),
      ),
      at.set(i32.add(at.get, toPixel.get)),
      from.set(i32.add(from.get, fromPixel.get)),
    ),
  );
  const whole = seq(memory.copy(at.get, from.get, rowBytes), from.set(i32.add(from.get, rowBytes)));
  f.body = loop(
    image,
    i32.const(0),
    images.get,
    1,
    seq(
      memory.zero(to.get, toImage.get),
      row.set(i32.add(to.get, offset.get)),
      loop(
        y,
        i32.const(0),
        height.get,
        1,
        seq(
          at.set(row.get),
          choose(i32.sub(fromPixel.get, toPixel.get), pixels, whole),
          row.set(i32.add(row.get, toRow.get)),
        ),
      ),
      to.set(i32.add(to.get, toImage.get)),
    ),
  );
  return f;
}

/**
 * (from, to, taps, inner, innerPadded, outer, tapStride, innerStride, outerStride)
 *
 * Packs weights into panels: to[panel][tap][inner][8] = from[tap * tapStride + inner * innerStride + (8 panel + j) *
 * outerStride], zero behind the last `inner` and `outer`. Strides are bytes and may be negative.
 */
export function packFunction(): FunctionBuilder {
  const f = new FunctionBuilder('pack', numbers(9));
  const [from, to, taps, inner, innerPadded, outer, tapStride, innerStride, outerStride] = f.parameters(9);
  const [panel, tap, k, j, tapAt, kAt, at] = f.locals('i32', 7);
  const group = seq(
    at.set(kAt.get),
    loop(
      j,
      panel.get,
      i32.add(panel.get, i32.const(PANEL)),
      1,
      seq(
        choose(
          i32.ltU(j.get, outer.get),
          f32.store(to.get, f32.load(at.get)),
          f32.store(to.get, f32.const(0)),
        ),
        at.set(i32.add(at.get, outerStride.get)),
        to.set(i32.add(to.get, i32.const(4))),
      ),
    ),
  );
  const zeros = seq(
    v128.store(to.get, f32x4.const(0)),
    v128.store(to.get, f32x4.const(0), 16),
    to.set(i32.add(to.get, i32.const(4 * PANEL))),
  );
  f.body = loop(
    panel,
    i32.const(0),
    outer.get,
    PANEL,
    seq(
      tapAt.set(i32.add(from.get, i32.mul(panel.get, outerStride.get))),
      loop(
        tap,
        i32.const(0),
        taps.get,
        1,
        seq(
          kAt.set(tapAt.get),
          loop(k, i32.const(0), inner.get, 1, seq(group, kAt.set(i32.add(kAt.get, innerStride.get)))),
          loop(k, inner.get, innerPadded.get, 1, zeros),
          tapAt.set(i32.add(tapAt.get, tapStride.get)),
        ),
      ),
    ),
  );
  return f;
}

/**
 * (x, w, bias, out, units, first, unitsPerImage, imageBytes, unitBytes, width, total, pixelBytes, taps, tapBytes,
 * runBytes, outPixelBytes, channelBytes)
 *
 * A unit is a row of `width` output pixels (fewer in the last if `total`, the pixels from the unit `first` on, ends in
 * it). Pixel i of unit u sees, for each of `taps` rows of the window, runBytes (a multiple of 16) of x from
 * (u / unitsPerImage) * imageBytes + (u % unitsPerImage) * unitBytes + i * pixelBytes + tap * tapBytes.
 * w is packed by `pack`; bias has a multiple of 8 floats, or is 0; out points at the first pixel of unit `first`.
 */
export function convolutionFunction(madd: MultiplyAdd): FunctionBuilder {
  const f = new FunctionBuilder('convolution', numbers(17));
  const [x, w, bias, out, units, first, unitsPerImage, imageBytes, ...rest] = f.parameters(17);
  const [unitBytes, width, total, pixelBytes, taps, tapBytes, runBytes, outPixelBytes, channelBytes] = rest;
  const [unit, c, i, tap, k, panel, wAt, unitAt, unitOut, count, last, at, row, end] = f.locals('i32', 14);
  const pixelAt = range(ROWS).map(() => f.local('i32'));
  const outAt = range(ROWS).map(() => f.local('i32'));
  const sums = range(2 * ROWS).map(() => f.local('v128'));
  const [low, high, splat] = f.locals('v128', 3);
  const each = (make: (index: number) => Code): Code => seq(...range(ROWS).map(make));

  const positions = each((index) =>
    seq(
      row.set(i32.add(i.get, i32.const(index))),
      row.set(i32.select(row.get, last.get, i32.ltU(row.get, last.get))),
      pick(pixelAt, index).set(i32.add(unitAt.get, i32.mul(row.get, pixelBytes.get))),
      pick(outAt, index).set(i32.add(i32.add(unitOut.get, i32.mul(row.get, outPixelBytes.get)), c.get)),
    ),
  );
  const step = (lane: number): Code =>
    seq(
      low.set(v128.load(wAt.get, 32 * lane)),
      high.set(v128.load(wAt.get, 32 * lane + 16)),
      each((index) =>
        seq(
          splat.set(v128.loadSplat(i32.add(pick(pixelAt, index).get, k.get), 4 * lane)),
          pick(sums, 2 * index).set(madd(splat.get, low.get, pick(sums, 2 * index).get)),
          pick(sums, 2 * index + 1).set(madd(splat.get, high.get, pick(sums, 2 * index + 1).get)),
        ),
      ),
    );
  const window = seq(
    wAt.set(panel.get),
    loop(
      tap,
      i32.const(0),
      taps.get,
      1,
      seq(
        loop(
          k,
          i32.const(0),
          runBytes.get,
          16,
          seq(step(0), step(1), step(2), step(3), wAt.set(i32.add(wAt.get, i32.const(128)))),
        ),
        each((index) => pick(pixelAt, index).set(i32.add(pick(pixelAt, index).get, tapBytes.get))),
      ),
    ),
  );
  const start = choose(
    bias.get,
    seq(
      low.set(v128.load(i32.add(bias.get, c.get))),
      high.set(v128.load(i32.add(bias.get, c.get), 16)),
      each((index) => seq(pick(sums, 2 * index).set(low.get), pick(sums, 2 * index + 1).set(high.get))),
    ),
    seq(...sums.map((sum) => sum.set(f32x4.const(0)))),
  );
  /** Stores the first channels of a panel that is cut off. */
  const storePart = (index: number): Code => {
    const lanes = range(PANEL - 1).map((lane) =>
      when(
        i32.gtU(end.get, i32.const(4 * lane)),
        f32.store(
          pick(outAt, index).get,
          f32x4.lane(pick(sums, 2 * index + (lane < 4 ? 0 : 1)).get, lane % 4),
          4 * lane,
        ),
      ),
    );
    return seq(...lanes);
  };
  const store = choose(
    i32.ltU(end.get, i32.const(4 * PANEL)),
    each(storePart),
    each((index) =>
      seq(
        v128.store(pick(outAt, index).get, pick(sums, 2 * index).get),
        v128.store(pick(outAt, index).get, pick(sums, 2 * index + 1).get, 16),
      ),
    ),
  );
  f.body = loop(
    unit,
    first.get,
    i32.add(first.get, units.get),
    1,
    seq(
      unitAt.set(
        i32.add(
          x.get,
          i32.add(
            i32.mul(i32.divU(unit.get, unitsPerImage.get), imageBytes.get),
            i32.mul(i32.remU(unit.get, unitsPerImage.get), unitBytes.get),
          ),
        ),
      ),
      at.set(i32.mul(i32.sub(unit.get, first.get), width.get)),
      unitOut.set(i32.add(out.get, i32.mul(at.get, outPixelBytes.get))),
      count.set(i32.sub(total.get, at.get)),
      count.set(i32.select(count.get, width.get, i32.ltU(count.get, width.get))),
      last.set(i32.sub(count.get, i32.const(1))),
      panel.set(w.get),
      loop(
        c,
        i32.const(0),
        channelBytes.get,
        4 * PANEL,
        seq(
          end.set(i32.sub(channelBytes.get, c.get)),
          loop(i, i32.const(0), count.get, ROWS, seq(positions, start, window, store)),
          panel.set(i32.add(panel.get, i32.mul(i32.mul(taps.get, runBytes.get), i32.const(PANEL)))),
        ),
      ),
    ),
  );
  return f;
}

/**
 * (x, dy, out, first, count, tilesPerTap, tapBytes, images, xImageBytes, dyImageBytes, rows, xRowBytes, dyRowBytes,
 * width, total, xPixelBytes, dyPixelBytes, outRowBytes, channelBytes)
 *
 * out[k][c] = sum over pixels of window k of x times channel c of dy. Tile t is the four k from 16 (t % tilesPerTap)
 * bytes of the tap t / tilesPerTap on; this call makes `count` of them. channelBytes is a multiple of 32, as is the
 * room of a row of out; what dy has behind its channels only reaches columns behind them. An image has `rows` rows of
 * `width` pixels, fewer in the last if `total`, the pixels of all, ends in it.
 */
export function filterFunction(madd: MultiplyAdd): FunctionBuilder {
  const f = new FunctionBuilder('filter', numbers(19));
  const [x, dy, out, first, count, tilesPerTap, tapBytes, images, xImage, dyImage, ...rest] =
    f.parameters(19);
  const [rows, xRow, dyRow, width, total, xPixel, dyPixel, outRow, channelBytes] = rest;
  const [image, tile, c, y, i, xAt, dyAt, xLine, dyLine, to, left, pixels] = f.locals('i32', 12);
  const sums = range(2 * ROWS).map(() => f.local('v128'));
  const [low, high, splat] = f.locals('v128', 3);
  const each = (make: (index: number) => Code): Code => seq(...range(ROWS).map(make));
  const rowAt = (index: number): Code =>
    index === 0 ? to.get : i32.add(to.get, i32.mul(outRow.get, i32.const(index)));

  const start = choose(
    image.get,
    each((index) =>
      seq(
        pick(sums, 2 * index).set(v128.load(rowAt(index))),
        pick(sums, 2 * index + 1).set(v128.load(rowAt(index), 16)),
      ),
    ),
    seq(...sums.map((sum) => sum.set(f32x4.const(0)))),
  );
  const store = each((index) =>
    seq(
      v128.store(rowAt(index), pick(sums, 2 * index).get),
      v128.store(rowAt(index), pick(sums, 2 * index + 1).get, 16),
    ),
  );
  const line = loop(
    i,
    i32.const(0),
    pixels.get,
    1,
    seq(
      low.set(v128.load(dyAt.get)),
      high.set(v128.load(dyAt.get, 16)),
      each((index) =>
        seq(
          splat.set(v128.loadSplat(xAt.get, 4 * index)),
          pick(sums, 2 * index).set(madd(splat.get, low.get, pick(sums, 2 * index).get)),
          pick(sums, 2 * index + 1).set(madd(splat.get, high.get, pick(sums, 2 * index + 1).get)),
        ),
      ),
      xAt.set(i32.add(xAt.get, xPixel.get)),
      dyAt.set(i32.add(dyAt.get, dyPixel.get)),
    ),
  );
  const tileBody = seq(
    start,
    dyLine.set(i32.add(dy.get, c.get)),
    xLine.set(
      i32.add(
        x.get,
        i32.add(
          i32.mul(i32.divU(tile.get, tilesPerTap.get), tapBytes.get),
          i32.mul(i32.remU(tile.get, tilesPerTap.get), i32.const(16)),
        ),
      ),
    ),
    loop(
      y,
      i32.const(0),
      rows.get,
      1,
      seq(
        xAt.set(xLine.get),
        dyAt.set(dyLine.get),
        line,
        xLine.set(i32.add(xLine.get, xRow.get)),
        dyLine.set(i32.add(dyLine.get, dyRow.get)),
      ),
    ),
    store,
  );
  f.body = seq(
    left.set(total.get),
    loop(
      image,
      i32.const(0),
      images.get,
      1,
      seq(
        pixels.set(i32.select(left.get, width.get, i32.ltU(left.get, width.get))),
        loop(
          tile,
          first.get,
          i32.add(first.get, count.get),
          1,
          loop(
            c,
            i32.const(0),
            channelBytes.get,
            4 * PANEL,
            seq(
              to.set(
                i32.add(i32.add(out.get, c.get), i32.mul(i32.mul(tile.get, outRow.get), i32.const(ROWS))),
              ),
              tileBody,
            ),
          ),
        ),
        x.set(i32.add(x.get, xImage.get)),
        dy.set(i32.add(dy.get, dyImage.get)),
        left.set(i32.sub(left.get, i32.mul(rows.get, width.get))),
      ),
    ),
  );
  return f;
}
