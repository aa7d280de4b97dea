// Gradients of the elementwise kernels and of layer norm, sums over rows, and the updates of weights.
import { ACTIVATION_CODES } from '../../../nn/kernels.ts';
import { f32, f32x4, FunctionBuilder, i32, loop, memory, seq, v128, type Code } from './assembler.ts';
import { geluSlopeRoutine, sigmoidLinearSlopeRoutine, type SlopeRoutine } from './simdMath.ts';

/** The routine of an activation code; undefined for none. */
export function slopeRoutine(f: FunctionBuilder, code: number): SlopeRoutine | undefined {
  if (code === ACTIVATION_CODES.silu) return sigmoidLinearSlopeRoutine(f, 1);
  if (code === ACTIVATION_CODES.quickGelu) return sigmoidLinearSlopeRoutine(f, 1.702);
  return code === ACTIVATION_CODES.gelu ? geluSlopeRoutine(f) : undefined;
}

/** (dy, x, dx, bytes): bytes is a multiple of 16. */
export function activationGradFunction(name: string, code: number): FunctionBuilder {
  const f = new FunctionBuilder(name, ['i32', 'i32', 'i32', 'i32']);
  const [dy, x, dx, bytes] = f.parameters(4);
  const i = f.local('i32');
  const routine = slopeRoutine(f, code);
  if (routine === undefined) throw new Error(`no activation has the code ${code}`);
  const product = f32x4.mul(v128.load(i32.add(dy.get, i.get)), routine.slope.get);
  f.body = loop(
    i,
    i32.const(0),
    bytes.get,
    16,
    seq(routine.run(v128.load(i32.add(x.get, i.get))), v128.store(i32.add(dx.get, i.get), product)),
  );
  return f;
}

/** (dy, x, dx, rows, rowBytes): x and dx are [rows, 2 C], dy [rows, C]; rowBytes = 4 C, a multiple of 16. */
export function gegluGradFunction(): FunctionBuilder {
  const f = new FunctionBuilder('gegluGrad', ['i32', 'i32', 'i32', 'i32', 'i32']);
  const [dy, x, dx, rows, rowBytes] = f.parameters(5);
  const [row, i, at, to] = f.locals('i32', 4);
  const d = f.local('v128');
  const gelu = geluSlopeRoutine(f);
  const columns = loop(
    i,
    i32.const(0),
    rowBytes.get,
    16,
    seq(
      at.set(i32.add(x.get, i.get)),
      to.set(i32.add(dx.get, i.get)),
      d.set(v128.load(i32.add(dy.get, i.get))),
      gelu.run(v128.load(i32.add(at.get, rowBytes.get))),
      v128.store(to.get, f32x4.mul(d.get, gelu.out.get)),
      v128.store(
        i32.add(to.get, rowBytes.get),
        f32x4.mul(f32x4.mul(d.get, v128.load(at.get)), gelu.slope.get),
      ),
    ),
  );
  const twice = i32.add(rowBytes.get, rowBytes.get);
  f.body = loop(
    row,
    i32.const(0),
    rows.get,
    1,
    seq(
      columns,
      x.set(i32.add(x.get, twice)),
      dx.set(i32.add(dx.get, twice)),
      dy.set(i32.add(dy.get, rowBytes.get)),
    ),
  );
  return f;
}

/** (x, out, rows, rowBytes): out[c] = the sum over rows. Any number of columns. */
export function columnSumFunction(): FunctionBuilder {
  const f = new FunctionBuilder('columnSum', ['i32', 'i32', 'i32', 'i32']);
  const [x, out, rows, rowBytes] = f.parameters(4);
  const [row, c, whole] = f.locals('i32', 3);
  const from = i32.add(x.get, c.get);
  const to = i32.add(out.get, c.get);
  f.body = seq(
    memory.zero(out.get, rowBytes.get),
    whole.set(i32.sub(rowBytes.get, i32.remU(rowBytes.get, i32.const(16)))),
    loop(
      row,
      i32.const(0),
      rows.get,
      1,
      seq(
        loop(c, i32.const(0), whole.get, 16, v128.store(to, f32x4.add(v128.load(to), v128.load(from)))),
        loop(c, whole.get, rowBytes.get, 4, f32.store(to, f32.add(f32.load(to), f32.load(from)))),
        x.set(i32.add(x.get, rowBytes.get)),
      ),
    ),
  );
  return f;
}

/**
 * (dy, x, weight, dx, dWeight, dBias, rows, rowBytes, epsilon): [rows, C], rowBytes = 4 C, a multiple of 16; dWeight and
 * dBias get the sums over these rows.
 */
export function layerNormGradFunction(): FunctionBuilder {
  const f = new FunctionBuilder('layerNormGrad', [...Array.from({ length: 8 }, () => 'i32' as const), 'f32']);
  const [dy, x, weight, dx, dWeight, dBias, rows, rowBytes, epsilon] = f.parameters(9);
  const [row, c] = f.locals('i32', 2);
  const [sum, mean, d, scale, normal, first, second] = f.locals('v128', 7);
  const count = f.local('f32');
  const columns = (body: Code): Code => loop(c, i32.const(0), rowBytes.get, 16, body);
  const at = (base: { readonly get: Code }): Code => i32.add(base.get, c.get);
  const average = (total: typeof sum): Code => f32x4.splat(f32.div(f32x4.sum(total), count.get));
  const addTo = (base: typeof dx, value: Code): Code =>
    v128.store(at(base), f32x4.add(v128.load(at(base)), value));
  const normalize = normal.set(f32x4.mul(f32x4.sub(v128.load(at(x)), mean.get), scale.get));
  // g w, the gradient by the normalised x
  const weighted = f32x4.mul(v128.load(at(dy)), v128.load(at(weight)));
  f.body = seq(
    count.set(f32.mul(f32.fromI32(rowBytes.get), f32.const(0.25))),
    memory.zero(dWeight.get, rowBytes.get),
    memory.zero(dBias.get, rowBytes.get),
    loop(
      row,
      i32.const(0),
      rows.get,
      1,
      seq(
        sum.set(f32x4.const(0)),
        columns(sum.set(f32x4.add(sum.get, v128.load(at(x))))),
        mean.set(average(sum)),
        sum.set(f32x4.const(0)),
        columns(
          seq(
            d.set(f32x4.sub(v128.load(at(x)), mean.get)),
            sum.set(f32x4.add(sum.get, f32x4.mul(d.get, d.get))),
          ),
        ),
        scale.set(
          f32x4.splat(
            f32.div(f32.const(1), f32.sqrt(f32.add(f32.div(f32x4.sum(sum), count.get), epsilon.get))),
          ),
        ),
        first.set(f32x4.const(0)),
        second.set(f32x4.const(0)),
        columns(
          seq(
            normalize,
            d.set(weighted),
            first.set(f32x4.add(first.get, d.get)),
            second.set(f32x4.add(second.get, f32x4.mul(d.get, normal.get))),
            addTo(dWeight, f32x4.mul(v128.load(at(dy)), normal.get)),
            addTo(dBias, v128.load(at(dy))),
          ),
        ),
        first.set(average(first)),
        second.set(average(second)),
        columns(
          seq(
            normalize,
            d.set(f32x4.sub(f32x4.sub(weighted, first.get), f32x4.mul(normal.get, second.get))),
            v128.store(at(dx), f32x4.mul(d.get, scale.get)),
          ),
        ),
        x.set(i32.add(x.get, rowBytes.get)),
        dy.set(i32.add(dy.get, rowBytes.get)),
        dx.set(i32.add(dx.get, rowBytes.get)),
      ),
    ),
  );
  return f;
}

/**
 * (g, p, m, v, bytes, scale, keep, beta1, rest1, beta2, rest2, rate, correction, epsilon): bytes is a multiple of 16.
 *
 * g counts times scale; keep = 1 - learning rate * weight decay, rest = 1 - beta, rate = learning rate / (1 - beta1^t),
 * correction = 1 / sqrt(1 - beta2^t).
 */
export function adamwFunction(): FunctionBuilder {
  const floats = Array.from({ length: 9 }, () => 'f32' as const);
  const f = new FunctionBuilder('adamw', ['i32', 'i32', 'i32', 'i32', 'i32', ...floats]);
  const [g, p, m, v, bytes, scale, keep, beta1, rest1, beta2, rest2, rate, correction, epsilon] =
    f.parameters(14);
  const i = f.local('i32');
  const [gradient, first, second, step] = f.locals('v128', 4);
  const [scaleV, keepV, beta1V, rest1V, beta2V, rest2V, rateV, correctionV, epsilonV] = f.locals('v128', 9);
  const at = (base: { readonly get: Code }): Code => i32.add(base.get, i.get);
  const splats = (
    [
      [scaleV, scale],
      [keepV, keep],
      [beta1V, beta1],
      [rest1V, rest1],
      [beta2V, beta2],
      [rest2V, rest2],
      [rateV, rate],
      [correctionV, correction],
      [epsilonV, epsilon],
    ] as const
  ).map(([vector, value]) => vector.set(f32x4.splat(value.get)));
  const blend = (before: Code, share: Code, value: Code, rest: Code): Code =>
    f32x4.add(f32x4.mul(before, share), f32x4.mul(value, rest));
  const squared = f32x4.mul(gradient.get, gradient.get);
  f.body = seq(
    ...splats,
    loop(
      i,
      i32.const(0),
      bytes.get,
      16,
      seq(
        gradient.set(f32x4.mul(v128.load(at(g)), scaleV.get)),
        first.set(blend(v128.load(at(m)), beta1V.get, gradient.get, rest1V.get)),
        second.set(blend(v128.load(at(v)), beta2V.get, squared, rest2V.get)),
        v128.store(at(m), first.get),
        v128.store(at(v), second.get),
        step.set(f32x4.add(f32x4.mul(f32x4.sqrt(second.get), correctionV.get), epsilonV.get)),
        step.set(f32x4.div(f32x4.mul(first.get, rateV.get), step.get)),
        v128.store(at(p), f32x4.sub(f32x4.mul(v128.load(at(p)), keepV.get), step.get)),
      ),
    ),
  );
  return f;
}

/** (average, value, bytes, share): average += share (value - average); bytes is a multiple of 16. */
export function emaFunction(): FunctionBuilder {
  const f = new FunctionBuilder('ema', ['i32', 'i32', 'i32', 'f32']);
  const [average, value, bytes, share] = f.parameters(4);
  const i = f.local('i32');
  const [before, shareV] = f.locals('v128', 2);
  const at = i32.add(average.get, i.get);
  const change = f32x4.mul(f32x4.sub(v128.load(i32.add(value.get, i.get)), before.get), shareV.get);
  f.body = seq(
    shareV.set(f32x4.splat(share.get)),
    loop(
      i,
      i32.const(0),
      bytes.get,
      16,
      seq(before.set(v128.load(at)), v128.store(at, f32x4.add(before.get, change))),
    ),
  );
  return f;
}

/** (x, out, bytes): out gets the sum of the squares, one float; bytes is a multiple of 16. */
export function squareSumFunction(): FunctionBuilder {
  const f = new FunctionBuilder('squareSum', ['i32', 'i32', 'i32']);
  const [x, out, bytes] = f.parameters(3);
  const i = f.local('i32');
  const [sum, value] = f.locals('v128', 2);
  f.body = seq(
    sum.set(f32x4.const(0)),
    loop(
      i,
      i32.const(0),
      bytes.get,
      16,
      seq(
        value.set(v128.load(i32.add(x.get, i.get))),
        sum.set(f32x4.add(sum.get, f32x4.mul(value.get, value.get))),
      ),
    ),
    f32.store(out.get, f32x4.sum(sum)),
  );
  return f;
}
