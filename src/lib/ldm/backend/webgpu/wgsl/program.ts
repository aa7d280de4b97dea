// What our WGSL programs have in common: the fields that TensorFlow.js's WebGPU backend wants, and shared snippets.
import type { WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import { ACTIVATION_CODES } from '../../../nn/kernels.ts';

/** Invocations of a workgroup. */
export const WORKGROUP = 64;

export interface ProgramOptions {
  /** Every constant baked into the code belongs in the key: programs are cached by it. */
  readonly key: string;
  readonly outputShape: readonly number[];
  readonly inputs: readonly string[];
  /** Declarations of our own uniforms, each ending in a comma. */
  readonly uniforms?: string;
  /** Number of workgroups. */
  readonly workgroups: number;
  /** Has a function `main(index : i32)`; index counts invocations. */
  readonly code: string;
}

export function program(options: ProgramOptions): WebGPUProgram {
  const { key, outputShape, inputs, uniforms, workgroups, code } = options;
  return {
    shaderKey: `noisebook_${key}`,
    outputShape: [...outputShape],
    variableNames: [...inputs],
    ...(uniforms === undefined ? {} : { uniforms }),
    dispatchLayout: { x: [0] },
    dispatch: [workgroups, 1, 1],
    workgroupSize: [WORKGROUP, 1, 1],
    getUserCode: () => code,
  };
}

/** `total(tid, mine)`: the sum over a workgroup, for each of its invocations. */
export const TOTAL = `
  var<workgroup> sums : array<f32, ${WORKGROUP}>;
  fn total(tid : i32, mine : f32) -> f32 {
    sums[tid] = mine;
    workgroupBarrier();
    for (var span = ${WORKGROUP / 2}; span > 0; span = span / 2) {
      if (tid < span) { sums[tid] += sums[tid + span]; }
      workgroupBarrier();
    }
    let all = sums[0];
    workgroupBarrier();
    return all;
  }`;

/** y Phi(y) with erf by Abramowitz & Stegun 7.1.26, absolute error below 1.5e-7. */
const GELU = `
  fn activate(y : f32) -> f32 {
    let a = abs(y) * 0.70710678;
    let t = 1.0 / (1.0 + 0.3275911 * a);
    let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    let e = 1.0 - p * exp(-min(a * a, 80.0));
    return 0.5 * y * (1.0 + select(e, -e, y < 0.0));
  }`;

const sigmoidLinear = (scale: string): string => `
  fn activate(y : f32) -> f32 {
    return y / (1.0 + exp(clamp(-${scale} * y, -80.0, 80.0)));
  }`;

/** `activate(y)` for an activation code. */
export const ACTIVATE: Readonly<Record<number, string>> = {
  [ACTIVATION_CODES.none]: 'fn activate(y : f32) -> f32 { return y; }',
  [ACTIVATION_CODES.silu]: sigmoidLinear('1.0'),
  [ACTIVATION_CODES.gelu]: GELU,
  [ACTIVATION_CODES.quickGelu]: sigmoidLinear('1.702'),
};
