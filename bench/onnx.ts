// The other side of the benchmark: the same denoiser, exported to ONNX, in onnxruntime-web on wasm.
import * as ort from 'onnxruntime-web/wasm';
import type { StepInputs } from './ours.ts';

/** Opens the graph. The runtime's own files are served below `/ort/`. */
export async function openDenoiser(url: string, threads: number): Promise<ort.InferenceSession> {
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = '/ort/';
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: expected an ONNX file, the server answered ${response.status}.`);
  return ort.InferenceSession.create(new Uint8Array(await response.arrayBuffer()), {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'all',
  });
}

/** A denoiser call; its result is [batch, C, H, W]. */
export function onnxCall(session: ort.InferenceSession, inputs: StepInputs): () => Promise<Float32Array> {
  const [height, width, channels] = inputs.size;
  const feeds = {
    sample: new ort.Tensor('float32', inputs.nchw, [inputs.batch, channels, height, width]),
    timestep: new ort.Tensor('float32', inputs.timesteps, [inputs.batch]),
    encoder_hidden_states: new ort.Tensor('float32', inputs.context, [...inputs.contextShape]),
  };
  return async () => {
    const { out } = await session.run(feeds);
    if (out === undefined)
      throw new Error('The ONNX graph has no output "out": export it with training/export_onnx.py.');
    return (await out.getData()) as Float32Array;
  };
}

/** Threads that the runtime really uses. */
export const onnxThreads = (): number => ort.env.wasm.numThreads ?? 1;
