// Sums over rows, in an order that is always the same (no atomics): a resumed run has to compute the same numbers again.
import type * as tf from '@tensorflow/tfjs-core';
import { int, type Pass } from '../dispatch.ts';

/** Columns that a workgroup takes side by side, and the invocations that share the rows of each. */
const COLUMNS = 16;
const LANES = 16;
/** With so many columns there is work enough for one invocation a column. */
const MANY_COLUMNS = 4096;

/**
 * x [rows, n] summed over its rows, or over the rows of each of `chunks` parts. The sums, [n] or [chunks, n], are dealt out
 * to the outputs in turn, to each as many as its shape holds; with several chunks there is one output.
 */
export function sumRows(
  x: tf.TensorInfo,
  rows: number,
  makes: Readonly<Record<string, readonly number[]>>,
  { chunks = 1 }: { readonly chunks?: number } = {},
): Pass {
  const names = Object.keys(makes);
  const n = x.shape.reduce((a, b) => a * b, 1) / rows;
  const many = n >= MANY_COLUMNS;
  const columns = many ? 64 : COLUMNS;
  const lanes = many ? 1 : LANES;
  const write =
    names.length === 1
      ? `${names[0] ?? ''}[chunk * uniforms.n + column] = sum;`
      : `var at = column;
        ${names
          .map(
            (name) => `let size_${name} = i32(arrayLength(&${name}));
        if (at >= 0 && at < size_${name}) { ${name}[at] = sum; }
        at -= size_${name};`,
          )
          .join('\n        ')}`;
  return {
    key: `sumRows_${names.join('_')}_${lanes}`,
    reads: { x },
    makes,
    uniforms: [
      int('rows', rows),
      int('n', n),
      int('chunkRows', Math.ceil(rows / chunks)),
      int('chunks', chunks),
    ],
    workgroups: Math.ceil(n / columns) * chunks,
    workgroupSize: columns * lanes,
    code: `
    var<workgroup> parts : array<f32, ${columns * lanes}>;
    fn main(group : i32, tid : i32) {
      let blocks = (uniforms.n + ${columns - 1}) / ${columns};
      let chunk = group / blocks;
      let column = (group % blocks) * ${columns} + tid % ${columns};
      var sum = 0.0;
      if (column < uniforms.n && chunk < uniforms.chunks) {
        let end = min(uniforms.rows, (chunk + 1) * uniforms.chunkRows);
        for (var row = chunk * uniforms.chunkRows + tid / ${columns}; row < end; row += ${lanes}) {
          sum += x[row * uniforms.n + column];
        }
      }
      parts[tid] = sum;
      workgroupBarrier();
      if (tid < ${columns} && column < uniforms.n && chunk < uniforms.chunks) {
        for (var lane = 1; lane < ${lanes}; lane++) { sum += parts[lane * ${columns} + tid]; }
        ${write}
      }
    }`,
  };
}

/** Rows from which on a sum is taken in two passes, and the rows that the first pass joins. */
const MANY_ROWS = 1024;
const CHUNK_ROWS = 256;

/** x [..., C] summed over all axes but the last, [C]. */
export function columnSum(
  x: tf.TensorInfo,
  run: (pass: Pass) => tf.TensorInfo[],
  free: (info: tf.TensorInfo) => void,
): tf.TensorInfo {
  const channels = x.shape[x.shape.length - 1] as number;
  const rows = x.shape.reduce((a, b) => a * b, 1) / channels;
  if (rows < MANY_ROWS) return run(sumRows(x, rows, { total: [channels] }))[0] as tf.TensorInfo;
  const chunks = Math.ceil(rows / CHUNK_ROWS);
  const parts = run(sumRows(x, rows, { total: [chunks, channels] }, { chunks }))[0] as tf.TensorInfo;
  const sum = run(sumRows(parts, chunks, { total: [channels] }))[0] as tf.TensorInfo;
  free(parts);
  return sum;
}
