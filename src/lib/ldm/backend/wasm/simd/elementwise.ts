// Kernels on flat arrays: the activations, and GEGLU.
import { ACTIVATION_CODES } from '../../../nn/kernels.ts';
import { f32x4, FunctionBuilder, i32, loop, seq, v128 } from './assembler.ts';
import { geluRoutine, sigmoidLinearRoutine, type Routine } from './simdMath.ts';

/** The routine of an activation code; undefined for none. */
export function activationRoutine(f: FunctionBuilder, code: number): Routine | undefined {
  if (code === ACTIVATION_CODES.silu) return sigmoidLinearRoutine(f, 1);
  if (code === ACTIVATION_CODES.quickGelu) return sigmoidLinearRoutine(f, 1.702);
  return code === ACTIVATION_CODES.gelu ? geluRoutine(f) : undefined;
}

/** (x, out, bytes): bytes is a multiple of 16. */
export function activationFunction(name: string, code: number): FunctionBuilder {
  const f = new FunctionBuilder(name, ['i32', 'i32', 'i32']);
  const [x, out, bytes] = f.parameters(3);
  const i = f.local('i32');
  const routine = activationRoutine(f, code);
  if (routine === undefined) throw new Error(`no activation has the code ${code}`);
  f.body = loop(
    i,
    i32.const(0),
    bytes.get,
    16,
    seq(routine.run(v128.load(i32.add(x.get, i.get))), v128.store(i32.add(out.get, i.get), routine.out.get)),
  );
  return f;
}

/** (x, out, rows, rowBytes): x is [rows, 2 C], out [rows, C]; rowBytes = 4 C, a multiple of 16. */
export function gegluFunction(): FunctionBuilder {
  const f = new FunctionBuilder('geglu', ['i32', 'i32', 'i32', 'i32']);
  const [x, out, rows, rowBytes] = f.parameters(4);
  const [row, i, at] = f.locals('i32', 3);
  const gelu = geluRoutine(f);
  const columns = loop(
    i,
    i32.const(0),
    rowBytes.get,
    16,
    seq(
      at.set(i32.add(x.get, i.get)),
      gelu.run(v128.load(i32.add(at.get, rowBytes.get))),
      v128.store(i32.add(out.get, i.get), f32x4.mul(v128.load(at.get), gelu.out.get)),
    ),
  );
  f.body = loop(
    row,
    i32.const(0),
    rows.get,
    1,
    seq(
      columns,
      x.set(i32.add(x.get, i32.add(rowBytes.get, rowBytes.get))),
      out.set(i32.add(out.get, rowBytes.get)),
    ),
  );
  return f;
}
