// The gradient of a convolution's filter as one tiled matrix product: dW [kh kw in, out] = patches^T dy, over all pictures
// and positions. Positions are split among workgroups, whose sums are added afterwards, always in the same order.
import type * as tf from '@tensorflow/tfjs-core';
import { int, type Pass } from '../dispatch.ts';

export interface FilterGradientShape {
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly top: number;
  readonly left: number;
}

const INVOCATIONS = 64;
/** Workgroups that keep a graphics card busy. */
const BUSY = 384;
/** Fewer positions than these a workgroup are not worth the addition. */
const LEAST_POSITIONS = 128;

/** Rows (of W) and columns of the tile that a workgroup computes, four times four an invocation; positions at a time. */
function tileOf(columns: number): {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
} {
  if (columns <= 4) return { rows: 256, columns: 4, depth: 8 };
  if (columns <= 8) return { rows: 128, columns: 8, depth: 16 };
  if (columns <= 16) return { rows: 64, columns: 16, depth: 16 };
  return { rows: 32, columns: 32, depth: 16 };
}

/**
 * Inputs x [B, H, W, in], dy [B, H', W', out]. Makes `sums` [chunks, kh kw in + 1, out]: parts of dW, and in the last row of
 * the bias's gradient, the sum of dy over all positions.
 */
export function filterGradient(
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  shape: FilterGradientShape,
): { readonly pass: Pass; readonly chunks: number } {
  const rows = shape.filterHeight * shape.filterWidth * shape.inChannels;
  const columns = shape.outChannels;
  const positions = shape.batch * shape.outHeight * shape.outWidth;
  const tile = tileOf(columns);
  const tiles = Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns);
  const wanted = Math.min(Math.ceil(BUSY / tiles), Math.ceil(positions / LEAST_POSITIONS));
  const steps = Math.ceil(positions / tile.depth / wanted); // of `depth` positions, for each chunk
  const chunks = Math.ceil(positions / (steps * tile.depth));
  const rows4 = tile.rows / 4;
  const columns4 = tile.columns / 4;
  // Four rows belong to the same tap of the filter where the channels come in fours.
  const together = shape.inChannels % 4 === 0;
  const fourColumns = columns % 4 === 0;
  const pass: Pass = {
    key: `filterGradient_${tile.rows}_${together}_${fourColumns}`,
    reads: { x, dy },
    makes: { sums: [chunks, rows + 1, columns] },
    uniforms: [
      int('positions', positions),
      int('outArea', shape.outHeight * shape.outWidth),
      int('outWidth', shape.outWidth),
      int('inHeight', shape.inHeight),
      int('inWidth', shape.inWidth),
      int('inChannels', shape.inChannels),
      int('filterWidth', shape.filterWidth),
      int('strideHeight', shape.strideHeight),
      int('strideWidth', shape.strideWidth),
      int('top', shape.top),
      int('left', shape.left),
      int('rows', rows),
      int('columns', columns),
      int('rowTiles', Math.ceil(rows / tile.rows)),
      int('columnTiles', Math.ceil(columns / tile.columns)),
      int('steps', steps),
      int('chunks', chunks),
    ],
    workgroups: tiles * chunks,
    workgroupSize: INVOCATIONS,
    code: `
    var<workgroup> taps : array<vec3<i32>, ${tile.rows}>; // of each row of W: down, right, channel
    var<workgroup> places : array<vec3<i32>, ${tile.depth}>; // of each position: picture, top, left in x
    var<workgroup> patches : array<vec4<f32>, ${tile.depth * rows4}>;
    var<workgroup> errors : array<vec4<f32>, ${tile.depth * columns4}>;

    fn placeOf(position : i32) -> vec3<i32> {
      let pixel = position % uniforms.outArea;
      return vec3<i32>(
        position / uniforms.outArea,
        (pixel / uniforms.outWidth) * uniforms.strideHeight - uniforms.top,
        (pixel % uniforms.outWidth) * uniforms.strideWidth - uniforms.left);
    }
    /** Where x has the number for a position and a row of W, or -1 in the padding. */
    fn source(place : vec3<i32>, tap : vec3<i32>) -> i32 {
      let y = place.y + tap.x;
      let x_ = place.z + tap.y;
      let inside = tap.z >= 0 && y >= 0 && y < uniforms.inHeight && x_ >= 0 && x_ < uniforms.inWidth;
      let at = ((place.x * uniforms.inHeight + y) * uniforms.inWidth + x_) * uniforms.inChannels + tap.z;
      return select(-1, at, inside);
    }
    fn main(group : i32, tid : i32) {
      let columnTile = group % uniforms.columnTiles;
      let rowTile = (group / uniforms.columnTiles) % uniforms.rowTiles;
      let chunk = group / (uniforms.columnTiles * uniforms.rowTiles);
      if (chunk >= uniforms.chunks) { return; }
      for (var r = tid; r < ${tile.rows}; r += ${INVOCATIONS}) {
        let row = rowTile * ${tile.rows} + r;
        let tap = row / uniforms.inChannels;
        taps[r] = select(
          vec3<i32>(0, 0, -1),
          vec3<i32>(tap / uniforms.filterWidth, tap % uniforms.filterWidth, row % uniforms.inChannels),
          row < uniforms.rows);
      }
      let start = chunk * uniforms.steps * ${tile.depth};
      let end = min(uniforms.positions, start + uniforms.steps * ${tile.depth});
      if (tid < ${tile.depth}) { places[tid] = placeOf(start + tid); }
      workgroupBarrier();
      let myRow = tid / ${columns4};
      let myColumn = tid % ${columns4};
      var sum0 = vec4<f32>(0.0);
      var sum1 = vec4<f32>(0.0);
      var sum2 = vec4<f32>(0.0);
      var sum3 = vec4<f32>(0.0);
      var bias = vec4<f32>(0.0);
      for (var step = 0; step < uniforms.steps; step++) {
        let first = start + step * ${tile.depth};
        for (var e = tid; e < ${tile.depth * rows4}; e += ${INVOCATIONS}) {
          let p = e / ${rows4};
          let r = (e % ${rows4}) * 4;
          var four = vec4<f32>(0.0);
          if (first + p < end) {
            ${
              together
                ? `let at = source(places[p], taps[r]);
            if (at >= 0) { four = vec4<f32>(x[at], x[at + 1], x[at + 2], x[at + 3]); }`
                : [0, 1, 2, 3]
                    .map(
                      (i) => `let at${i} = source(places[p], taps[r + ${i}]);
            if (at${i} >= 0) { four[${i}] = x[at${i}]; }`,
                    )
                    .join('\n            ')
            }
          }
          patches[e] = four;
        }
        for (var e = tid; e < ${tile.depth * columns4}; e += ${INVOCATIONS}) {
          let p = e / ${columns4};
          let column = columnTile * ${tile.columns} + (e % ${columns4}) * 4;
          let at = (first + p) * uniforms.columns + column;
          var four = vec4<f32>(0.0);
          if (first + p < end) {
            ${
              fourColumns
                ? `if (column < uniforms.columns) { four = vec4<f32>(dy[at], dy[at + 1], dy[at + 2], dy[at + 3]); }`
                : [0, 1, 2, 3]
                    .map((i) => `if (column + ${i} < uniforms.columns) { four[${i}] = dy[at + ${i}]; }`)
                    .join('\n            ')
            }
          }
          errors[e] = four;
        }
        workgroupBarrier();
        if (tid < ${tile.depth}) { places[tid] = placeOf(first + ${tile.depth} + tid); }
        for (var p = 0; p < ${tile.depth}; p++) {
          let patch_ = patches[p * ${rows4} + myRow];
          let error = errors[p * ${columns4} + myColumn];
          sum0 += patch_.x * error;
          sum1 += patch_.y * error;
          sum2 += patch_.z * error;
          sum3 += patch_.w * error;
          bias += error;
        }
        workgroupBarrier();
      }
      let row = rowTile * ${tile.rows} + myRow * 4;
      let column = columnTile * ${tile.columns} + myColumn * 4;
      let part = chunk * (uniforms.rows + 1) * uniforms.columns;
      let at = part + row * uniforms.columns + column;
      for (var j = 0; j < 4 && column + j < uniforms.columns; j++) {
        if (row < uniforms.rows) { sums[at + j] = sum0[j]; }
        if (row + 1 < uniforms.rows) { sums[at + uniforms.columns + j] = sum1[j]; }
        if (row + 2 < uniforms.rows) { sums[at + 2 * uniforms.columns + j] = sum2[j]; }
        if (row + 3 < uniforms.rows) { sums[at + 3 * uniforms.columns + j] = sum3[j]; }
        if (row == 0) { sums[part + uniforms.rows * uniforms.columns + column + j] = bias[j]; }
      }
    }`,
  };
  return { pass, chunks };
}
