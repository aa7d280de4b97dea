// WebGL 2, for graphics cards in browsers without WebGPU.
import * as tf from '@tensorflow/tfjs-core';
import { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { findRenderer } from '../adapters.ts';
import { dropFactory } from '../tfjsInternals/engine.ts';
import type { BackendInfo } from '../types.ts';

/** Makes a context, registers the backend with it and makes it the present one. */
export async function startWebgl(
  onLost: (reason: string) => void,
): Promise<{ readonly info: BackendInfo; readonly destroy: () => void }> {
  const found = findRenderer();
  if (found === undefined) {
    throw new Error(
      'WebGL: expected a WebGL 2 context, got none. This browser or machine has no WebGL 2; use wasm.',
    );
  }
  dropFactory('webgl');
  const canvas = new OffscreenCanvas(300, 150);
  canvas.addEventListener('webglcontextlost', (event) => {
    event.preventDefault();
    onLost('the WebGL context was lost');
  });
  tf.registerBackend('webgl', () => new MathBackendWebGL(canvas), 0);
  if (!(await tf.setBackend('webgl'))) throw new Error('WebGL: the backend could not be started; use wasm.');
  const { gl } = (tf.backend() as MathBackendWebGL).gpgpu;
  return {
    info: { backend: 'webgl', label: `webgl (${found.name})`, adapter: found.name, software: found.software },
    destroy: () => {
      gl.getExtension('WEBGL_lose_context')?.loseContext();
    },
  };
}
