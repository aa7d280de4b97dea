// What an optimizer's step does to the weights, in place, and the size of their gradients: as many tensors in one dispatch
// as a shader may have buffers. There are hundreds of small ones, and a dispatch costs more than their numbers.
import * as tf from '@tensorflow/tfjs-core';
import { float, int, type Pass, type Uniform } from '../dispatch.ts';
import { TOTAL, WORKGROUP } from './program.ts';

export interface AdamWNumbers {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** 1 - beta1^t and 1 - beta2^t */
  readonly correction1: number;
  readonly correction2: number;
  /** What the gradient counts times. */
  readonly gradientScale: number;
}

type Slot<K extends string> = Readonly<Record<K, tf.TensorInfo>>;

const sizeOf = ({ shape }: tf.TensorInfo): number => tf.util.sizeFromShape([...shape]);

/** Buffers by name and place, `p0`, `p1` and so on. */
function buffersOf<K extends string>(
  slots: readonly Slot<K>[],
  ...names: readonly K[]
): Record<string, tf.TensorInfo> {
  return Object.fromEntries(slots.flatMap((slot, i) => names.map((name) => [`${name}${i}`, slot[name]])));
}

/** `update(i)` for every number of every slot, in turn: the code of slot k, and where its workgroups end. */
function eachNumber(
  sizes: readonly number[],
  update: (k: number) => string,
): { readonly code: string; readonly uniforms: Uniform[]; readonly workgroups: number } {
  let end = 0;
  const ends = sizes.map((size) => (end += Math.ceil(size / WORKGROUP)));
  const branches = sizes.map(
    (_, k) => `
      if (group < uniforms.end${k}) {
        let i = (group${k === 0 ? '' : ` - uniforms.end${k - 1}`}) * ${WORKGROUP} + tid;
        ${update(k)}
        return;
      }`,
  );
  return {
    code: `fn main(group : i32, tid : i32) {${branches.join('')}
    }`,
    uniforms: ends.map((value, k) => int(`end${k}`, value)),
    workgroups: end,
  };
}

/** Slots of AdamW that fit into one dispatch. */
export const adamWSlots = (buffers: number): number => Math.max(1, Math.floor((buffers - 1) / 4));

/** Loshchilov & Hutter 2019, algorithm 2, as PyTorch computes it. `scale` [1] multiplies the gradients, too. */
export function adamW(
  slots: readonly Slot<'p' | 'm' | 'v' | 'g'>[],
  scale: tf.TensorInfo | undefined,
  numbers: AdamWNumbers,
): Pass {
  const { code, uniforms, workgroups } = eachNumber(
    slots.map(({ p }) => sizeOf(p)),
    (k) => `
        if (i >= i32(arrayLength(&p${k}))) { return; }
        let gradient = g${k}[i] * uniforms.gradientScale${scale === undefined ? '' : ' * scale[0]'};
        let mean = uniforms.beta1 * m${k}[i] + uniforms.rest1 * gradient;
        let square = uniforms.beta2 * v${k}[i] + uniforms.rest2 * gradient * gradient;
        m${k}[i] = mean;
        v${k}[i] = square;
        p${k}[i] = p${k}[i] * uniforms.decay
          - uniforms.rate * mean / (sqrt(square) / uniforms.root + uniforms.epsilon);`,
  );
  return {
    key: `adamW_${slots.length}_${scale === undefined ? 0 : 1}`,
    reads: { ...buffersOf(slots, 'g'), ...(scale === undefined ? {} : { scale }) },
    rewrites: buffersOf(slots, 'p', 'm', 'v'),
    uniforms: [
      ...uniforms,
      float('decay', 1 - numbers.learningRate * numbers.weightDecay),
      float('rate', numbers.learningRate / numbers.correction1),
      float('beta1', numbers.beta1),
      float('rest1', 1 - numbers.beta1),
      float('beta2', numbers.beta2),
      float('rest2', 1 - numbers.beta2),
      float('root', Math.sqrt(numbers.correction2)),
      float('epsilon', numbers.epsilon),
      float('gradientScale', numbers.gradientScale),
    ],
    passing: true,
    workgroups,
    workgroupSize: WORKGROUP,
    code,
  };
}

/** Slots of a moving average that fit into one dispatch. */
export const averageSlots = (buffers: number): number => Math.floor(buffers / 2);

/** average += (1 - decay) (value - average) */
export function movingAverage(slots: readonly Slot<'average' | 'value'>[], decay: number): Pass {
  const { code, uniforms, workgroups } = eachNumber(
    slots.map(({ average }) => sizeOf(average)),
    (k) => `
        if (i >= i32(arrayLength(&average${k}))) { return; }
        average${k}[i] += uniforms.rest * (value${k}[i] - average${k}[i]);`,
  );
  return {
    key: `movingAverage_${slots.length}`,
    reads: buffersOf(slots, 'value'),
    rewrites: buffersOf(slots, 'average'),
    uniforms: [...uniforms, float('rest', 1 - decay)],
    passing: true,
    workgroups,
    workgroupSize: WORKGROUP,
    code,
  };
}

/** Workgroups that share a tensor, each with a sum of its own. */
export const SQUARE_PARTS = 8;
export const squareSlots = (buffers: number): number => buffers - 1;

/** Sums of squares: SQUARE_PARTS numbers for each tensor, written to `sums` from the place of the first tensor on. */
export function squareSums(tensors: readonly tf.TensorInfo[], sums: tf.TensorInfo, first: number): Pass {
  const slots = tensors.map((x) => ({ x }));
  return {
    key: `squareSums_${slots.length}`,
    reads: buffersOf(slots, 'x'),
    rewrites: { squares: sums },
    uniforms: [int('first', first * SQUARE_PARTS)],
    workgroups: slots.length * SQUARE_PARTS,
    workgroupSize: WORKGROUP,
    code: `
    ${TOTAL}
    fn main(group : i32, tid : i32) {
      if (group >= ${slots.length * SQUARE_PARTS}) { return; }
      let from_ = (group % ${SQUARE_PARTS}) * ${WORKGROUP} + tid;
      var sum = 0.0;
      ${slots
        .map(
          (_, k) => `if (group / ${SQUARE_PARTS} == ${k}) {
        for (var i = from_; i < i32(arrayLength(&x${k})); i += ${SQUARE_PARTS * WORKGROUP}) { sum += x${k}[i] * x${k}[i]; }
      }`,
        )
        .join('\n      ')}
      let all = total(tid, sum);
      if (tid == 0) { squares[uniforms.first + group] = all; }
    }`,
  };
}
