// AdamW, the moving average of the weights and the size of the gradients on WebGPU, one tensor or many at a time.
import type * as tf from '@tensorflow/tfjs-core';
import { ADAMW, ADAMW_MANY, EMA, EMA_MANY, SQUARE_SUM } from '../../nn/kernels.ts';
import { register, sizeOf, type Call } from './calls.ts';
import {
  adamW,
  adamWSlots,
  averageSlots,
  movingAverage,
  SQUARE_PARTS,
  squareSlots,
  squareSums,
  type AdamWNumbers,
} from './wgsl/optimizer.ts';
import { sumRows } from './wgsl/sums.ts';

/** The tensors of a list kernel: as many slots as there is `first` with a number behind it. */
function slotsOf<K extends string>(call: Call, first: K, ...rest: readonly K[]): Record<K, tf.TensorInfo>[] {
  const slots: Record<K, tf.TensorInfo>[] = [];
  while (call.optional(`${first}${slots.length}`) !== undefined) {
    const at = slots.length;
    const named = [first, ...rest].map((name) => [name, call.input(`${name}${at}`)] as const);
    slots.push(Object.fromEntries(named) as Record<K, tf.TensorInfo>);
  }
  return slots;
}

function parts<T>(list: readonly T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / most) }, (_, i) =>
    list.slice(i * most, (i + 1) * most),
  );
}

/** @throws if the tensors of a slot are not all of the size of the one named */
function checkSizes<K extends string>(
  kernel: string,
  slots: readonly Record<K, tf.TensorInfo>[],
  of: K,
): void {
  for (const slot of slots) {
    const size = sizeOf(slot[of]);
    for (const [name, info] of Object.entries<tf.TensorInfo>(slot)) {
      if (sizeOf(info) !== size) {
        throw new Error(`kernel ${kernel}: expected ${name} of ${of}'s ${size} numbers, got ${sizeOf(info)}`);
      }
    }
  }
}

type AdamWSlot = Record<'p' | 'm' | 'v' | 'g', tf.TensorInfo>;
type AverageSlot = Record<'average' | 'value', tf.TensorInfo>;

function runAdamW(call: Call, slots: readonly AdamWSlot[]): tf.TensorInfo[] {
  checkSizes(ADAMW, slots, 'p');
  const numbers = call.attributes as unknown as AdamWNumbers;
  for (const some of parts(slots, adamWSlots(call.buffers))) {
    call.run(adamW(some, call.optional('scale'), numbers));
  }
  return [];
}

function runAverage(call: Call, slots: readonly AverageSlot[]): tf.TensorInfo[] {
  checkSizes(EMA, slots, 'average');
  for (const some of parts(slots, averageSlots(call.buffers))) {
    call.run(movingAverage(some, call.attributes['decay'] as number));
  }
  return [];
}

export function registerWebgpuOptimizer(): void {
  register(ADAMW, (call) => {
    const { input } = call;
    return runAdamW(call, [{ p: input('p'), m: input('m'), v: input('v'), g: input('g') }]);
  });
  register(ADAMW_MANY, (call) => runAdamW(call, slotsOf(call, 'p', 'm', 'v', 'g')));
  register(EMA, (call) => runAverage(call, [{ average: call.input('average'), value: call.input('value') }]));
  register(EMA_MANY, (call) => runAverage(call, slotsOf(call, 'average', 'value')));
  register(SQUARE_SUM, (call) => {
    const tensors = slotsOf(call, 'x').map(({ x }) => x);
    const sums = call.make([tensors.length * SQUARE_PARTS]);
    const most = squareSlots(call.buffers);
    parts(tensors, most).forEach((some, i) => call.run(squareSums(some, sums, i * most)));
    const [sum] = call.run(sumRows(sums, tensors.length * SQUARE_PARTS, { whole: [] })) as [tf.TensorInfo];
    call.free(sums);
    return sum;
  });
}
