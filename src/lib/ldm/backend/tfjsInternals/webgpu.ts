// What our kernels need of TensorFlow.js's WebGPU backend (4.22) beyond its declared interface, named in one place.
import type * as tf from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

export type ProgramUniform = { type: string; data: number[] }[];

/** Buffers that the backend keeps for reuse, by `size_usage`. */
export interface BufferPool {
  readonly freeBuffers: Map<string, GPUBuffer[]>;
  numFreeBuffers: number;
  numBytesAllocated: number;
  readonly numBytesUsed: number;
}

/** The fields of WebGPUBackend that its declaration calls private. */
export interface Internals {
  readonly bufferManager: BufferPool;
  readonly pipelineCache: Record<string, GPUComputePipeline | Promise<GPUComputePipeline>>;
  readonly commandQueueOwnedIds: WeakSet<object>;
  readonly uniformPendingDisposal: GPUBuffer[];
  readonly commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  dispatchCountInPass: number;
  convertAndCacheOnCPU: (
    dataId: object,
    data: tf.backend_util.BackendValues,
  ) => tf.backend_util.BackendValues;
  makeUniforms: (uniforms: ProgramUniform) => GPUBufferBinding;
}

export function internals(backend: WebGPUBackend): Internals {
  return backend as unknown as Internals;
}
