// What is used of TensorFlow.js's engine beyond its documented functions.
import * as tf from '@tensorflow/tfjs-core';

/** Drops what a package registered under this name when it was imported: it would make a device of its own. */
export function dropFactory(name: 'webgpu' | 'webgl'): void {
  if (name in tf.engine().registryFactory) tf.removeBackend(name);
}
