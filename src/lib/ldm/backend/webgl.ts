// WebGL 2, for graphics cards in browsers without WebGPU.
import * as tf from '@tensorflow/tfjs-core';
import { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { isSoftwareAdapter, type BackendInfo } from './types.ts';

/** The name of the graphics card behind WebGL 2, or undefined where there is no WebGL 2. */
export function findRenderer(): { readonly name: string; readonly software: boolean } | undefined {
  if (typeof OffscreenCanvas === 'undefined') return undefined;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2', { failIfMajorPerformanceCaveat: false });
  if (gl === null) return undefined;
  const extension = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(extension === null ? gl.RENDERER : extension.UNMASKED_RENDERER_WEBGL));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return { name, software: isSoftwareAdapter(name) };
}

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
  if ('webgl' in tf.engine().registryFactory) tf.removeBackend('webgl');
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
