// Runs a first stage over many pictures, a few at a time, and listens between them.
import { yieldToEventLoop } from '@noisebook/ldm/numbers';
import * as tf from '@tensorflow/tfjs-core';
import { compileAhead } from '@noisebook/ldm';
import type { LoadEvent } from '../protocol/messages.ts';
import { batchSize, type StageSizes } from './firstStageSizes.ts';
import type { LoadedStage } from './firstStages.ts';

/** A tensor of one batch and the place that its numbers go to. It is freed here. */
export interface Read {
  readonly tensor: tf.Tensor;
  readonly into: Float32Array;
}

export interface BatchOptions {
  readonly loaded: LoadedStage;
  readonly sizes: StageSizes;
  readonly count: number;
  readonly signal: AbortSignal;
  readonly emit: (event: LoadEvent) => void;
}

/**
 * Computes all batches and reads their results.
 * @param kind names the computation, for the shaders to be compiled once
 * @param compute starts the batch of `number` pictures from number `first` on; may be called once more beforehand
 * @returns milliseconds without compiling
 */
export async function inBatches(
  kind: string,
  { loaded, sizes, count, signal, emit }: BatchOptions,
  compute: (first: number, number: number) => Read[],
): Promise<number> {
  const most = batchSize(sizes);
  let ms = 0;
  for (let first = 0; first < count; first += most) {
    const number = Math.min(most, count - first);
    const shaders = `${kind} ${number} ${sizes.width} ${sizes.height}`;
    if (loaded.backend.backend === 'webgpu' && !loaded.compiled.has(shaders)) {
      emit({ type: 'preparing', what: 'compile' });
      await compileAhead(() => tf.dispose(compute(first, number).map(({ tensor }) => tensor)));
      loaded.compiled.add(shaders);
    }
    if (first > 0) await yieldToEventLoop();
    signal.throwIfAborted();
    const begin = performance.now();
    const reads = compute(first, number);
    try {
      for (const { tensor, into } of reads) into.set(await tensor.data<'float32'>());
    } finally {
      tf.dispose(reads.map(({ tensor }) => tensor));
    }
    ms += performance.now() - begin;
  }
  return ms;
}
