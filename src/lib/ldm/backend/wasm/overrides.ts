// TensorFlow.js's own kernels that its wasm backend lacks, or does in a scalar loop, or by copying.
import * as tf from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { overrideKernel } from '../../nn/kernels.ts';
import type { RunCalls } from './module.ts';
import {
  filterGradient,
  inputGradient,
  inputGradientFits,
  multiply,
  multiplyTransposed,
  padInput,
  type Geometry,
} from './products.ts';
import { KernelCall, oneResult, sizeOf } from './register.ts';

type Shape4 = [number, number, number, number];

/** TensorFlow.js's attributes of a convolution; undefined where our loops do not fit: dilations, channels first. */
function tfGeometry(kernel: KernelCall, xShape: Shape4, filterShape: Shape4): Geometry | undefined {
  const attributes = kernel.attributes as unknown as tf.Conv2DBackpropFilterAttrs;
  const info = tf.backend_util.computeConv2DInfo(
    xShape,
    filterShape,
    attributes.strides,
    1,
    attributes.pad,
    attributes.dimRoundingMode,
    false,
    tf.backend_util.convertConv2DDataFormat(attributes.dataFormat),
  );
  if (info.strideHeight !== info.strideWidth || info.dataFormat !== 'channelsLast') return undefined;
  return {
    batch: info.batchSize,
    height: info.inHeight,
    width: info.inWidth,
    inputs: info.inChannels,
    kernelHeight: info.filterHeight,
    kernelWidth: info.filterWidth,
    outputs: info.outChannels,
    stride: info.strideHeight,
    outHeight: info.outHeight,
    outWidth: info.outWidth,
    top: info.padInfo.top,
    left: info.padInfo.left,
  };
}

export function overrideWasmKernels(run: RunCalls): void {
  overrideConvolutionGradients(run);
  overrideBatchMatMul(run);
  addUnsortedSegmentSum();
  shareClones();
}

/** A clone that shares its data, as on other backends. TensorFlow.js copies it, and a tape clones all that it saves. */
function shareClones(): void {
  overrideKernel('Identity', 'wasm', ({ inputs, backend }) => {
    const { dataId, shape, dtype } = (inputs as Record<'x', tf.TensorInfo>).x;
    (backend as BackendWasm).incRef(dataId);
    return { dataId, shape, dtype };
  });
}

function overrideConvolutionGradients(run: RunCalls): void {
  overrideKernel(
    'Conv2DBackpropFilter',
    'wasm',
    oneResult('Conv2DBackpropFilter', (kernel) => {
      const filterShape = kernel.attributes['filterShape'] as unknown as Shape4;
      const [x, dy] = [kernel.input('x'), kernel.input('dy')];
      const g = tfGeometry(kernel, x.shape as Shape4, filterShape);
      if (g === undefined) {
        throw new Error(
          'Conv2DBackpropFilter: expected channels last and one stride for both axes. Change the layer.',
        );
      }
      const out = kernel.output(filterShape);
      filterGradient(run, kernel, padInput(run, kernel, x.address, g), dy.address, out, g);
    }),
  );
  const original = tf.getKernel('Conv2DBackpropInput', 'wasm').kernelFunc;
  const fitting = (kernel: KernelCall): Geometry | undefined => {
    const xShape = kernel.attributes['inputShape'] as unknown as Shape4;
    const g = tfGeometry(kernel, xShape, kernel.info('filter').shape as Shape4);
    return g !== undefined && inputGradientFits(g) ? g : undefined;
  };
  overrideKernel('Conv2DBackpropInput', 'wasm', (options) => {
    const g = fitting(new KernelCall(options.inputs, options.attrs, options.backend));
    if (g === undefined) return original(options);
    return oneResult('Conv2DBackpropInput', (kernel) => {
      const [dy, filter] = [kernel.input('dy').address, kernel.input('filter').address];
      inputGradient(run, kernel, dy, filter, kernel.output([g.batch, g.height, g.width, g.inputs]), g);
    })(options);
  });
}

/** What XNNPACK does not do for TensorFlow.js, and a scalar loop did: more than one product, or a transposed factor. */
function overrideBatchMatMul(run: RunCalls): void {
  const original = tf.getKernel('BatchMatMul', 'wasm').kernelFunc;
  overrideKernel('BatchMatMul', 'wasm', (options) => {
    const { transposeA, transposeB } = options.attrs as unknown as tf.BatchMatMulAttrs;
    const { a, b } = options.inputs as Record<'a' | 'b', tf.TensorInfo>;
    const outer = (shape: readonly number[]): number[] => shape.slice(0, -2);
    const [batchA, batchB] = [sizeOf(outer(a.shape)), sizeOf(outer(b.shape))];
    const plain = batchA === 1 && batchB === 1 && !transposeA && !transposeB;
    const known = batchA === batchB || batchA === 1 || batchB === 1;
    const float = a.dtype === 'float32' && b.dtype === 'float32';
    if (plain || !known || !float || (transposeA && transposeB)) return original(options);
    return oneResult('BatchMatMul', (kernel) => {
      const [heightA, widthA] = a.shape.slice(-2) as [number, number];
      const [heightB, widthB] = b.shape.slice(-2) as [number, number];
      const rows = transposeA ? widthA : heightA;
      const inner = transposeA ? heightA : widthA;
      const columns = transposeB ? heightB : widthB;
      const batch = tf.backend_util.assertAndGetBroadcastShape(outer(a.shape), outer(b.shape));
      const out = kernel.output([...batch, rows, columns]);
      const [atA, atB] = [kernel.input('a').address, kernel.input('b').address];
      for (let i = 0; i < Math.max(batchA, batchB); i++) {
        const left = atA + (batchA === 1 ? 0 : 4 * i * rows * inner);
        const right = atB + (batchB === 1 ? 0 : 4 * i * inner * columns);
        const to = out + 4 * i * rows * columns;
        if (transposeA)
          multiplyTransposed(run, kernel, left, right, to, { rows: inner, inner: rows, columns });
        else multiply(run, kernel, left, right, 0, to, { rows, inner, columns }, transposeB);
      }
    })(options);
  });
}

/** The gradient of a gather; TensorFlow.js has none for wasm. */
function addUnsortedSegmentSum(): void {
  const run = oneResult('UnsortedSegmentSum', (kernel) => {
    // the rows are int32: only read as numbers
    const [x, ids] = [kernel.info('x'), kernel.info('segmentIds')];
    const segments = kernel.attribute('numSegments');
    const rest = x.shape.slice(ids.shape.length);
    const width = sizeOf(rest);
    kernel.output([segments, ...rest]);
    const heap = (info: tf.TensorInfo): Float32Array =>
      kernel.backend.typedArrayFromHeap(info) as Float32Array;
    const out = heap(kernel.results[0] as tf.TensorInfo);
    const [values, rows] = [heap(x), heap(ids)];
    out.fill(0);
    for (let i = 0; i < sizeOf(ids.shape); i++) {
      const row = rows[i] as number;
      if (row < 0 || row >= segments) continue;
      for (let c = 0; c < width; c++) {
        out[row * width + c] = (out[row * width + c] as number) + (values[i * width + c] as number);
      }
    }
  });
  overrideKernel('UnsortedSegmentSum', 'wasm', run);
}
