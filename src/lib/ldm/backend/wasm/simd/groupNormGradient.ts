// Gradient of group norm with its addend and activation.
import { f32, f32x4, FunctionBuilder, i32, loop, memory, seq, v128, when, type Code } from './assembler.ts';
import { slopeRoutine } from './gradients.ts';

/** Rows of C floats that the function needs as scratch. */
export const GROUP_NORM_GRAD_ROWS = 4;

/**
 * (dy, x, weight, bias, addend, addendStride, dx, dWeight, dBias, dAddend, scratch, images, pixels, channelBytes,
 * groupBytes, epsilon)
 *
 * dy, x and dx are [images, pixels, C]; channelBytes = 4 C, a multiple of 16; groupBytes = 4 C / groups. addend is a
 * row of C per image, addendStride bytes apart (0 repeats one row), or 0 for none. dWeight, dBias and dAddend get a row
 * of C for each image; dAddend may be 0.
 *
 * With n = (x + addend - mean) / deviation, g = dy f'(n weight + bias) and averages over a group:
 * dx = (weight g - average(weight g) - n average(weight g n)) / deviation.
 */
export function groupNormGradFunction(name: string, activation: number): FunctionBuilder {
  const f = new FunctionBuilder(name, [...Array.from({ length: 15 }, () => 'i32' as const), 'f32']);
  const [dy, x, weight, bias, addend, addendStride, dx, dWeight, dBias, dAddend, ...rest] = f.parameters(16);
  const [scratch, images, pixels, channelBytes, groupBytes, epsilon] = rest;
  const [image, pixel, c, at, dyAt, to, group, groupEnd] = f.locals('i32', 8);
  const [center, scale, gain, offset] = f.locals('i32', 4);
  const [sum, second, count] = f.locals('f32', 3);
  const [d, g, normal] = f.locals('v128', 3);
  const routine = slopeRoutine(f, activation);
  type Pointer = { readonly get: Code };
  const here = (base: Pointer): Code => i32.add(base.get, c.get);
  const channels = (body: Code): Code => loop(c, i32.const(0), channelBytes.get, 16, body);
  const everyPixel = (body: Code): Code =>
    seq(
      at.set(x.get),
      dyAt.set(dy.get),
      to.set(dx.get),
      loop(
        pixel,
        i32.const(0),
        pixels.get,
        1,
        seq(
          channels(body),
          ...[at, dyAt, to].map((pointer) => pointer.set(i32.add(pointer.get, channelBytes.get))),
        ),
      ),
    );
  /** Scalar: two loops over the channels of each group, with `between` between. */
  const everyGroup = (body: Code, between: Code, body2: Code): Code =>
    loop(
      group,
      i32.const(0),
      channelBytes.get,
      groupBytes.get,
      seq(
        groupEnd.set(i32.add(group.get, groupBytes.get)),
        sum.set(f32.const(0)),
        second.set(f32.const(0)),
        loop(c, group.get, groupEnd.get, 4, body),
        between,
        loop(c, group.get, groupEnd.get, 4, body2),
      ),
    );
  const addTo = (base: Pointer, value: Code): Code =>
    v128.store(here(base), f32x4.add(v128.load(here(base)), value));
  const increase = (total: typeof sum, value: Code): Code => total.set(f32.add(total.get, value));

  // center: what is subtracted from x, the mean less the addend
  const means = seq(
    memory.zero(gain.get, channelBytes.get),
    everyPixel(addTo(gain, v128.load(here(at)))),
    everyGroup(
      seq(
        increase(sum, f32.load(here(gain))),
        when(addend.get, increase(sum, f32.mul(f32.load(here(addend)), f32.fromI32(pixels.get)))),
      ),
      sum.set(f32.div(sum.get, count.get)),
      seq(
        f32.store(here(center), sum.get),
        when(addend.get, f32.store(here(center), f32.sub(sum.get, f32.load(here(addend))))),
      ),
    ),
  );
  // scale: 1 / deviation
  const deviations = seq(
    memory.zero(gain.get, channelBytes.get),
    everyPixel(
      seq(
        d.set(f32x4.sub(v128.load(here(at)), v128.load(here(center)))),
        addTo(gain, f32x4.mul(d.get, d.get)),
      ),
    ),
    everyGroup(
      increase(sum, f32.load(here(gain))),
      sum.set(f32.div(f32.const(1), f32.sqrt(f32.add(f32.div(sum.get, count.get), epsilon.get)))),
      f32.store(here(scale), sum.get),
    ),
  );
  const normalize = normal.set(
    f32x4.mul(f32x4.sub(v128.load(here(at)), v128.load(here(center))), v128.load(here(scale))),
  );
  // g, kept in dx; its sums are the gradients of weight and bias
  const before = f32x4.add(f32x4.mul(normal.get, v128.load(here(weight))), v128.load(here(bias)));
  const slopes = seq(
    memory.zero(dWeight.get, channelBytes.get),
    memory.zero(dBias.get, channelBytes.get),
    everyPixel(
      seq(
        normalize,
        g.set(v128.load(here(dyAt))),
        ...(routine === undefined ? [] : [routine.run(before), g.set(f32x4.mul(g.get, routine.slope.get))]),
        v128.store(here(to), g.get),
        addTo(dWeight, f32x4.mul(g.get, normal.get)),
        addTo(dBias, g.get),
      ),
    ),
  );
  // dx = scale weight g - gain - offset n: gain and offset are the averages times scale
  const averages = everyGroup(
    seq(
      increase(sum, f32.mul(f32.load(here(weight)), f32.load(here(dBias)))),
      increase(second, f32.mul(f32.load(here(weight)), f32.load(here(dWeight)))),
    ),
    seq(sum.set(f32.div(sum.get, count.get)), second.set(f32.div(second.get, count.get))),
    seq(
      f32.store(here(gain), f32.mul(sum.get, f32.load(here(scale)))),
      f32.store(here(offset), f32.mul(second.get, f32.load(here(scale)))),
    ),
  );
  const slope = f32x4.mul(f32x4.mul(v128.load(here(scale)), v128.load(here(weight))), v128.load(here(to)));
  const result = seq(
    normalize,
    d.set(f32x4.sub(slope, v128.load(here(gain)))),
    d.set(f32x4.sub(d.get, f32x4.mul(v128.load(here(offset)), normal.get))),
    v128.store(here(to), d.get),
  );
  const imageBytes = i32.mul(pixels.get, channelBytes.get);
  f.body = seq(
    center.set(scratch.get),
    scale.set(i32.add(center.get, channelBytes.get)),
    gain.set(i32.add(scale.get, channelBytes.get)),
    offset.set(i32.add(gain.get, channelBytes.get)),
    count.set(f32.mul(f32.fromI32(i32.mul(pixels.get, groupBytes.get)), f32.const(0.25))),
    loop(
      image,
      i32.const(0),
      images.get,
      1,
      seq(
        means,
        deviations,
        slopes,
        averages,
        everyPixel(result),
        when(
          dAddend.get,
          seq(
            memory.zero(dAddend.get, channelBytes.get),
            everyPixel(addTo(dAddend, v128.load(here(to)))),
            dAddend.set(i32.add(dAddend.get, channelBytes.get)),
          ),
        ),
        ...[x, dy, dx].map((pointer) => pointer.set(i32.add(pointer.get, imageBytes))),
        ...[dWeight, dBias].map((pointer) => pointer.set(i32.add(pointer.get, channelBytes.get))),
        addend.set(i32.add(addend.get, addendStride.get)),
      ),
    ),
  );
  return f;
}
