// Our side of the benchmark: the library as the site uses it.
import * as tf from '@tensorflow/tfjs-core';
import { type BackendInfo, initBackend, loadPipeline, type StableDiffusionPipeline } from '@noisebook/ldm';
import { urlSource } from '@noisebook/ldm/numbers';
import baseWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedWasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import type { BenchRequest } from './types.ts';

/** Host copies of a denoiser's inputs: NHWC for us, NCHW for ONNX. */
export interface StepInputs {
  readonly batch: number;
  readonly size: readonly [height: number, width: number, channels: number];
  readonly nhwc: Float32Array;
  readonly nchw: Float32Array;
  readonly timesteps: Float32Array;
  /** [batch, T, D] */
  readonly context: Float32Array;
  readonly contextShape: readonly [batch: number, tokens: number, width: number];
}

export function startBackend(request: BenchRequest): Promise<BackendInfo> {
  return initBackend({
    backend: request.backend,
    threads: request.threads,
    wasmPaths: {
      'tfjs-backend-wasm.wasm': baseWasm,
      'tfjs-backend-wasm-simd.wasm': simdWasm,
      'tfjs-backend-wasm-threaded-simd.wasm': threadedWasm,
    },
  });
}

export const load = (modelUrl: string): Promise<StableDiffusionPipeline> => loadPipeline(urlSource(modelUrl));

/** Inputs of a call in the middle of sampling: seeded noise, a real prompt. */
export async function stepInputs(pipe: StableDiffusionPipeline, batch: number): Promise<StepInputs> {
  const x = pipe.initialLatents(7, batch);
  const swapped = tf.transpose(x, [0, 3, 1, 2]);
  const text = pipe.encodePrompt('a person with red hair and glasses');
  const tiled = tf.tile(text, [batch, 1, 1]);
  const [, height, width, channels] = x.shape;
  try {
    return {
      batch,
      size: [height, width, channels],
      nhwc: (await x.data()).slice() as Float32Array,
      nchw: (await swapped.data()).slice() as Float32Array,
      timesteps: new Float32Array(batch).fill(500),
      context: (await tiled.data()).slice() as Float32Array,
      contextShape: [batch, tiled.shape[1], tiled.shape[2]],
    };
  } finally {
    tf.dispose([x, swapped, text, tiled]);
  }
}

/** A denoiser call with its inputs on the device; `dispose` frees them. */
export function stepCalls(
  pipe: StableDiffusionPipeline,
  inputs: StepInputs,
): {
  ours: () => Promise<Float32Array>;
  oursWhole: () => Promise<Float32Array>;
  dispose: () => void;
} {
  const x = tf.tensor4d(inputs.nhwc, [inputs.batch, ...inputs.size]);
  const context = tf.tensor3d(inputs.context, [...inputs.contextShape]);
  const prepared = pipe.unet.prepareContext(context);
  const timesteps = pipe.unet.prepareTimesteps([500]);
  const read = async (out: tf.Tensor4D): Promise<Float32Array> => {
    const values = (await out.data()) as Float32Array;
    out.dispose();
    return values;
  };
  return {
    ours: () => read(pipe.unet.forward(x, { prepared: timesteps, index: 0 }, prepared)),
    oursWhole: () => read(pipe.unet.forward(x, 500, context)),
    dispose: () => {
      tf.dispose([x, context]);
      prepared.dispose();
      timesteps.dispose();
    },
  };
}

/** Decoding `count` images, read back. */
export function decodeCall(pipe: StableDiffusionPipeline, count: number): () => Promise<unknown> {
  return async () => {
    const latents = pipe.initialLatents(7, count);
    const images = pipe.decode(latents);
    await images.data();
    tf.dispose([latents, images]);
  };
}

/** Four images at 12 steps with guidance, from the prompt to the pixels. */
export function fourImagesCall(pipe: StableDiffusionPipeline): () => Promise<unknown> {
  return async () => {
    const latents = await pipe.textToImage({
      prompt: 'a person with red hair and glasses',
      seed: 7,
      guidanceScale: 3,
      numInferenceSteps: 12,
      numImages: 4,
    });
    const images = pipe.decode(latents);
    await images.data();
    tf.dispose([latents, images]);
  };
}

/** [batch, C, H, W] values as [batch, H, W, C]. */
export function toNhwc(
  nchw: Float32Array,
  batch: number,
  [height, width, channels]: StepInputs['size'],
): Float32Array {
  const out = new Float32Array(nchw.length);
  const plane = height * width;
  for (let b = 0; b < batch; b++) {
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < plane; p++)
        out[(b * plane + p) * channels + c] = nchw[(b * channels + c) * plane + p]!;
    }
  }
  return out;
}
