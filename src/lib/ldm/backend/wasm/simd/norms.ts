// Group norm (with addend and activation) and layer norm.
import { f32, f32x4, FunctionBuilder, i32, loop, seq, v128, when, type Code } from './assembler.ts';
import { activationRoutine } from './elementwise.ts';

/**
 * (x, weight, bias, addend, addendStride, out, scratch, images, pixels, channelBytes, groupBytes, epsilon)
 *
 * x and out are [images, pixels, C]; channelBytes = 4 C, a multiple of 16; groupBytes = 4 C / groups. addend is a row
 * of C per image, addendStride bytes apart (0 repeats one row), or 0 for none. scratch holds 2 C floats.
 *
 * Three passes over each image: sums, squares about the mean, result. Two passes would lose digits where the mean is
 * large.
 */
export function groupNormFunction(name: string, activation: number): FunctionBuilder {
  const f = new FunctionBuilder(name, [...Array.from({ length: 11 }, () => 'i32' as const), 'f32']);
  const [x, weight, bias, addend, addendStride, out, ...rest] = f.parameters(12);
  const [scratch, images, pixels, channelBytes, groupBytes, epsilon] = rest;
  const [image, pixel, c, at, to, second, group, groupEnd] = f.locals('i32', 8);
  const [sum, scale, count] = f.locals('f32', 3);
  const d = f.local('v128');
  const routine = activationRoutine(f, activation);
  // The scratch: the first C floats collect sums, the second C hold what is subtracted.
  const first = scratch;
  const channels = (body: Code): Code => loop(c, i32.const(0), channelBytes.get, 16, body);
  const everyPixel = (body: Code): Code =>
    seq(
      at.set(x.get),
      loop(
        pixel,
        i32.const(0),
        pixels.get,
        1,
        seq(channels(body), at.set(i32.add(at.get, channelBytes.get))),
      ),
    );
  const firstAt = i32.add(first.get, c.get);
  const secondAt = i32.add(second.get, c.get);
  /** Scalar: `body` for every channel of every group, between `before` and `after` of the group. */
  const everyGroup = (before: Code, body: Code, after: Code, body2: Code): Code =>
    loop(
      group,
      i32.const(0),
      channelBytes.get,
      groupBytes.get,
      seq(
        groupEnd.set(i32.add(group.get, groupBytes.get)),
        before,
        loop(c, group.get, groupEnd.get, 4, body),
        after,
        loop(c, group.get, groupEnd.get, 4, body2),
      ),
    );
  const addUp = sum.set(f32.add(sum.get, f32.load(firstAt)));

  const sums = seq(
    channels(v128.store(firstAt, f32x4.const(0))),
    everyPixel(v128.store(firstAt, f32x4.add(v128.load(firstAt), v128.load(i32.add(at.get, c.get))))),
    // mean of x + addend; what is subtracted from x is the mean less the addend
    everyGroup(
      sum.set(f32.const(0)),
      seq(
        addUp,
        when(
          addend.get,
          sum.set(f32.add(sum.get, f32.mul(f32.load(i32.add(addend.get, c.get)), f32.fromI32(pixels.get)))),
        ),
      ),
      sum.set(f32.div(sum.get, count.get)),
      seq(
        f32.store(secondAt, sum.get),
        when(addend.get, f32.store(secondAt, f32.sub(sum.get, f32.load(i32.add(addend.get, c.get))))),
      ),
    ),
  );
  const squares = seq(
    channels(v128.store(firstAt, f32x4.const(0))),
    everyPixel(
      seq(
        d.set(f32x4.sub(v128.load(i32.add(at.get, c.get)), v128.load(secondAt))),
        v128.store(firstAt, f32x4.add(v128.load(firstAt), f32x4.mul(d.get, d.get))),
      ),
    ),
    // first: weight / deviation; second: bias - subtrahend * that
    everyGroup(
      sum.set(f32.const(0)),
      addUp,
      scale.set(f32.div(f32.const(1), f32.sqrt(f32.add(f32.div(sum.get, count.get), epsilon.get)))),
      seq(
        f32.store(firstAt, f32.mul(f32.load(i32.add(weight.get, c.get)), scale.get)),
        f32.store(
          secondAt,
          f32.sub(f32.load(i32.add(bias.get, c.get)), f32.mul(f32.load(secondAt), f32.load(firstAt))),
        ),
      ),
    ),
  );
  const affine = f32x4.add(
    f32x4.mul(v128.load(i32.add(at.get, c.get)), v128.load(firstAt)),
    v128.load(secondAt),
  );
  const store = (value: Code): Code => v128.store(i32.add(to.get, c.get), value);
  const result = seq(
    at.set(x.get),
    to.set(out.get),
    loop(
      pixel,
      i32.const(0),
      pixels.get,
      1,
      seq(
        channels(routine === undefined ? store(affine) : seq(routine.run(affine), store(routine.out.get))),
        at.set(i32.add(at.get, channelBytes.get)),
        to.set(i32.add(to.get, channelBytes.get)),
      ),
    ),
  );
  const imageBytes = i32.mul(pixels.get, channelBytes.get);
  f.body = seq(
    second.set(i32.add(scratch.get, channelBytes.get)),
    // numbers per group: pixels * groupBytes / 4
    count.set(f32.mul(f32.fromI32(i32.mul(pixels.get, groupBytes.get)), f32.const(0.25))),
    loop(
      image,
      i32.const(0),
      images.get,
      1,
      seq(
        sums,
        squares,
        result,
        x.set(i32.add(x.get, imageBytes)),
        out.set(i32.add(out.get, imageBytes)),
        addend.set(i32.add(addend.get, addendStride.get)),
      ),
    ),
  );
  return f;
}

/** (x, weight, bias, out, rows, rowBytes, epsilon): [rows, C], rowBytes = 4 C, a multiple of 16. */
export function layerNormFunction(): FunctionBuilder {
  const f = new FunctionBuilder('layerNorm', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'f32']);
  const [x, weight, bias, out, rows, rowBytes, epsilon] = f.parameters(7);
  const [row, c] = f.locals('i32', 2);
  const [sum, mean, d, scale] = f.locals('v128', 4);
  const count = f.local('f32');
  const columns = (body: Code): Code => loop(c, i32.const(0), rowBytes.get, 16, body);
  const value = v128.load(i32.add(x.get, c.get));
  const centered = d.set(f32x4.sub(value, mean.get));
  const result = f32x4.add(
    f32x4.mul(f32x4.mul(d.get, scale.get), v128.load(i32.add(weight.get, c.get))),
    v128.load(i32.add(bias.get, c.get)),
  );
  f.body = seq(
    count.set(f32.mul(f32.fromI32(rowBytes.get), f32.const(0.25))),
    loop(
      row,
      i32.const(0),
      rows.get,
      1,
      seq(
        sum.set(f32x4.const(0)),
        columns(sum.set(f32x4.add(sum.get, value))),
        mean.set(f32x4.splat(f32.div(f32x4.sum(sum), count.get))),
        sum.set(f32x4.const(0)),
        columns(seq(centered, sum.set(f32x4.add(sum.get, f32x4.mul(d.get, d.get))))),
        scale.set(
          f32x4.splat(
            f32.div(f32.const(1), f32.sqrt(f32.add(f32.div(f32x4.sum(sum), count.get), epsilon.get))),
          ),
        ),
        columns(seq(centered, v128.store(i32.add(out.get, c.get), result))),
        x.set(i32.add(x.get, rowBytes.get)),
        out.set(i32.add(out.get, rowBytes.get)),
      ),
    ),
  );
  return f;
}
