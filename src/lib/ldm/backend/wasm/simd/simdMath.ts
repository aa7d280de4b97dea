// Exponential, error function and activations on four floats at once.
import { f32x4, i32x4, seq, v128, type Code, type FunctionBuilder, type Local } from './assembler.ts';

const polynomial = (x: Local, coefficients: readonly number[]): Code =>
  coefficients
    .slice(1)
    .reduce<Code>(
      (sum, coefficient) => f32x4.add(f32x4.mul(sum, x.get), f32x4.const(coefficient)),
      f32x4.const(coefficients[0] as number),
    );

/** Code that works on locals of its own; `run` leaves its result in `out`. */
export interface Routine {
  readonly out: Local;
  run(x: Code): Code;
}

/**
 * e^x to about 1 ulp: x = n ln 2 + r, a polynomial of degree 6 for e^r, the exponent bits for 2^n (Cephes' expf).
 * Clamped to [-87.3, 88.3], where e^x is a normal number.
 */
export function expRoutine(f: FunctionBuilder): Routine {
  const [x, n, r, out] = f.locals('v128', 4);
  const run = (argument: Code): Code =>
    seq(
      x.set(f32x4.min(f32x4.max(argument, f32x4.const(-87.3)), f32x4.const(88.3))),
      n.set(f32x4.nearest(f32x4.mul(x.get, f32x4.const(Math.LOG2E)))),
      r.set(f32x4.sub(x.get, f32x4.mul(n.get, f32x4.const(0.693359375)))),
      r.set(f32x4.add(r.get, f32x4.mul(n.get, f32x4.const(2.1219444e-4)))),
      out.set(
        polynomial(
          r,
          [
            1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1,
            5.0000001201e-1,
          ],
        ),
      ),
      out.set(f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(out.get, r.get), r.get), r.get), f32x4.const(1))),
      out.set(f32x4.mul(out.get, i32x4.shl(i32x4.add(i32x4.truncate(n.get), i32x4.const(127)), 23))),
    );
  return { out, run };
}

/** x / (1 + e^(-scale x)): SiLU at scale 1, CLIP's quick GELU at 1.702. */
export function sigmoidLinearRoutine(f: FunctionBuilder, scale: number): Routine {
  const exp = expRoutine(f);
  const [x, out] = f.locals('v128', 2);
  const run = (argument: Code): Code =>
    seq(
      x.set(argument),
      exp.run(f32x4.mul(x.get, f32x4.const(-scale))),
      out.set(f32x4.div(x.get, f32x4.add(f32x4.const(1), exp.out.get))),
    );
  return { out, run };
}

/** x Phi(x), and Phi(x) as `cumulative`, with erf by Abramowitz & Stegun 7.1.26, absolute error below 1.5e-7. */
export function geluRoutine(f: FunctionBuilder): Routine & { readonly cumulative: Local } {
  const exp = expRoutine(f);
  const [x, t, magnitude, out, cumulative] = f.locals('v128', 5);
  const signBit = i32x4.const(-0x80000000);
  const run = (argument: Code): Code =>
    seq(
      x.set(argument),
      magnitude.set(f32x4.mul(f32x4.abs(x.get), f32x4.const(Math.SQRT1_2))),
      t.set(
        f32x4.div(
          f32x4.const(1),
          f32x4.add(f32x4.const(1), f32x4.mul(magnitude.get, f32x4.const(0.3275911))),
        ),
      ),
      exp.run(f32x4.mul(f32x4.mul(magnitude.get, magnitude.get), f32x4.const(-1))),
      out.set(polynomial(t, [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592])),
      // erf of the magnitude
      out.set(f32x4.sub(f32x4.const(1), f32x4.mul(f32x4.mul(out.get, t.get), exp.out.get))),
      out.set(v128.or(out.get, v128.and(x.get, signBit))),
      cumulative.set(f32x4.mul(f32x4.const(0.5), f32x4.add(out.get, f32x4.const(1)))),
      out.set(f32x4.mul(x.get, cumulative.get)),
    );
  return { out, cumulative, run };
}

/** Code that leaves a function's value in `out` and its derivative in `slope`. */
export interface SlopeRoutine extends Routine {
  readonly slope: Local;
}

/** x s and s (1 + scale x (1 - s)) with s = 1 / (1 + e^(-scale x)). */
export function sigmoidLinearSlopeRoutine(f: FunctionBuilder, scale: number): SlopeRoutine {
  const exp = expRoutine(f);
  const [x, share, out, slope] = f.locals('v128', 4);
  const one = f32x4.const(1);
  const run = (argument: Code): Code =>
    seq(
      x.set(argument),
      exp.run(f32x4.mul(x.get, f32x4.const(-scale))),
      share.set(f32x4.div(one, f32x4.add(one, exp.out.get))),
      out.set(f32x4.mul(x.get, share.get)),
      slope.set(f32x4.mul(f32x4.mul(out.get, f32x4.const(scale)), f32x4.sub(one, share.get))),
      slope.set(f32x4.add(share.get, slope.get)),
    );
  return { out, slope, run };
}

/** x Phi(x) and Phi(x) + x phi(x), with the erf of `geluRoutine`. */
export function geluSlopeRoutine(f: FunctionBuilder): SlopeRoutine {
  const gelu = geluRoutine(f);
  const exp = expRoutine(f);
  const [x, slope] = f.locals('v128', 2);
  const run = (argument: Code): Code =>
    seq(
      x.set(argument),
      gelu.run(x.get),
      exp.run(f32x4.mul(f32x4.mul(x.get, x.get), f32x4.const(-0.5))),
      slope.set(f32x4.mul(f32x4.mul(x.get, exp.out.get), f32x4.const(1 / Math.sqrt(2 * Math.PI)))),
      slope.set(f32x4.add(slope.get, gelu.cumulative.get)),
    );
  return { out: gelu.out, slope, run };
}
