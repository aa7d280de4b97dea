// Group norm (with addend and activation) and layer norm: one workgroup for each set of numbers that share a mean.
import type { WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import { ACTIVATE, program, TOTAL, WORKGROUP } from './program.ts';

/**
 * Inputs x [B, H, W, C], weight, bias, and perhaps addend [1 or B, C]; uniforms groups, addendRows, epsilon. The variance
 * is taken about the mean, in a pass of its own.
 */
export function groupNormProgram(
  shape: readonly number[],
  groups: number,
  activation: number,
  hasAddend: boolean,
): WebGPUProgram {
  const value = hasAddend ? 'x[at] + addend[addendAt + c]' : 'x[at]';
  const loop = (body: string): string => `
      for (var i = tid; i < count; i += ${WORKGROUP}) {
        let c = first + i % width;
        let at = base + (i / width) * channels + c;
        ${body}
      }`;
  return program({
    key: `groupNorm_${activation}_${hasAddend ? 1 : 0}`,
    outputShape: shape,
    inputs: hasAddend ? ['x', 'weight', 'bias', 'addend'] : ['x', 'weight', 'bias'],
    uniforms: 'groups : i32, addendRows : i32, epsilon : f32,',
    workgroups: (shape[0] as number) * groups,
    code: `
    ${TOTAL}
    ${ACTIVATE[activation] ?? ''}
    fn main(index : i32) {
      let tid = i32(localId.x);
      let unit = index / ${WORKGROUP}; // image and group
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
      ${loop(`result[at] = activate((${value} - mean) * scale * weight[c] + bias[c]);`)}
    }`,
  });
}

/** Inputs x [rows, C], weight, bias; uniform epsilon. */
export function layerNormProgram(rows: number, channels: number): WebGPUProgram {
  const loop = (body: string): string => `
      for (var c = tid; c < count; c += ${WORKGROUP}) { let at = base + c; ${body} }`;
  return program({
    key: 'layerNorm',
    outputShape: [rows, channels],
    inputs: ['x', 'weight', 'bias'],
    uniforms: 'epsilon : f32,',
    workgroups: rows,
    code: `
    ${TOTAL}
    fn main(index : i32) {
      let tid = i32(localId.x);
      let row = index / ${WORKGROUP};
      let channels = uniforms.outShape[1];
      let base = row * channels;
      let count = select(0, channels, row < uniforms.outShape[0]);
      var sum = 0.0;
      ${loop('sum += x[at];')}
      let mean = total(tid, sum) / f32(channels);
      var squares = 0.0;
      ${loop('let d = x[at] - mean; squares += d * d;')}
      let scale = inverseSqrt(total(tid, squares) / f32(channels) + uniforms.epsilon);
      ${loop('result[at] = (x[at] - mean) * scale * weight[c] + bias[c];')}
    }`,
  });
}
