// Convolution, linear layer and their gradients on the wasm backend.
import { CONV2D, CONV2D_GRAD, LINEAR, LINEAR_GRAD } from '../../nn/kernels.ts';
import { columnSum } from './gradients.ts';
import type { RunCalls } from './module.ts';
import {
  convolve,
  filterGradient,
  inputGradient,
  multiply,
  multiplyTransposed,
  padInput,
  type Geometry,
} from './products.ts';
import { registerMany, registerOne, sizeOf, type KernelCall } from './register.ts';

type Shape4 = [number, number, number, number];
const always = (): boolean => true;

/** Of CONV2D and CONV2D_GRAD. */
function geometryOf(kernel: KernelCall): Geometry {
  const [batch, height, width, inputs] = kernel.info('x').shape as Shape4;
  const [kernelHeight, kernelWidth, , outputs] = kernel.info('kernel').shape as Shape4;
  const [stride, top, left] = [kernel.attribute('stride'), kernel.attribute('top'), kernel.attribute('left')];
  const whole = {
    height: height + top + kernel.attribute('bottom'),
    width: width + left + kernel.attribute('right'),
  };
  const outHeight = Math.floor((whole.height - kernelHeight) / stride) + 1;
  const outWidth = Math.floor((whole.width - kernelWidth) / stride) + 1;
  return {
    ...{ batch, height, width, inputs, kernelHeight, kernelWidth, outputs, stride, outHeight, outWidth },
    ...{ top, left },
  };
}

export function registerConvolutionKernels(run: RunCalls): void {
  registerOne(CONV2D, always, (kernel) => {
    const g = geometryOf(kernel);
    const out = kernel.output([g.batch, g.outHeight, g.outWidth, g.outputs]);
    const x = padInput(run, kernel, kernel.input('x').address, g);
    convolve(run, kernel, x, kernel.input('kernel').address, kernel.input('bias').address, out, g);
  });
  registerMany(CONV2D_GRAD, always, (kernel) => {
    const g = geometryOf(kernel);
    const [dy, x, filter] = [kernel.input('dy'), kernel.input('x'), kernel.input('kernel')];
    const dx = kernel.output(x.shape);
    const dFilter = kernel.output(filter.shape);
    const dBias = kernel.output([g.outputs]);
    inputGradient(run, kernel, dy.address, filter.address, dx, g);
    filterGradient(run, kernel, padInput(run, kernel, x.address, g), dy.address, dFilter, g);
    columnSum(run, kernel, dy.address, dBias, sizeOf(dy.shape) / g.outputs, g.outputs);
  });
  registerOne(LINEAR, always, (kernel) => {
    const [rows, inner] = kernel.info('x').shape as [number, number];
    const columns = kernel.info('kernel').shape[1] as number;
    const [x, weights] = [kernel.input('x').address, kernel.input('kernel').address];
    const bias = kernel.has('bias') ? kernel.input('bias').address : 0;
    multiply(run, kernel, x, weights, bias, kernel.output([rows, columns]), { rows, inner, columns });
  });
  registerMany(LINEAR_GRAD, always, (kernel) => {
    const [rows, inner] = kernel.info('x').shape as [number, number];
    const columns = kernel.info('kernel').shape[1] as number;
    const [dy, x] = [kernel.input('dy').address, kernel.input('x').address];
    const weights = kernel.input('kernel').address;
    const dx = kernel.output([rows, inner]);
    const dWeights = kernel.output([inner, columns]);
    const dBias = kernel.output([columns]);
    multiply(run, kernel, dy, weights, 0, dx, { rows, inner: columns, columns: inner }, true);
    multiplyTransposed(run, kernel, x, dy, dWeights, { rows, inner, columns });
    columnSum(run, kernel, dy, dBias, rows, columns);
  });
}
