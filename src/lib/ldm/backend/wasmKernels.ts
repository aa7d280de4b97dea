// Our kernels for the wasm backend: written with `simd/assembler`, they work in the backend's own memory on its tensors.
import type * as tf from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  ACTIVATION,
  ACTIVATION_CODES,
  ATTENTION,
  GEGLU,
  GROUP_NORM,
  LAYER_NORM,
  registerFusedKernel,
} from '../nn/kernels.ts';
import { encodeModule } from './simd/assembler.ts';
import { attentionFunction, attentionScratch, paddedKeys } from './simd/attention.ts';
import { activationFunction, gegluFunction } from './simd/elementwise.ts';
import { groupNormFunction, layerNormFunction } from './simd/norms.ts';

type WasmFunction = (...values: number[]) => void;

const CODES = Object.values(ACTIVATION_CODES);
const PAGE_BYTES = 65536;

/** The functions, compiled against a memory; undefined where the engine has no SIMD. */
function instantiate(memory: WebAssembly.Memory): ReadonlyMap<string, WasmFunction> | undefined {
  const functions = [
    ...CODES.map((code) => groupNormFunction(`groupNorm${code}`, code)),
    ...CODES.filter((code) => code !== ACTIVATION_CODES.none).map((code) =>
      activationFunction(`activation${code}`, code),
    ),
    gegluFunction(),
    layerNormFunction(),
    attentionFunction(),
  ];
  const shared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  const bytes = encodeModule(functions, shared);
  if (bytes.length >= PAGE_BYTES || !WebAssembly.validate(bytes)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return new Map(functions.map(({ name }) => [name, exports[name] as WasmFunction]));
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const divisibleBy4 = (size: number): boolean => size % 4 === 0;

/** A tensor of the kernel's call, its address and its shape. */
interface Argument {
  readonly address: number;
  readonly shape: readonly number[];
}

function argument(backend: BackendWasm, info: tf.TensorInfo | undefined, name: string): Argument {
  if (info === undefined) throw new Error(`kernel input '${name}' is missing`);
  return { address: backend.getMemoryOffset(info.dataId), shape: info.shape };
}

/** Registers what can be registered with this memory; where there is none, plain ops do the work. */
export function registerWasmKernels(memory: WebAssembly.Memory | undefined): void {
  const functions = memory === undefined ? undefined : instantiate(memory);
  if (functions === undefined) return;
  const call = (name: string, ...values: number[]): void => {
    functions.get(name)?.(...values);
  };
  /** Registers a kernel whose `run` gets its inputs by name and writes to an output of the shape it names. */
  const register = (
    name: string,
    supports: (channels: number) => boolean,
    run: (
      input: (name: string) => Argument,
      output: (shape: readonly number[]) => number,
      attrs: Readonly<Record<string, number>>,
      scratch: (floats: number) => number,
      has: (name: string) => boolean,
    ) => void,
  ): void => {
    registerFusedKernel({
      name,
      backend: 'wasm',
      supports,
      run: ({ inputs, attrs, backend: owner }) => {
        const backend = owner as BackendWasm;
        const infos: Readonly<Record<string, tf.TensorInfo | undefined>> = inputs;
        const temporary: tf.TensorInfo[] = [];
        let result: tf.TensorInfo | undefined;
        run(
          (key) => argument(backend, infos[key], key),
          (shape) => {
            result = backend.makeOutput([...shape], 'float32');
            return backend.getMemoryOffset(result.dataId);
          },
          attrs as unknown as Record<string, number>,
          (floats) => {
            const info = backend.makeOutput([floats], 'float32');
            temporary.push(info);
            return backend.getMemoryOffset(info.dataId);
          },
          (key) => infos[key] !== undefined,
        );
        for (const { dataId } of temporary) backend.disposeData(dataId);
        if (result === undefined) throw new Error(`kernel ${name} made no output`);
        return result;
      },
    });
  };

  register(GROUP_NORM, divisibleBy4, (input, output, attrs, scratch, has) => {
    const x = input('x');
    const channels = x.shape[3] as number;
    const images = x.shape[0] as number;
    const addend = has('addend') ? input('addend') : undefined;
    const space = scratch(2 * channels);
    call(
      `groupNorm${attrs['activation'] as number}`,
      x.address,
      input('weight').address,
      input('bias').address,
      addend?.address ?? 0,
      addend !== undefined && addend.shape[0] !== 1 ? 4 * channels : 0,
      output(x.shape),
      space,
      images,
      sizeOf(x.shape) / channels / images,
      4 * channels,
      (4 * channels) / (attrs['groups'] as number),
      attrs['epsilon'] as number,
    );
  });
  register(LAYER_NORM, divisibleBy4, (input, output, attrs) => {
    const x = input('x');
    const channels = x.shape[x.shape.length - 1] as number;
    const rows = sizeOf(x.shape) / channels;
    const weight = input('weight').address;
    const bias = input('bias').address;
    call(
      'layerNorm',
      x.address,
      weight,
      bias,
      output(x.shape),
      rows,
      4 * channels,
      attrs['epsilon'] as number,
    );
  });
  register(ACTIVATION, divisibleBy4, (input, output, attrs) => {
    const x = input('x');
    call(`activation${attrs['activation'] as number}`, x.address, output(x.shape), 4 * sizeOf(x.shape));
  });
  register(GEGLU, divisibleBy4, (input, output) => {
    const x = input('x');
    const half = (x.shape[x.shape.length - 1] as number) / 2;
    const shape = [...x.shape.slice(0, -1), half];
    call('geglu', x.address, output(shape), sizeOf(shape) / half, 4 * half);
  });
  register(ATTENTION, divisibleBy4, (input, output, attrs, scratch) => {
    const [q, k, v] = [input('q'), input('k'), input('v')];
    const { heads, headDim, causal, qOffset, kOffset, vOffset } = attrs as Record<
      'heads' | 'headDim' | 'causal' | 'qOffset' | 'kOffset' | 'vOffset',
      number
    >;
    const [batch, queries, qWidth] = q.shape as [number, number, number];
    const [, keys, kWidth] = k.shape as [number, number, number];
    const vWidth = v.shape[2] as number;
    const width = heads * headDim;
    const space = scratch(attentionScratch(keys, headDim));
    call(
      'attention',
      q.address + 4 * qOffset,
      k.address + 4 * kOffset,
      v.address + 4 * vOffset,
      output([batch, queries, width]),
      space,
      batch,
      queries,
      keys,
      heads,
      4 * headDim,
      4 * qWidth,
      4 * kWidth,
      4 * vWidth,
      4 * width,
      4 * paddedKeys(keys),
      causal,
      1 / Math.sqrt(headDim),
    );
  });
}
