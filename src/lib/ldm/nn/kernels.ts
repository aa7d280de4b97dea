// The fused kernels that a backend may offer beyond TensorFlow.js's own; nn falls back to plain ops where it has none.
import * as tf from '@tensorflow/tfjs-core';

export const GROUP_NORM = 'NoisebookGroupNorm';
export const LAYER_NORM = 'NoisebookLayerNorm';
export const ATTENTION = 'NoisebookAttention';
export const ACTIVATION = 'NoisebookActivation';
export const GEGLU = 'NoisebookGeglu';

/** Activations by the number that kernels know them by. */
export const ACTIVATION_CODES = { none: 0, silu: 1, gelu: 2, quickGelu: 3 } as const;

export interface FusedKernel {
  readonly name: string;
  readonly backend: string;
  /** Whether the kernel can do this size: channels per row, or for attention features per head and number of keys. */
  readonly supports: (channels: number, keys: number) => boolean;
  readonly run: tf.KernelFunc;
}

const registered = new Map<string, FusedKernel>();
let enabled = true;

export function registerFusedKernel(kernel: FusedKernel): void {
  const key = `${kernel.backend}/${kernel.name}`;
  if (registered.has(key)) tf.unregisterKernel(kernel.name, kernel.backend);
  registered.set(key, kernel);
  tf.registerKernel({ kernelName: kernel.name, backendName: kernel.backend, kernelFunc: kernel.run });
}

export function unregisterFusedKernels(backend: string): void {
  for (const [key, kernel] of registered) {
    if (kernel.backend !== backend) continue;
    registered.delete(key);
    tf.unregisterKernel(kernel.name, backend);
  }
}

/** Switches the fused kernels off or on (tests compare both ways). Returns what it was. */
export function enableFusedKernels(on: boolean): boolean {
  const before = enabled;
  enabled = on;
  return before;
}

/**
 * True if the present backend has the kernel for this size. Never while a gradient is being taped: fused kernels have
 * none.
 */
export function hasFusedKernel(name: string, channels: number, keys = 0): boolean {
  if (!enabled || tf.engine().state.gradientDepth > 0) return false;
  return registered.get(`${tf.getBackend()}/${name}`)?.supports(channels, keys) ?? false;
}

/** Runs a fused kernel of the present backend on tensors; the result is owned by the caller or its tidy. */
export function runFusedKernel(
  name: string,
  inputs: Record<string, tf.Tensor>,
  attrs: Record<string, number>,
): tf.Tensor {
  return tf.engine().runKernel(name, inputs, attrs) as tf.Tensor;
}
