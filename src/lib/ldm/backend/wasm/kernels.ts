// Our kernels for the wasm backend: written with `simd/assembler`, they work in the backend's own memory on its tensors.
import { ACTIVATION, ATTENTION, GEGLU, GROUP_NORM, LAYER_NORM, taping } from '../../nn/kernels.ts';
import { attentionScratch, paddedKeys } from './simd/attention.ts';
import { registerConvolutionKernels } from './convolution.ts';
import { registerGradientKernels } from './gradients.ts';
import { compileKernels, runInOrder, type Call, type RunCalls } from './module.ts';
import { overrideWasmKernels } from './overrides.ts';
import { runOnThreads } from './pool.ts';
import { divisibleBy4, ranges, registerOne, sizeOf } from './register.ts';
import { registerUpdateKernels } from './updates.ts';

/** Registers what can be registered with this memory; where there is none, plain ops do the work. */
export function registerWasmKernels(memory: WebAssembly.Memory | undefined, threads: number): void {
  const compiled = memory === undefined ? undefined : compileKernels(memory);
  if (memory === undefined || compiled === undefined) return;
  const run = runOnThreads(compiled, memory, threads);
  // a forward pass alone goes on as it was
  const alone = runInOrder(compiled);
  registerForwardKernels((calls) => {
    (taping() ? run : alone)(calls);
  });
  registerGradientKernels(run);
  registerConvolutionKernels(run);
  registerUpdateKernels(run);
  overrideWasmKernels(run);
}

function registerForwardKernels(run: RunCalls): void {
  registerOne(GROUP_NORM, divisibleBy4, (kernel) => {
    const x = kernel.input('x');
    const channels = x.shape[3] as number;
    const images = x.shape[0] as number;
    const addend = kernel.has('addend') ? kernel.input('addend') : undefined;
    const addendStride = addend !== undefined && addend.shape[0] !== 1 ? 4 * channels : 0;
    const weight = kernel.input('weight').address;
    const bias = kernel.input('bias').address;
    const out = kernel.output(x.shape);
    const imageBytes = (4 * sizeOf(x.shape)) / images;
    const parts = ranges(images);
    const space = kernel.scratch(2 * channels * parts.length);
    run(
      parts.map(({ first, count }, part): Call => [
        `groupNorm${kernel.attribute('activation')}`,
        x.address + first * imageBytes,
        weight,
        bias,
        addend === undefined ? 0 : addend.address + first * addendStride,
        addendStride,
        out + first * imageBytes,
        space + 8 * channels * part,
        count,
        imageBytes / (4 * channels),
        4 * channels,
        (4 * channels) / kernel.attribute('groups'),
        kernel.attribute('epsilon'),
      ]),
    );
  });
  registerOne(LAYER_NORM, divisibleBy4, (kernel) => {
    const x = kernel.input('x');
    const channels = x.shape[x.shape.length - 1] as number;
    const weight = kernel.input('weight').address;
    const bias = kernel.input('bias').address;
    const out = kernel.output(x.shape);
    run(
      ranges(sizeOf(x.shape) / channels).map(({ first, count }): Call => {
        const skip = 4 * channels * first;
        const epsilon = kernel.attribute('epsilon');
        return ['layerNorm', x.address + skip, weight, bias, out + skip, count, 4 * channels, epsilon];
      }),
    );
  });
  registerOne(ACTIVATION, divisibleBy4, (kernel) => {
    const x = kernel.input('x');
    const out = kernel.output(x.shape);
    const name = `activation${kernel.attribute('activation')}`;
    run(
      ranges(sizeOf(x.shape) / 4).map(({ first, count }): Call => [
        name,
        x.address + 16 * first,
        out + 16 * first,
        16 * count,
      ]),
    );
  });
  registerOne(GEGLU, divisibleBy4, (kernel) => {
    const x = kernel.input('x');
    const half = (x.shape[x.shape.length - 1] as number) / 2;
    const shape = [...x.shape.slice(0, -1), half];
    const out = kernel.output(shape);
    run(
      ranges(sizeOf(shape) / half).map(({ first, count }): Call => [
        'geglu',
        x.address + 8 * half * first,
        out + 4 * half * first,
        count,
        4 * half,
      ]),
    );
  });
  registerOne(ATTENTION, divisibleBy4, (kernel) => {
    const [q, k, v] = [kernel.input('q'), kernel.input('k'), kernel.input('v')];
    const [heads, headDim] = [kernel.attribute('heads'), kernel.attribute('headDim')];
    const [batch, queries, qWidth] = q.shape as [number, number, number];
    const [, keys, kWidth] = k.shape as [number, number, number];
    const vWidth = v.shape[2] as number;
    const width = heads * headDim;
    const out = kernel.output([batch, queries, width]);
    const parts = ranges(batch);
    const floats = attentionScratch(keys, headDim);
    const space = kernel.scratch(floats * parts.length);
    run(
      parts.map(({ first, count }, part): Call => [
        'attention',
        q.address + 4 * (kernel.attribute('qOffset') + first * queries * qWidth),
        k.address + 4 * (kernel.attribute('kOffset') + first * keys * kWidth),
        v.address + 4 * (kernel.attribute('vOffset') + first * keys * vWidth),
        out + 4 * first * queries * width,
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
        4 * paddedKeys(keys),
        kernel.attribute('causal'),
        1 / Math.sqrt(headDim),
      ]),
    );
  });
}
