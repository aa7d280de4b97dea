// One call of the denoiser: what it says about noisy latents, and what is seen inside of it.
import * as tf from '@tensorflow/tfjs-core';
import { levelsOf } from '@noisebook/ldm/numbers';
import type { FullPrediction } from '@noisebook/ldm';
import type { LoadEvent, PredictRequest, PredictResult } from '../../protocol/messages.ts';
import { refusing } from '../errors.ts';
import type { JobContext, ModelSession, Reply } from '../job.ts';
import { buffersOf, latentsTensor, numbers } from '../pictures.ts';
import type { LoadedModel } from '../session.ts';
import { buffersOfInside, checkTapNames, TapReader } from '../taps.ts';
import { placeWords } from '../words.ts';

export async function predict(
  session: ModelSession,
  request: PredictRequest,
  { signal, emit }: JobContext<LoadEvent>,
): Promise<Reply<PredictResult>> {
  return session.enqueue({ signal, emit }, () =>
    session.run(request.model, signal, (model) => predictWith(model, request), request.beside),
  );
}

async function predictWith(model: LoadedModel, request: PredictRequest): Promise<Reply<PredictResult>> {
  const { pipeline, backend } = model;
  const begin = performance.now();
  const { latents, timestep, prompt = '', negativePrompt = '', guidanceScale = 1 } = request;
  const level = refusing(() => levelsOf(pipeline.schedulerConfig())(timestep));
  refusing(() => checkTapNames(pipeline, request));
  const taps = new TapReader(request, request.count);
  const x = refusing(() => latentsTensor(pipeline, 'latents', latents, request.count));
  let made: FullPrediction | undefined;
  try {
    made = pipeline.predict({ latents: x, timestep, prompt, negativePrompt, guidanceScale, taps });
    const lists = {
      output: await numbers(made.output),
      predNoise: await numbers(made.predNoise),
      predX0: await numbers(made.predX0),
      velocity: await numbers(made.velocity),
    };
    const inside = await taps.read();
    const { words } = placeWords(model, prompt);
    const result = { ...lists, ...level, words, ...inside, ms: performance.now() - begin, backend };
    return { result, transfer: [...buffersOf(lists), ...buffersOfInside(inside)] };
  } finally {
    taps.dispose();
    tf.dispose([x, made?.output, made?.predNoise, made?.predX0, made?.velocity]);
  }
}
