// WebGPU with a device of our own: checked adapter, raised limits, both error listeners.
import * as tf from '@tensorflow/tfjs-core';
import { inTime } from '../../base/inTime.ts';
import { findAdapter } from '../adapters.ts';
import { dropFactory } from '../tfjsInternals/engine.ts';
import type { BackendInfo } from '../types.ts';
import { TrainingWebgpuBackend } from './backend.ts';
import { registerWebgpuKernels } from './kernels.ts';

/** Limits to raise to what the adapter has. Without the last one, a sum of more than seven tensors is silently wrong. */
const LIMITS = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
  'maxStorageBuffersPerShaderStage',
] as const;

/** Milliseconds that a driver may take to give a device. */
const DEVICE_MS = 8000;

/** Dispatches per submitted batch. The default of 15 spends as long submitting as computing on small tensors. */
const SUBMIT_BATCH_SIZE = 128;

/**
 * Makes a device, registers the backend with it and makes it the present one.
 * @param onLost called when the device is lost or reports an error nobody caught
 * @throws if there is no adapter, or it gives no device in time
 */
export async function startWebgpu(
  onLost: (reason: string) => void,
): Promise<{ readonly info: BackendInfo; readonly destroy: () => void }> {
  const found = await findAdapter();
  if (found === undefined) {
    throw new Error(
      'WebGPU: expected an adapter, got none. This browser or machine has no WebGPU; use webgl or wasm.',
    );
  }
  const { adapter, name, software } = found;
  const requiredLimits = Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]]));
  const requiredFeatures: GPUFeatureName[] = adapter.features.has('timestamp-query')
    ? ['timestamp-query']
    : [];
  const device = await inTime(
    adapter.requestDevice({ requiredLimits, requiredFeatures }),
    DEVICE_MS,
    `the WebGPU device (${name})`,
    (late) => late.destroy(),
  );
  void device.lost.then(({ reason, message }) => {
    onLost(message === '' ? reason : message);
  });
  device.addEventListener('uncapturederror', ({ error }) => {
    onLost(`uncaptured error: ${error.message}`);
  });
  dropFactory('webgpu');
  tf.registerBackend('webgpu', () => new TrainingWebgpuBackend(device, adapter.info, onLost), 0);
  tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', SUBMIT_BATCH_SIZE);
  tf.env().set('WEBGPU_USE_NAIVE_CONV2D_TRANSPOSE', false);
  if (!(await tf.setBackend('webgpu')))
    throw new Error('WebGPU: the backend could not be started; use webgl or wasm.');
  registerWebgpuKernels();
  return {
    info: { backend: 'webgpu', label: `webgpu (${name})`, adapter: name, software },
    destroy: () => {
      device.destroy();
    },
  };
}

/**
 * Runs `build` so that it only compiles its shaders, all at once and off the critical path, computing nothing.
 * The tensors it makes are freed. Does nothing on other backends.
 */
export async function compileAhead(build: () => void): Promise<void> {
  const backend = tf.backend();
  if (!(backend instanceof TrainingWebgpuBackend)) return;
  tf.env().set('WEBGPU_ENGINE_COMPILE_ONLY', true);
  try {
    tf.tidy(build);
  } finally {
    // Before the wait: who computes meanwhile must not have its work left out.
    tf.env().set('WEBGPU_ENGINE_COMPILE_ONLY', false);
  }
  await backend.checkCompileCompletionAsync();
}
