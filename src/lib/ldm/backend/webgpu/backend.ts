// TensorFlow.js's WebGPU backend, mended for long runs: values that kernels write in place, uploads and uniforms that do
// not break the pass, a buffer pool that is trimmed, and failed readbacks that count as a lost device.
import * as tf from '@tensorflow/tfjs-core';
import { WebGPUBackend, webgpu_util } from '@tensorflow/tfjs-backend-webgpu';
import { assertBackendAlive } from '../state.ts';
import { DeviceLostError } from '../types.ts';
import { internals, type ProgramUniform } from '../tfjsInternals/webgpu.ts';

/** Buffers beyond what is in use: half of the recent peak and this many bytes may wait for reuse. */
const SPARE_BYTES = 64 * 2 ** 20;
/** Submissions after which a peak of use counts as past. */
const PEAK_WINDOW = 64;
/** Different sets of uniforms kept on the device. A training step has a few hundred. */
const KEPT_UNIFORMS = 4096;

type Values = tf.backend_util.BackendValues;

/** The numbers as the device keeps them: 32 bits each, in memory that no other thread shares. */
function deviceNumbers(
  values: Float32Array | Int32Array | Uint8Array,
  real: boolean,
): Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> {
  const Kind = real ? Float32Array : Int32Array;
  if (values instanceof Kind && values.buffer instanceof ArrayBuffer)
    return values as Float32Array<ArrayBuffer>;
  return new Kind(values);
}

export class TrainingWebgpuBackend extends WebGPUBackend {
  readonly #onLost: (reason: string) => void;
  /** Data that some kernel has written in place: copies of it on the CPU are never kept. */
  readonly #rewritten = new WeakSet();
  readonly #uniforms = new Map<string, GPUBufferBinding>();
  /** Uniforms for one dispatch, for those that differ at every step. */
  readonly passingUniforms: (uniforms: ProgramUniform) => GPUBufferBinding;
  #submissions = 0;
  #peak = 0;
  #peakBefore = 0;

  constructor(device: GPUDevice, info: GPUAdapterInfo, onLost: (reason: string) => void) {
    super(device, info);
    this.#onLost = onLost;
    const own = internals(this);
    const cache = own.convertAndCacheOnCPU.bind(this);
    // A readback may end after its tensor was freed, or after a kernel wrote new values in its place.
    own.convertAndCacheOnCPU = (dataId, data) =>
      this.#rewritten.has(dataId) || !this.tensorMap.has(dataId) ? data : cache(dataId, data);
    this.passingUniforms = own.makeUniforms.bind(this);
    own.makeUniforms = (uniforms) => this.keptUniforms(uniforms);
  }

  /**
   * To be called before a kernel writes into data that has values: forgets their copy on the CPU for good.
   * @throws if other tensors share the data, since they would change too
   */
  rewrite({ dataId }: tf.TensorInfo): void {
    const sharers = this.refCount(dataId);
    if (sharers !== 1) {
      throw new Error(
        `a kernel that writes in place: expected data that one tensor owns, got data that ${sharers} share. ` +
          'Copy the tensor (tf.add(x, 0)), or dispose of its clones and reshapes.',
      );
    }
    this.uploadToGPU(dataId);
    this.tensorMap.get(dataId).values = null as unknown as Values;
    this.#rewritten.add(dataId);
  }

  /** Through the queue instead of a staging buffer and a copy, which ends the compute pass for every scalar. */
  override uploadToGPU(dataId: object): void {
    const data = this.tensorMap.get(dataId);
    const { dtype } = data;
    const values = data.values as Values | null | undefined;
    const placed = data.resource as GPUBuffer | null | undefined;
    if ((placed ?? null) !== null || (values ?? null) === null || values?.length === 0) {
      super.uploadToGPU(dataId);
      return;
    }
    const array = deviceNumbers(values as Float32Array, dtype === 'float32');
    const size = webgpu_util.GPUBytesPerElement(dtype) * tf.util.sizeFromShape(data.shape);
    // No command that is recorded and not yet submitted uses a buffer of the pool, so this write overtakes none.
    const buffer = this.bufferManager.acquireBuffer(
      size,
      GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    );
    this.queue.writeBuffer(buffer, 0, array, 0, size / 4);
    data.resource = buffer;
    data.values = null as unknown as Values;
  }

  /** @throws DeviceLostError where the device is lost or has reported an error: what it computed may be wrong */
  override async read(dataId: object): Promise<Values> {
    try {
      const values = await super.read(dataId);
      assertBackendAlive();
      return values;
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      const reason = `reading back failed: ${error.message}`;
      this.#onLost(reason);
      throw new DeviceLostError(reason);
    }
  }

  /** Waits for the shaders under way. One that fails is left to be compiled, and to fail, where it is used. */
  override async checkCompileCompletionAsync(): Promise<void> {
    const { pipelineCache } = internals(this);
    const waits = Object.entries(pipelineCache).map(async ([key, pipeline]) => {
      if (!(pipeline instanceof Promise)) return;
      try {
        pipelineCache[key] = await pipeline;
      } catch (error) {
        Reflect.deleteProperty(pipelineCache, key);
        throw error;
      }
    });
    await Promise.all(waits);
  }

  override submitQueue(): void {
    // Before it: what is freed while commands are recorded stays in use until they are submitted.
    this.#peak = Math.max(this.#peak, this.bufferManager.numBytesUsed);
    super.submitQueue();
    this.#submissions += 1;
    if (this.#submissions % PEAK_WINDOW === 0) {
      this.#peakBefore = this.#peak;
      this.#peak = this.bufferManager.numBytesUsed;
    }
    const peak = Math.max(this.#peak, this.#peakBefore);
    if (this.bufferManager.numBytesAllocated > 1.5 * peak + SPARE_BYTES) this.trim();
  }

  /** Gives the buffers back that wait for reuse: those of the phase before, of another model, of a larger batch. */
  trim(): void {
    const pool = internals(this).bufferManager;
    for (const buffers of pool.freeBuffers.values()) {
      for (const buffer of buffers) {
        pool.numBytesAllocated -= buffer.size;
        pool.numFreeBuffers -= 1;
        buffer.destroy();
      }
      buffers.length = 0;
    }
  }

  /** Equal uniforms are written once: a step of training has the same ones as the step before. */
  keptUniforms(uniforms: ProgramUniform): GPUBufferBinding {
    // The layout follows from the lengths. -0 and 0 mean the same to every shader.
    const key = uniforms.map(({ type, data }) => `${type[0] ?? ''}${data.join()}`).join(';');
    const kept = this.#uniforms.get(key);
    if (kept !== undefined) return kept;
    const { uniformPendingDisposal } = internals(this);
    if (this.#uniforms.size >= KEPT_UNIFORMS) {
      // back to the pool after the next submission, since recorded commands may still use them
      uniformPendingDisposal.push(...[...this.#uniforms.values()].map(({ buffer }) => buffer));
      this.#uniforms.clear();
    }
    const made = this.passingUniforms(uniforms);
    uniformPendingDisposal.splice(uniformPendingDisposal.indexOf(made.buffer), 1);
    this.#uniforms.set(key, made);
    return made;
  }
}
