// Convolutions and matrix products of training on WebGPU: tiled filter and weight gradients that come with the bias's, and
// what takes the place of TensorFlow.js's own kernels.
import * as tf from '@tensorflow/tfjs-core';
import {
  CONV2D,
  CONV2D_GRAD,
  LINEAR,
  LINEAR_GRAD,
  overrideKernel,
  registerFusedKernel,
} from '../../nn/kernels.ts';
import type { TrainingWebgpuBackend } from './backend.ts';
import { dispatch } from './dispatch.ts';
import { filterGradient, type FilterGradientShape } from './wgsl/filterGradient.ts';
import { sumRows } from './wgsl/sums.ts';

type Infos = Readonly<Record<string, tf.TensorInfo>>;
/** Terms of a product from which on its sum is split here, and not by TensorFlow.js. */
const MANY_TERMS = 1024;

type Padding = [[0, 0], [number, number], [number, number], [0, 0]];

/** TensorFlow.js's own kernel, as it was when the module was loaded. */
function originalKernel(name: string): (inputs: object, attrs: object, backend: object) => tf.TensorInfo {
  const { kernelFunc } = tf.getKernel(name, 'webgpu');
  return (inputs, attrs, backend) =>
    kernelFunc({ inputs, attrs, backend } as Parameters<tf.KernelFunc>[0]) as tf.TensorInfo;
}

/** Sums dW, and the bias's gradient where it is asked for. */
function weightGradients(
  backend: TrainingWebgpuBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  shape: FilterGradientShape,
  makes: Readonly<Record<string, readonly number[]>>,
): tf.TensorInfo[] {
  const { pass, chunks } = filterGradient(x, dy, shape);
  const [sums] = dispatch(backend, pass) as [tf.TensorInfo];
  const made = dispatch(backend, sumRows(sums, chunks, makes));
  backend.disposeData(sums.dataId);
  return made;
}

/** The same without the bias's. */
function weightGradient(
  backend: TrainingWebgpuBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  shape: FilterGradientShape,
  resultShape: readonly number[],
): tf.TensorInfo {
  const makes = { dKernel: resultShape, dBias: [shape.outChannels] };
  const [dKernel, dBias] = weightGradients(backend, x, dy, shape, makes) as [tf.TensorInfo, tf.TensorInfo];
  backend.disposeData(dBias.dataId);
  return dKernel;
}

function shapeOf(info: tf.backend_util.Conv2DInfo): FilterGradientShape {
  return {
    batch: info.batchSize,
    inHeight: info.inHeight,
    inWidth: info.inWidth,
    inChannels: info.inChannels,
    outHeight: info.outHeight,
    outWidth: info.outWidth,
    outChannels: info.outChannels,
    filterHeight: info.filterHeight,
    filterWidth: info.filterWidth,
    strideHeight: info.strideHeight,
    strideWidth: info.strideWidth,
    top: info.padInfo.top,
    left: info.padInfo.left,
  };
}

/** x^T dy for x [N, in] and dy [N, out] is the gradient of a 1x1 filter over N positions. */
function productShape(rows: number, inChannels: number, outChannels: number): FilterGradientShape {
  return {
    batch: 1,
    inHeight: rows,
    inWidth: 1,
    inChannels,
    outHeight: rows,
    outWidth: 1,
    outChannels,
    filterHeight: 1,
    filterWidth: 1,
    strideHeight: 1,
    strideWidth: 1,
    top: 0,
    left: 0,
  };
}

function convAttributes(attrs: Readonly<Record<string, number>>): { strides: number; pad: Padding } {
  const { stride, top, bottom, left, right } = attrs as Record<
    'stride' | 'top' | 'bottom' | 'left' | 'right',
    number
  >;
  return {
    strides: stride,
    pad: [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
  };
}

export function registerWebgpuProducts(): void {
  const fusedConv2d = originalKernel(tf.FusedConv2D);
  const inputGradient = originalKernel(tf.Conv2DBackpropInput);
  const product = originalKernel(tf.BatchMatMul);
  const fusedProduct = originalKernel(tf._FusedMatMul);
  const plainFilterGradient = originalKernel(tf.Conv2DBackpropFilter);
  const addN = originalKernel(tf.AddN);

  const register = (
    name: string,
    run: (
      infos: Infos,
      attrs: Readonly<Record<string, number>>,
      backend: TrainingWebgpuBackend,
    ) => tf.TensorInfo | tf.TensorInfo[],
  ): void => {
    registerFusedKernel({
      name,
      backend: 'webgpu',
      supports: () => true,
      run: ({ inputs, attrs, backend }) =>
        run(inputs as Infos, attrs as unknown as Record<string, number>, backend as TrainingWebgpuBackend),
    });
  };

  register(CONV2D, (inputs, attrs, backend) => {
    const { x, kernel: filter, bias } = inputs;
    const shared = { dataFormat: 'NHWC', dilations: 1, activation: 'linear', leakyreluAlpha: 0 };
    return fusedConv2d({ x, filter, bias }, { ...shared, ...convAttributes(attrs) }, backend);
  });
  register(CONV2D_GRAD, (inputs, attrs, backend) => {
    const { dy, x, kernel } = inputs as Record<'dy' | 'x' | 'kernel', tf.TensorInfo>;
    const { strides, pad } = convAttributes(attrs);
    const size = [...x.shape] as [number, number, number, number];
    const filterSize = [...kernel.shape] as [number, number, number, number];
    const info = tf.backend_util.computeConv2DInfo(size, filterSize, strides, 1, pad);
    const dx = inputGradient(
      { dy, filter: kernel },
      { inputShape: size, strides, pad, dataFormat: 'NHWC' },
      backend,
    );
    const makes = { dKernel: filterSize, dBias: [info.outChannels] };
    return [dx, ...weightGradients(backend, x, dy, shapeOf(info), makes)];
  });
  register(LINEAR, ({ x, kernel, bias }, _, backend) =>
    bias === undefined
      ? product({ a: x, b: kernel }, { transposeA: false, transposeB: false }, backend)
      : fusedProduct(
          { a: x, b: kernel, bias },
          { transposeA: false, transposeB: false, activation: 'linear', leakyreluAlpha: 0 },
          backend,
        ),
  );
  register(LINEAR_GRAD, (inputs, _, backend) => {
    const { dy, x, kernel } = inputs as Record<'dy' | 'x' | 'kernel', tf.TensorInfo>;
    const [rows, inFeatures] = x.shape as [number, number];
    const outFeatures = dy.shape[1] as number;
    const dx = product({ a: dy, b: kernel }, { transposeA: false, transposeB: true }, backend);
    const makes = { dKernel: kernel.shape, dBias: [outFeatures] };
    return [dx, ...weightGradients(backend, x, dy, productShape(rows, inFeatures, outFeatures), makes)];
  });

  // TensorFlow.js gives each number of the filter one invocation that walks over all positions.
  overrideKernel(tf.Conv2DBackpropFilter, 'webgpu', ({ inputs, attrs, backend }) => {
    const { x, dy } = inputs as Record<'x' | 'dy', tf.TensorInfo>;
    const { strides, pad, dataFormat, dimRoundingMode, filterShape } =
      attrs as unknown as tf.Conv2DBackpropFilterAttrs;
    if (dataFormat !== 'NHWC') return plainFilterGradient(inputs, attrs as object, backend);
    const info = tf.backend_util.computeConv2DInfo(
      [...x.shape] as [number, number, number, number],
      filterShape,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    return weightGradient(backend as TrainingWebgpuBackend, x, dy, shapeOf(info), filterShape);
  });
  // With few results and many terms TensorFlow.js adds parts up as they come, so that no two runs agree to the bit.
  overrideKernel(tf.BatchMatMul, 'webgpu', ({ inputs, attrs, backend }) => {
    const { a, b } = inputs as Record<'a' | 'b', tf.TensorInfo>;
    const { transposeA, transposeB } = attrs as unknown as tf.BatchMatMulAttrs;
    const terms = a.shape.at(transposeA ? -2 : -1) as number;
    const single = [a, b].every(({ shape }) => shape.slice(0, -2).every((size) => size === 1));
    if (!transposeA || transposeB || !single || a.shape.length !== b.shape.length || terms < MANY_TERMS) {
      return product(inputs, attrs as object, backend);
    }
    const [rows, columns] = [a.shape.at(-1) as number, b.shape.at(-1) as number];
    return weightGradient(backend as TrainingWebgpuBackend, a, b, productShape(terms, rows, columns), [
      ...a.shape.slice(0, -2),
      rows,
      columns,
    ]);
  });
  // A sum of more tensors than a shader may have buffers is left out without a word, and what was recorded with it.
  overrideKernel(tf.AddN, 'webgpu', ({ inputs, backend }) => {
    const webgpu = backend as TrainingWebgpuBackend;
    const most = webgpu.device.limits.maxStorageBuffersPerShaderStage - 1; // one is for the result
    const [first, ...rest] = inputs as unknown as tf.TensorInfo[];
    if (first === undefined || rest.length < most) return addN(inputs, {}, backend);
    let sum = first;
    for (let at = 0; at < rest.length; at += most - 1) {
      const next = addN([sum, ...rest.slice(at, at + most - 1)], {}, webgpu);
      if (sum !== first) webgpu.disposeData(sum.dataId);
      sum = next;
    }
    return sum;
  });
}
