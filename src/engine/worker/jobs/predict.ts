// One call of the denoiser: what it says about noisy latents.
import * as tf from '@tensorflow/tfjs-core';
import { levelsOf } from '@noisebook/ldm/numbers';
import type { FullPrediction, StableDiffusionPipeline } from '@noisebook/ldm';
import type { LoadEvent, PredictRequest, PredictResult } from '../../protocol/messages.ts';
import { WorkerError } from '../errors.ts';
import type { JobContext, ModelSession, Reply } from '../job.ts';
import { numbers, sizesOf } from '../pictures.ts';

export async function predict(
  session: ModelSession,
  request: PredictRequest,
  { signal, emit }: JobContext<LoadEvent>,
): Promise<Reply<PredictResult>> {
  return session.enqueue({ signal, emit }, () =>
    session.run(request.model, signal, async ({ pipeline, backend }) => {
      const begin = performance.now();
      const { latents, ...rest } = request;
      const level = checkedLevel(pipeline, request);
      const x = tf.tensor4d(latents, shapeOf(pipeline, request));
      let made: FullPrediction | undefined;
      try {
        made = pipeline.predict({ ...rest, latents: x });
        const lists = {
          output: await numbers(made.output),
          predNoise: await numbers(made.predNoise),
          predX0: await numbers(made.predX0),
          velocity: await numbers(made.velocity),
        };
        return {
          result: { ...lists, ...level, ms: performance.now() - begin, backend },
          transfer: Object.values(lists).map(({ buffer }) => buffer),
        };
      } finally {
        tf.dispose([x, made?.output, made?.predNoise, made?.predX0, made?.velocity]);
      }
    }),
  );
}

function shapeOf(
  pipeline: StableDiffusionPipeline,
  { latents, count }: PredictRequest,
): [number, number, number, number] {
  const { latentHeight, latentWidth, latentChannels } = sizesOf(pipeline, count);
  const expected = latentHeight * latentWidth * latentChannels;
  if (latents.length !== expected * count)
    throw new WorkerError(
      'bad-request',
      `latents: expected ${count} times ${expected} numbers for this model, got ${latents.length}. Change it and try again.`,
    );
  return [count, latentHeight, latentWidth, latentChannels];
}

function checkedLevel(
  pipeline: StableDiffusionPipeline,
  { timestep }: PredictRequest,
): { readonly alpha: number; readonly sigma: number } {
  try {
    return levelsOf(pipeline.schedulerConfig())(timestep);
  } catch (error) {
    throw new WorkerError('bad-request', error instanceof Error ? error.message : String(error));
  }
}
