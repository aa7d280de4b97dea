// Our SIMD functions, compiled against the memory of the wasm backend.
import { ACTIVATION_CODES } from '../../nn/kernels.ts';
import { encodeModule } from './simd/assembler.ts';
import { attentionFunction } from './simd/attention.ts';
import { attentionGradFunction, softmaxFunction, softmaxGradFunction } from './simd/attentionGradient.ts';
import { convolutionFunction, filterFunction, packFunction, padFunction } from './simd/convolution.ts';
import { activationFunction, gegluFunction } from './simd/elementwise.ts';
import {
  activationGradFunction,
  adamwFunction,
  columnSumFunction,
  emaFunction,
  gegluGradFunction,
  layerNormGradFunction,
  squareSumFunction,
} from './simd/gradients.ts';
import { groupNormGradFunction } from './simd/groupNormGradient.ts';
import { bestMultiplyAdd } from './simd/multiplyAdd.ts';
import { groupNormFunction, layerNormFunction } from './simd/norms.ts';

type WasmFunction = (...values: number[]) => void;

const CODES = Object.values(ACTIVATION_CODES);
const ACTIVE_CODES = CODES.filter((code) => code !== ACTIVATION_CODES.none);

/** One call of a function: its name and its arguments. */
export type Call = readonly [name: string, ...values: number[]];

/** Runs calls that do not depend on each other, in any order. */
export type RunCalls = (calls: readonly Call[]) => void;

export interface CompiledKernels {
  readonly module: WebAssembly.Module;
  readonly names: readonly string[];
  readonly functions: ReadonlyMap<string, WasmFunction>;
}

/** Undefined where the engine has no SIMD. */
export function compileKernels(memory: WebAssembly.Memory): CompiledKernels | undefined {
  const madd = bestMultiplyAdd();
  const functions = [
    // the first are called by others, by their places
    packFunction(),
    convolutionFunction(madd),
    filterFunction(madd),
    softmaxFunction(),
    softmaxGradFunction(),
    attentionGradFunction({ pack: 0, convolution: 1, filter: 2, softmax: 3, softmaxGrad: 4 }),
    padFunction(),
    ...CODES.map((code) => groupNormFunction(`groupNorm${code}`, code)),
    ...CODES.map((code) => groupNormGradFunction(`groupNormGrad${code}`, code)),
    ...ACTIVE_CODES.map((code) => activationFunction(`activation${code}`, code)),
    ...ACTIVE_CODES.map((code) => activationGradFunction(`activationGrad${code}`, code)),
    gegluFunction(),
    gegluGradFunction(),
    layerNormFunction(),
    layerNormGradFunction(),
    columnSumFunction(),
    attentionFunction(),
    adamwFunction(),
    emaFunction(),
    squareSumFunction(),
  ];
  const shared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  const bytes = encodeModule(functions, shared);
  if (!WebAssembly.validate(bytes)) return undefined;
  const module = new WebAssembly.Module(bytes);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const names = functions.map(({ name }) => name);
  return { module, names, functions: new Map(names.map((name) => [name, exports[name] as WasmFunction])) };
}

/** Runs them one after the other, in this thread. */
export function runInOrder({ functions }: CompiledKernels): RunCalls {
  return (calls) => {
    for (const [name, ...values] of calls) {
      const found = functions.get(name);
      if (found === undefined) throw new Error(`no SIMD function has the name ${name}`);
      found(...values);
    }
  };
}
