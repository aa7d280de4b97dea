// One call of the denoiser: what it says about noisy latents, and what is seen inside of it.
import * as tf from '@tensorflow/tfjs-core';
import { at, levelsOf, wordTokens } from '@noisebook/ldm/numbers';
import type { FullPrediction, StableDiffusionPipeline } from '@noisebook/ldm';
import type { LoadEvent, PlacedWord, PredictRequest, PredictResult } from '../../protocol/messages.ts';
import { WorkerError } from '../errors.ts';
import type { JobContext, ModelSession, Reply } from '../job.ts';
import { numbers, sizesOf } from '../pictures.ts';
import type { LoadedModel } from '../session.ts';
import { byKind, recorderOf } from '../taps.ts';
import { markWords } from '../words.ts';

export async function predict(
  session: ModelSession,
  request: PredictRequest,
  { signal, emit }: JobContext<LoadEvent>,
): Promise<Reply<PredictResult>> {
  return session.enqueue({ signal, emit }, () =>
    session.run(request.model, signal, async (model) => {
      const { pipeline, backend } = model;
      const begin = performance.now();
      const { latents, attention, activations, ...rest } = request;
      const level = checked(() => levelsOf(pipeline.schedulerConfig())(request.timestep));
      const taps = checked(() => recorderOf(pipeline, { attention, activations }));
      const x = tf.tensor4d(latents, shapeOf(pipeline, request));
      let made: FullPrediction | undefined;
      try {
        made = pipeline.predict({ ...rest, latents: x, taps });
        const lists = {
          output: await numbers(made.output),
          predNoise: await numbers(made.predNoise),
          predX0: await numbers(made.predX0),
          velocity: await numbers(made.velocity),
        };
        const seen = byKind(await taps.read());
        const words = placeWords(model, request.prompt ?? '');
        const arrays = [
          ...Object.values(lists),
          ...[...seen.attention, ...seen.activations].map(({ data }) => data),
        ];
        return {
          result: { ...lists, ...level, words, ...seen, ms: performance.now() - begin, backend },
          transfer: arrays.map(({ buffer }) => buffer),
        };
      } finally {
        taps.dispose();
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

/** What the library refuses is a fault of the request. */
function checked<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw new WorkerError('bad-request', error instanceof Error ? error.message : String(error));
  }
}

/** The words of the prompt and the places of their tokens. */
function placeWords({ pipeline, manifest }: LoadedModel, prompt: string): PlacedWord[] {
  const { words } = pipeline.tokenizer.encode(prompt);
  const marked = markWords(words, manifest.knownWords);
  return wordTokens(words, pipeline.promptLength).map(({ first, count }, i) => ({
    ...at(marked, i),
    first,
    count,
  }));
}
