// Our WebGPU kernels: norms, activations, GEGLU and attention in one dispatch each, instead of seven to thirteen. The
// models are small: on a graphics card the number of dispatches is what their time goes by.
import type * as tf from '@tensorflow/tfjs-core';
import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import {
  ACTIVATION,
  ATTENTION,
  GEGLU,
  GROUP_NORM,
  LAYER_NORM,
  registerFusedKernel,
  type FusedKernel,
} from '../../nn/kernels.ts';
import { registerWebgpuTrainingKernels } from './trainingKernels.ts';
import { attentionProgram, MAX_HEAD_DIM, MAX_KEYS } from './wgsl/attention.ts';
import { activationProgram, gegluProgram } from './wgsl/elementwise.ts';
import { groupNormProgram, layerNormProgram } from './wgsl/norms.ts';

type Attributes = Readonly<Record<string, number>>;
type Uniforms = { type: 'int32' | 'float32'; data: number[] }[];

/** What a kernel runs: a program, its inputs in order, its own uniforms, and the shape of the result. */
interface Plan {
  readonly program: WebGPUProgram;
  readonly inputs: readonly tf.TensorInfo[];
  readonly uniforms?: Uniforms;
  readonly shape: readonly number[];
}

const int = (...values: number[]): Uniforms => values.map((value) => ({ type: 'int32', data: [value] }));
const float = (value: number): Uniforms => [{ type: 'float32', data: [value] }];
const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const lastOf = (shape: readonly number[]): number => shape[shape.length - 1] as number;
/** The same numbers under another shape: programs see flat rows. */
const reshaped = (info: tf.TensorInfo, shape: number[]): tf.TensorInfo => ({ ...info, shape });

function register(
  name: string,
  supports: FusedKernel['supports'],
  plan: (
    input: (name: string) => tf.TensorInfo,
    attributes: Attributes,
    has: (name: string) => boolean,
  ) => Plan,
): void {
  registerFusedKernel({
    name,
    backend: 'webgpu',
    supports,
    run: ({ inputs, attrs, backend }) => {
      const infos: Readonly<Record<string, tf.TensorInfo | undefined>> = inputs;
      const input = (key: string): tf.TensorInfo => {
        const info = infos[key];
        if (info === undefined) throw new Error(`kernel ${name}: the input '${key}' is missing`);
        return info;
      };
      const made = plan(input, attrs as unknown as Attributes, (key) => infos[key] !== undefined);
      const webgpu = backend as WebGPUBackend;
      const result = webgpu.runWebGPUProgram(made.program, [...made.inputs], 'float32', made.uniforms);
      return reshaped(result, [...made.shape]);
    },
  });
}

/** Registers the kernels; call with the webgpu backend present. */
export function registerWebgpuKernels(): void {
  registerWebgpuTrainingKernels();
  register(
    GROUP_NORM,
    () => true,
    (input, attributes, has) => {
      const { groups, epsilon, activation } = attributes as Record<
        'groups' | 'epsilon' | 'activation',
        number
      >;
      const x = input('x');
      const addend = has('addend') ? [input('addend')] : [];
      return {
        program: groupNormProgram(x.shape, groups, activation, addend.length > 0),
        inputs: [x, input('weight'), input('bias'), ...addend],
        uniforms: [...int(groups, addend[0]?.shape[0] ?? 1), ...float(epsilon)],
        shape: x.shape,
      };
    },
  );
  register(
    LAYER_NORM,
    () => true,
    (input, attributes) => {
      const x = input('x');
      const channels = lastOf(x.shape);
      const rows = sizeOf(x.shape) / channels;
      return {
        program: layerNormProgram(rows, channels),
        inputs: [reshaped(x, [rows, channels]), input('weight'), input('bias')],
        uniforms: float(attributes['epsilon'] as number),
        shape: x.shape,
      };
    },
  );
  register(
    ACTIVATION,
    () => true,
    (input, attributes) => {
      const x = input('x');
      const size = sizeOf(x.shape);
      return {
        program: activationProgram(size, attributes['activation'] as number),
        inputs: [reshaped(x, [size])],
        shape: x.shape,
      };
    },
  );
  register(
    GEGLU,
    () => true,
    (input) => {
      const x = input('x');
      const half = lastOf(x.shape) / 2;
      const rows = sizeOf(x.shape) / (2 * half);
      return {
        program: gegluProgram(rows, half),
        inputs: [reshaped(x, [rows, 2 * half])],
        shape: [...x.shape.slice(0, -1), half],
      };
    },
  );
  register(
    ATTENTION,
    (headDim, keys) => headDim <= MAX_HEAD_DIM && keys <= MAX_KEYS,
    (input, attributes) => {
      const { heads, headDim, causal, qOffset, kOffset, vOffset } = attributes as Record<
        'heads' | 'headDim' | 'causal' | 'qOffset' | 'kOffset' | 'vOffset',
        number
      >;
      const q = input('q');
      const [batch, queries] = q.shape as [number, number];
      return {
        program: attentionProgram(batch, queries, heads, headDim),
        inputs: [q, input('k'), input('v')],
        uniforms: [...int(heads, causal, qOffset, kOffset, vOffset), ...float(1 / Math.sqrt(headDim))],
        shape: [batch, queries, heads * headDim],
      };
    },
  );
}
