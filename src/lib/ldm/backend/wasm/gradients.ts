// Gradients of norms, activations, GEGLU and attention on the wasm backend.
import {
  ACTIVATION_GRAD,
  ATTENTION_GRAD,
  COLUMN_SUM,
  GEGLU_GRAD,
  GROUP_NORM_GRAD,
  LAYER_NORM_GRAD,
} from '../../nn/kernels.ts';
import { attentionGradScratch } from './simd/attentionGradient.ts';
import { GROUP_NORM_GRAD_ROWS } from './simd/groupNormGradient.ts';
import type { Call, RunCalls } from './module.ts';
import { divisibleBy4, ranges, registerMany, registerOne, sizeOf, type KernelCall } from './register.ts';

const lastOf = (shape: readonly number[]): number => shape[shape.length - 1] as number;

/** Writes the sum of the rows to `out`: of a fixed number of parts first, then of those. */
export function columnSum(
  run: RunCalls,
  kernel: KernelCall,
  x: number,
  out: number,
  rows: number,
  columns: number,
): void {
  const parts = ranges(rows);
  const rowBytes = 4 * columns;
  const partial = kernel.scratch(parts.length * columns);
  run(
    parts.map(({ first, count }, part): Call => [
      'columnSum',
      x + first * rowBytes,
      partial + part * rowBytes,
      count,
      rowBytes,
    ]),
  );
  run([['columnSum', partial, out, parts.length, rowBytes]]);
}

export function registerGradientKernels(run: RunCalls): void {
  registerOne(
    COLUMN_SUM,
    () => true,
    (kernel) => {
      const x = kernel.input('x');
      const columns = lastOf(x.shape);
      columnSum(run, kernel, x.address, kernel.output([columns]), sizeOf(x.shape) / columns, columns);
    },
  );
  registerOne(ACTIVATION_GRAD, divisibleBy4, (kernel) => {
    const [dy, x] = [kernel.input('dy'), kernel.input('x')];
    const dx = kernel.output(x.shape);
    const name = `activationGrad${kernel.attribute('activation')}`;
    run(
      ranges(sizeOf(x.shape) / 4).map(({ first, count }): Call => {
        const skip = 16 * first;
        return [name, dy.address + skip, x.address + skip, dx + skip, 16 * count];
      }),
    );
  });
  registerOne(GEGLU_GRAD, divisibleBy4, (kernel) => {
    const [dy, x] = [kernel.input('dy'), kernel.input('x')];
    const dx = kernel.output(x.shape);
    const rowBytes = 2 * lastOf(x.shape);
    run(
      ranges(sizeOf(x.shape) / lastOf(x.shape)).map(({ first, count }): Call => {
        const skip = first * rowBytes;
        return ['gegluGrad', dy.address + skip, x.address + 2 * skip, dx + 2 * skip, count, rowBytes];
      }),
    );
  });
  registerMany(LAYER_NORM_GRAD, divisibleBy4, (kernel) => layerNormGrad(run, kernel));
  registerMany(GROUP_NORM_GRAD, divisibleBy4, (kernel) => groupNormGrad(run, kernel));
  registerMany(ATTENTION_GRAD, divisibleBy4, (kernel) => attentionGrad(run, kernel));
}

function layerNormGrad(run: RunCalls, kernel: KernelCall): void {
  const [dy, x, weight] = [kernel.input('dy'), kernel.input('x'), kernel.input('weight')];
  const channels = lastOf(x.shape);
  const rowBytes = 4 * channels;
  const dx = kernel.output(x.shape);
  const [dWeight, dBias] = [kernel.output([channels]), kernel.output([channels])];
  const parts = ranges(sizeOf(x.shape) / channels);
  const weights = kernel.scratch(parts.length * channels);
  const biases = kernel.scratch(parts.length * channels);
  run(
    parts.map(({ first, count }, part): Call => [
      'layerNormGrad',
      dy.address + first * rowBytes,
      x.address + first * rowBytes,
      weight.address,
      dx + first * rowBytes,
      weights + part * rowBytes,
      biases + part * rowBytes,
      count,
      rowBytes,
      kernel.attribute('epsilon'),
    ]),
  );
  run([
    ['columnSum', weights, dWeight, parts.length, rowBytes],
    ['columnSum', biases, dBias, parts.length, rowBytes],
  ]);
}

function groupNormGrad(run: RunCalls, kernel: KernelCall): void {
  const [dy, x] = [kernel.input('dy'), kernel.input('x')];
  const [weight, bias] = [kernel.input('weight').address, kernel.input('bias').address];
  const [images, , , channels] = x.shape as [number, number, number, number];
  const rowBytes = 4 * channels;
  const imageBytes = (4 * sizeOf(x.shape)) / images;
  const dx = kernel.output(x.shape);
  const [dWeight, dBias] = [kernel.output([channels]), kernel.output([channels])];
  const weights = kernel.scratch(images * channels);
  const biases = kernel.scratch(images * channels);
  const addend = kernel.has('addend') ? kernel.input('addend') : undefined;
  const addendStride = addend !== undefined && addend.shape[0] !== 1 ? rowBytes : 0;
  const dAddend = addend === undefined ? 0 : kernel.output(addend.shape);
  // one row for all images gets the sum of theirs
  const addends = addend === undefined || addendStride > 0 ? dAddend : kernel.scratch(images * channels);
  const parts = ranges(images);
  const space = kernel.scratch(GROUP_NORM_GRAD_ROWS * channels * parts.length);
  run(
    parts.map(({ first, count }, part): Call => [
      `groupNormGrad${kernel.attribute('activation')}`,
      dy.address + first * imageBytes,
      x.address + first * imageBytes,
      weight,
      bias,
      addend === undefined ? 0 : addend.address + first * addendStride,
      addendStride,
      dx + first * imageBytes,
      weights + first * rowBytes,
      biases + first * rowBytes,
      addend === undefined ? 0 : addends + first * rowBytes,
      space + GROUP_NORM_GRAD_ROWS * rowBytes * part,
      count,
      imageBytes / rowBytes,
      rowBytes,
      rowBytes / kernel.attribute('groups'),
      kernel.attribute('epsilon'),
    ]),
  );
  run([
    ['columnSum', weights, dWeight, images, rowBytes],
    ['columnSum', biases, dBias, images, rowBytes],
    ...(addends === dAddend ? [] : ([['columnSum', addends, dAddend, images, rowBytes]] as const)),
  ]);
}

function attentionGrad(run: RunCalls, kernel: KernelCall): void {
  const [dy, q, k, v] = [kernel.input('dy'), kernel.input('q'), kernel.input('k'), kernel.input('v')];
  const [heads, headDim] = [kernel.attribute('heads'), kernel.attribute('headDim')];
  const [batch, queries, qWidth] = q.shape as [number, number, number];
  const [, keys, kWidth] = k.shape as [number, number, number];
  const vWidth = v.shape[2] as number;
  const width = heads * headDim;
  const dq = kernel.output([batch, queries, width]);
  const dk = kernel.output([batch, keys, width]);
  const dv = kernel.output([batch, keys, width]);
  const parts = ranges(batch);
  const floats = attentionGradScratch(queries, keys, headDim);
  const space = kernel.scratch(floats * parts.length);
  run(
    parts.map(({ first, count }, part): Call => [
      'attentionGrad',
      dy.address + 4 * first * queries * width,
      q.address + 4 * (kernel.attribute('qOffset') + first * queries * qWidth),
      k.address + 4 * (kernel.attribute('kOffset') + first * keys * kWidth),
      v.address + 4 * (kernel.attribute('vOffset') + first * keys * vWidth),
      dq + 4 * first * queries * width,
      dk + 4 * first * keys * width,
      dv + 4 * first * keys * width,
      space + 4 * floats * part,
      count,
      queries,
      keys,
      heads,
      4 * headDim,
      4 * qWidth,
      4 * kWidth,
      4 * vWidth,
      4 * width,
      kernel.attribute('causal'),
      1 / Math.sqrt(headDim),
    ]),
  );
}
