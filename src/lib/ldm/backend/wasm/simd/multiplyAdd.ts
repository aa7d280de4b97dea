// c + a b on four floats: with relaxed SIMD's fused instruction where the engine has it.
import { encodeModule, f32x4, FunctionBuilder, v128, type Code } from './assembler.ts';

export type MultiplyAdd = (a: Code, b: Code, c: Code) => Code;

const plain: MultiplyAdd = (a, b, c) => f32x4.add(f32x4.mul(a, b), c);

function hasRelaxedSimd(): boolean {
  const f = new FunctionBuilder('probe', ['i32']);
  const [at] = f.parameters(1);
  const x = v128.load(at.get);
  f.body = v128.store(at.get, f32x4.relaxedMadd(x, x, x));
  return WebAssembly.validate(encodeModule([f], false));
}

/** The best that this engine has. */
export function bestMultiplyAdd(): MultiplyAdd {
  return hasRelaxedSimd() ? f32x4.relaxedMadd : plain;
}
