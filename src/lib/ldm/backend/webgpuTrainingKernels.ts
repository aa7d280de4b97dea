// Our WebGPU kernels for training: gradients of the fused kernels, AdamW and the moving average in place, and what takes
// the place of TensorFlow.js's kernels that are slow, wrong or sum in a different order each time.
import * as tf from '@tensorflow/tfjs-core';
import {
  ACTIVATION_GRAD,
  ADAMW,
  ATTENTION_GRAD,
  COLUMN_SUM,
  EMA,
  GEGLU_GRAD,
  GROUP_NORM_GRAD,
  LAYER_NORM_GRAD,
  registerFusedKernel,
  type FusedKernel,
} from '../nn/kernels.ts';
import type { TrainingWebgpuBackend } from './webgpuBackend.ts';
import { dispatch, type Pass } from './webgpuDispatch.ts';
import { registerWebgpuProducts } from './webgpuProducts.ts';
import { MAX_HEAD_DIM, MAX_KEYS } from './wgsl/attention.ts';
import { keyGradient, queryGradient, type AttentionShape } from './wgsl/attentionGradient.ts';
import { activationGradient, gegluGradient } from './wgsl/derivatives.ts';
import { groupNormGradient, layerNormGradient } from './wgsl/normGradients.ts';
import { adamW, movingAverage, type AdamWNumbers } from './wgsl/optimizer.ts';
import { columnSum, sumRows } from './wgsl/sums.ts';

const sizeOf = ({ shape }: tf.TensorInfo): number => tf.util.sizeFromShape([...shape]);
const lastOf = ({ shape }: tf.TensorInfo): number => shape[shape.length - 1] as number;

/** What a kernel computes with: its inputs by name, its attributes, and `run` for one pass over the device. */
interface Call {
  readonly input: (name: string) => tf.TensorInfo;
  readonly optional: (name: string) => tf.TensorInfo | undefined;
  readonly attributes: Readonly<Record<string, number>>;
  /** The tensors made; those used up by a later pass are freed by `free`. */
  readonly run: (pass: Pass) => tf.TensorInfo[];
  readonly free: (...infos: readonly tf.TensorInfo[]) => void;
}

function register(
  name: string,
  compute: (call: Call) => tf.TensorInfo | tf.TensorInfo[],
  supports: FusedKernel['supports'] = () => true,
): void {
  registerFusedKernel({
    name,
    backend: 'webgpu',
    supports,
    run: ({ inputs, attrs, backend }) => {
      const webgpu = backend as TrainingWebgpuBackend;
      const infos: Readonly<Record<string, tf.TensorInfo | undefined>> = inputs;
      return compute({
        input: (key) => {
          const info = infos[key];
          if (info === undefined) throw new Error(`kernel ${name}: the input '${key}' is missing`);
          return info;
        },
        optional: (key) => infos[key],
        attributes: attrs as unknown as Readonly<Record<string, number>>,
        run: (pass) => dispatch(webgpu, pass),
        free: (...used) => {
          for (const { dataId } of used) webgpu.disposeData(dataId);
        },
      });
    },
  });
}

/** Registers the kernels; call with the webgpu backend present. `unregisterFusedKernels` undoes it. */
export function registerWebgpuTrainingKernels(): void {
  registerNorms();
  registerAttention();
  registerElementwise();
  registerOptimizer();
  registerWebgpuProducts();
}

function registerNorms(): void {
  register(GROUP_NORM_GRAD, ({ input, optional, attributes, run, free }) => {
    const [x, weight, bias, addend] = [input('x'), input('weight'), input('bias'), optional('addend')];
    const batch = x.shape[0] as number;
    const [dx, parts, dAddend] = run(
      groupNormGradient(
        { dy: input('dy'), x, weight, bias, ...(addend === undefined ? {} : { addend }) },
        attributes,
      ),
    ) as [tf.TensorInfo, tf.TensorInfo, tf.TensorInfo | undefined];
    const shared = addend !== undefined && dAddend === undefined;
    const sums = run(
      sumRows(parts, batch, {
        dWeight: weight.shape,
        dBias: bias.shape,
        ...(shared ? { dAddend: addend.shape } : {}),
      }),
    );
    free(parts);
    return dAddend === undefined ? [dx, ...sums] : [dx, ...sums, dAddend];
  });
  register(LAYER_NORM_GRAD, ({ input, attributes, run, free }) => {
    const [x, weight] = [input('x'), input('weight')];
    const channels = lastOf(x);
    const [dx, parts] = run(
      layerNormGradient(
        { dy: input('dy'), x, weight },
        sizeOf(x) / channels,
        channels,
        attributes['epsilon'] as number,
      ),
    ) as [tf.TensorInfo, tf.TensorInfo];
    const sums = run(
      sumRows(parts, parts.shape[0] as number, { dWeight: weight.shape, dBias: weight.shape }),
    );
    free(parts);
    return [dx, ...sums];
  });
}

function registerAttention(): void {
  register(
    ATTENTION_GRAD,
    ({ input, attributes, run, free }) => {
      const inputs = { dy: input('dy'), q: input('q'), k: input('k'), v: input('v') };
      const shape = attributes as unknown as AttentionShape;
      const [dq, rows] = run(queryGradient(inputs, shape)) as [tf.TensorInfo, tf.TensorInfo];
      const [dk, dv] = run(keyGradient(inputs, rows, shape)) as [tf.TensorInfo, tf.TensorInfo];
      free(rows);
      return [dq, dk, dv];
    },
    (headDim, keys) => headDim <= MAX_HEAD_DIM && keys <= MAX_KEYS,
  );
}

function registerElementwise(): void {
  register(ACTIVATION_GRAD, ({ input, attributes, run }) => {
    const x = input('x');
    return run(
      activationGradient(input('dy'), x, sizeOf(x), attributes['activation'] as number),
    )[0] as tf.TensorInfo;
  });
  register(GEGLU_GRAD, ({ input, run }) => {
    const [dy, x] = [input('dy'), input('x')];
    return run(gegluGradient(dy, x, sizeOf(dy), lastOf(dy)))[0] as tf.TensorInfo;
  });
  register(COLUMN_SUM, ({ input, run, free }) => columnSum(input('x'), run, free));
}

function registerOptimizer(): void {
  register(ADAMW, ({ input, optional, attributes, run }) => {
    const [g, p, m, v, scale] = [input('g'), input('p'), input('m'), input('v'), optional('scale')];
    const size = sizeOf(p);
    if ([g, m, v].some((other) => sizeOf(other) !== size)) {
      throw new Error(
        `kernel ${ADAMW}: expected g, m and v of p's ${size} numbers, got ${[g, m, v].map(sizeOf).join(', ')}`,
      );
    }
    const tensors = scale === undefined ? { g, p, m, v } : { g, p, m, v, scale };
    run(adamW(tensors, size, attributes as unknown as AdamWNumbers));
    return [];
  });
  register(EMA, ({ input, attributes, run }) => {
    const [average, value] = [input('average'), input('value')];
    if (sizeOf(value) !== sizeOf(average)) {
      throw new Error(
        `kernel ${EMA}: expected a value of the average's ${sizeOf(average)} numbers, got ${sizeOf(value)}`,
      );
    }
    run(movingAverage(average, value, sizeOf(average), attributes['decay'] as number));
    return [];
  });
}
