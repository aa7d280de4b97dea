// Activations and GEGLU: one invocation for each number of the output.
import type { WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import { ACTIVATION_CODES } from '../../../nn/kernels.ts';
import { ACTIVATE, program, WORKGROUP } from './program.ts';

/** Input x [size]. */
export function activationProgram(size: number, activation: number): WebGPUProgram {
  return program({
    key: `activation_${activation}`,
    outputShape: [size],
    inputs: ['x'],
    workgroups: Math.ceil(size / WORKGROUP),
    code: `
    ${ACTIVATE[activation] ?? ''}
    fn main(index : i32) {
      if (index < uniforms.outShape) { result[index] = activate(x[index]); }
    }`,
  });
}

/** Input x [rows, 2 C]: the first half times GELU of the second, [rows, C]. */
export function gegluProgram(rows: number, half: number): WebGPUProgram {
  return program({
    key: 'geglu',
    outputShape: [rows, half],
    inputs: ['x'],
    workgroups: Math.ceil((rows * half) / WORKGROUP),
    code: `
    ${ACTIVATE[ACTIVATION_CODES.gelu] ?? ''}
    fn main(index : i32) {
      let width = uniforms.outShape[1];
      if (index < uniforms.outShape[0] * width) {
        let at = (index / width) * 2 * width + index % width;
        result[index] = x[at] * activate(x[at + width]);
      }
    }`,
  });
}
