// Gradients of group norm (with addend and activation) and layer norm. With n = (x - mean) / deviation, y = f(w n + b) and
// g = dy f'(w n + b): db = sum g, dw = sum g n, dx = (w g - mean(w g) - n mean(w g n)) / deviation.
import type * as tf from '@tensorflow/tfjs-core';
import { float, int, type Pass } from '../dispatch.ts';
import { SLOPE } from './derivatives.ts';
import { WORKGROUP } from './program.ts';

/** Numbers of a group from which on a larger workgroup pays. */
const LARGE_GROUP = 2048;
/** Rows of a layer norm that one workgroup takes: their sums for the weights stay in it. */
export const LAYER_NORM_ROWS = 8;

/** `total(tid, mine)`: the sum over a workgroup, for each of its invocations. */
const total = (size: number): string => `
    var<workgroup> sums : array<f32, ${size}>;
    fn total(tid : i32, mine : f32) -> f32 {
      sums[tid] = mine;
      workgroupBarrier();
      for (var span = ${size / 2}; span > 0; span = span / 2) {
        if (tid < span) { sums[tid] += sums[tid + span]; }
        workgroupBarrier();
      }
      let all = sums[0];
      workgroupBarrier();
      return all;
    }`;

/**
 * One workgroup for each group of channels of each picture. Makes dx, and for every picture the sums
 * `parts` [B, 2 or 3, C]: dWeight, dBias, and dAddend where all pictures share one addend. An addend of its own for each
 * picture gets its gradient at once: dAddend [B, C].
 */
export function groupNormGradient(
  inputs: Readonly<Record<'dy' | 'x' | 'weight' | 'bias', tf.TensorInfo>> & {
    readonly addend?: tf.TensorInfo;
  },
  { groups, epsilon, activation }: Readonly<Record<'groups' | 'epsilon' | 'activation', number>>,
): Pass {
  const { dy, x, weight, bias, addend } = inputs;
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const shared = addend !== undefined && (addend.shape[0] ?? 1) < batch;
  const own = addend !== undefined && !shared;
  const kinds = shared ? 3 : 2;
  const count = (height * width * channels) / groups;
  const size = count >= LARGE_GROUP ? 256 : WORKGROUP;
  const value = addend === undefined ? 'x[at]' : `x[at] + addend[${own ? 'image * channels + ' : ''}c]`;
  // Every invocation stays with one channel of a block of at most `size`; idle ones are beyond the last full lane.
  const loop = (body: string): string => `
        for (var pixel = tid / block; pixel < pixels && tid < lanes * block; pixel += lanes) {
          let at = base + pixel * channels + c;
          ${body}
        }`;
  const blocks = (body: string): string => `
      for (var column0 = 0; column0 < width; column0 += ${size}) {
        let block = min(${size}, width - column0);
        let lanes = ${size} / block;
        let c = first + column0 + tid % block;
        ${body}
      }`;
  return {
    key: `groupNormGradient_${activation}_${addend === undefined ? 0 : own ? 1 : 2}`,
    reads: addend === undefined ? { dy, x, weight, bias } : { dy, x, weight, bias, addend },
    makes: {
      dx: x.shape,
      parts: [batch, kinds, channels],
      ...(own ? { dAddend: [batch, channels] } : {}),
    },
    uniforms: [
      int('groups', groups),
      int('channels', channels),
      int('pixels', height * width),
      int('batch', batch),
      float('epsilon', epsilon),
    ],
    workgroups: batch * groups,
    workgroupSize: size,
    code: `
    ${total(size)}
    ${SLOPE[activation] ?? ''}
    var<workgroup> lanesOf : array<vec2<f32>, ${size}>;
    fn main(group : i32, tid : i32) {
      if (group >= uniforms.batch * uniforms.groups) { return; }
      let channels = uniforms.channels;
      let pixels = uniforms.pixels;
      let width = channels / uniforms.groups;
      let image = group / uniforms.groups;
      let first = (group % uniforms.groups) * width;
      let base = image * pixels * channels;
      let count = f32(pixels * width);
      var sum = 0.0;
      ${blocks(loop(`sum += ${value};`))}
      let mean = total(tid, sum) / count;
      var squares = 0.0;
      ${blocks(loop(`let d = ${value} - mean; squares += d * d;`))}
      let scale = inverseSqrt(total(tid, squares) / count + uniforms.epsilon);
      var wg = 0.0; // sums of w g and of w g n over the group
      var wgn = 0.0;
      ${blocks(`
        var mine = vec2<f32>(0.0); // sums of g n and g over the pixels of a channel
        ${loop(`
          let n = (${value} - mean) * scale;
          let g = dy[at] * slope(weight[c] * n + bias[c]);
          mine += vec2<f32>(g * n, g);`)}
        wg += weight[c] * mine.y;
        wgn += weight[c] * mine.x;
        lanesOf[tid] = mine;
        workgroupBarrier();
        if (tid < block) {
          for (var lane = 1; lane < lanes; lane++) { mine += lanesOf[lane * block + tid]; }
          parts[image * ${kinds} * channels + c] = mine.x;
          parts[(image * ${kinds} + 1) * channels + c] = mine.y;
        }
        workgroupBarrier();`)}
      let meanWg = total(tid, wg) / count;
      let meanWgn = total(tid, wgn) / count;
      ${blocks(`
        var mine = 0.0; // sum of dx over the pixels of a channel
        ${loop(`
          let n = (${value} - mean) * scale;
          let g = dy[at] * slope(weight[c] * n + bias[c]);
          let d = (weight[c] * g - meanWg - n * meanWgn) * scale;
          dx[at] = d;
          mine += d;`)}
        ${
          addend === undefined
            ? ''
            : `sums[tid] = mine;
        workgroupBarrier();
        if (tid < block) {
          for (var lane = 1; lane < lanes; lane++) { mine += sums[lane * block + tid]; }
          ${own ? 'dAddend[image * channels + c]' : `parts[(image * 3 + 2) * channels + c]`} = mine;
        }
        workgroupBarrier();`
        }`)}
    }`,
  };
}

/**
 * One workgroup for LAYER_NORM_ROWS rows. Makes dx, and for every workgroup its sums `parts` [workgroups, 2, C]: dWeight
 * and dBias.
 */
export function layerNormGradient(
  { dy, x, weight }: Readonly<Record<'dy' | 'x' | 'weight', tf.TensorInfo>>,
  rows: number,
  channels: number,
  epsilon: number,
): Pass {
  const chunks = Math.ceil(rows / LAYER_NORM_ROWS);
  const held = Math.ceil(channels / WORKGROUP);
  const loop = (body: string): string => `
        for (var k = 0; k < ${held}; k++) {
          let c = k * ${WORKGROUP} + tid;
          if (c < channels) { let at = row * channels + c; ${body} }
        }`;
  return {
    key: `layerNormGradient_${held}`,
    reads: { dy, x, weight },
    makes: { dx: x.shape, parts: [chunks, 2, channels] },
    uniforms: [int('rows', rows), int('channels', channels), float('epsilon', epsilon)],
    workgroups: chunks,
    workgroupSize: WORKGROUP,
    code: `
    ${total(WORKGROUP)}
    fn main(group : i32, tid : i32) {
      let channels = uniforms.channels;
      var dWeight : array<f32, ${held}>;
      var dBias : array<f32, ${held}>;
      let end = min(uniforms.rows, (group + 1) * ${LAYER_NORM_ROWS});
      for (var row = group * ${LAYER_NORM_ROWS}; row < end; row++) {
        var sum = 0.0;
        ${loop('sum += x[at];')}
        let mean = total(tid, sum) / f32(channels);
        var squares = 0.0;
        ${loop('let d = x[at] - mean; squares += d * d;')}
        let scale = inverseSqrt(total(tid, squares) / f32(channels) + uniforms.epsilon);
        var wg = 0.0;
        var wgn = 0.0;
        ${loop(`
          let n = (x[at] - mean) * scale;
          wg += weight[c] * dy[at];
          wgn += weight[c] * dy[at] * n;
          dWeight[k] += dy[at] * n;
          dBias[k] += dy[at];`)}
        let meanWg = total(tid, wg) / f32(channels);
        let meanWgn = total(tid, wgn) / f32(channels);
        ${loop('dx[at] = (weight[c] * dy[at] - meanWg - (x[at] - mean) * scale * meanWgn) * scale;')}
      }
      if (group * ${LAYER_NORM_ROWS} < uniforms.rows) {
        for (var k = 0; k < ${held}; k++) {
          let c = k * ${WORKGROUP} + tid;
          if (c < channels) {
            parts[group * 2 * channels + c] = dWeight[k];
            parts[(group * 2 + 1) * channels + c] = dBias[k];
          }
        }
      }
    }`,
  };
}
