// Our WebGPU kernels: group norm with addend and activation in one dispatch instead of about thirteen.
import type * as tf from '@tensorflow/tfjs-core';
import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import { ACTIVATION_CODES, GROUP_NORM, registerFusedKernel } from '../nn/kernels.ts';

const WORKGROUP = 64;

/** WGSL for the activations by their code. */
const ACTIVATIONS: Readonly<Record<number, string>> = {
  [ACTIVATION_CODES.none]: 'y',
  [ACTIVATION_CODES.silu]: 'y / (1.0 + exp(-y))',
};

/** One workgroup per (image, group): mean, variance about the mean, then scale, shift and activation. */
class GroupNormProgram implements WebGPUProgram {
  outputShape: number[];
  shaderKey: string;
  dispatchLayout: { x: number[] } = { x: [0] };
  dispatch: [number, number, number];
  workgroupSize: [number, number, number] = [WORKGROUP, 1, 1];
  variableNames: string[];
  uniforms = 'groups : i32, addendRows : i32, epsilon : f32,';
  readonly #activation: string;
  readonly #hasAddend: boolean;

  constructor(shape: number[], groups: number, activation: number, hasAddend: boolean) {
    this.outputShape = shape;
    this.dispatch = [(shape[0] as number) * groups, 1, 1];
    this.variableNames = hasAddend ? ['x', 'weight', 'bias', 'addend'] : ['x', 'weight', 'bias'];
    this.#activation = ACTIVATIONS[activation] ?? 'y';
    this.#hasAddend = hasAddend;
    this.shaderKey = `noisebookGroupNorm_${activation}_${hasAddend ? 1 : 0}`;
  }

  getUserCode(): string {
    const value = this.#hasAddend ? 'x[at] + addend[addendAt + c]' : 'x[at]';
    const loop = (body: string): string => `
      for (var i = tid; i < count; i += ${WORKGROUP}) {
        let c = first + i % width;
        let at = base + (i / width) * channels + c;
        ${body}
      }`;
    return `
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
    }
    fn main(index : i32) {
      let tid = i32(localId.x);
      let unit = index / ${WORKGROUP}; // the index of this workgroup
      let channels = uniforms.outShape[3];
      let width = channels / uniforms.groups;
      let pixels = uniforms.outShape[1] * uniforms.outShape[2];
      let image = unit / uniforms.groups;
      let first = (unit % uniforms.groups) * width;
      let base = image * pixels * channels;
      let addendAt = select(0, image * channels, uniforms.addendRows > 1);
      let count = select(0, pixels * width, image < uniforms.outShape[0]);
      var sum = 0.0;
      ${loop(`sum += ${value};`)}
      let mean = total(tid, sum) / f32(max(count, 1));
      var squares = 0.0;
      ${loop(`let d = ${value} - mean; squares += d * d;`)}
      let scale = inverseSqrt(total(tid, squares) / f32(max(count, 1)) + uniforms.epsilon);
      ${loop(`let y = (${value} - mean) * scale * weight[c] + bias[c]; result[at] = ${this.#activation};`)}
    }
    `;
  }
}

/** Registers the kernels; call with the webgpu backend present. */
export function registerWebgpuKernels(): void {
  registerFusedKernel({
    name: GROUP_NORM,
    backend: 'webgpu',
    supports: () => true,
    supportsActivation: (code) => code in ACTIVATIONS,
    run: ({ inputs, attrs, backend }) => {
      const { x, weight, bias, addend } = inputs as Record<string, tf.TensorInfo | undefined>;
      const { groups, epsilon, activation } = attrs as unknown as {
        groups: number;
        epsilon: number;
        activation: number;
      };
      if (x === undefined || weight === undefined || bias === undefined)
        throw new Error('group norm: inputs missing');
      const program = new GroupNormProgram(x.shape, groups, activation, addend !== undefined);
      return (backend as WebGPUBackend).runWebGPUProgram(
        program,
        addend === undefined ? [x, weight, bias] : [x, weight, bias, addend],
        'float32',
        [
          { type: 'int32', data: [groups] },
          { type: 'int32', data: [addend?.shape[0] ?? 1] },
          { type: 'float32', data: [epsilon] },
        ],
      );
    },
  });
}
