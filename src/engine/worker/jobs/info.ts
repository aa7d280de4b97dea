// Says which backend runs and how much lives in it.
import * as tf from '@tensorflow/tfjs-core';
import type { EngineInfo, LoadEvent } from '../../protocol/messages.ts';
import type { JobContext, Reply } from '../job.ts';
import type { Session } from '../session.ts';

export async function info(
  session: Session,
  _request: null,
  { signal, emit }: JobContext<LoadEvent>,
): Promise<Reply<EngineInfo>> {
  return session.enqueue({ signal, emit }, async () => {
    const backend = await session.compute.start();
    const { numTensors, numBytes } = tf.memory();
    const heap = (tf.backend() as { readonly wasm?: { readonly HEAPU8?: Uint8Array } }).wasm?.HEAPU8;
    const result: EngineInfo = {
      ...backend,
      numTensors,
      numBytes,
      ...(heap && { heapBytes: heap.length }),
      models: session.models,
      firstStages: session.firstStages,
      memory: session.budget.report,
    };
    return { result, transfer: [] };
  });
}
