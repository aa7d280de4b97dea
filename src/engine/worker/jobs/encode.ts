// Encodes pictures to latents with a first stage.
import * as tf from '@tensorflow/tfjs-core';
import type { EncodeRequest, EncodeResult, LoadEvent } from '../../protocol/messages.ts';
import { WorkerError } from '../errors.ts';
import { encodeSizes } from '../firstStageSizes.ts';
import { inBatches } from '../inBatches.ts';
import type { JobContext, Reply } from '../job.ts';
import { fromRgba } from '../pixels.ts';
import type { Session } from '../session.ts';

export async function encode(
  session: Session,
  request: EncodeRequest,
  { signal, emit }: JobContext<LoadEvent>,
): Promise<Reply<EncodeResult>> {
  const { model, count } = request;
  return session.enqueue({ signal, emit }, () =>
    session.runFirstStage(
      model,
      signal,
      async (loaded, attempt) => {
        const { stage, backend } = loaded;
        if (!stage.vae.hasEncoder) {
          throw new WorkerError('bad-request', `The model ${model} only decodes: it has no encoder.`);
        }
        const { latentChannels } = stage.config;
        const sizes = encodeSizes(request, stage.config);
        const { width, height, latentWidth, latentHeight } = sizes;
        const perPicture = latentWidth * latentHeight * latentChannels;
        const latents = new Float32Array(count * perPicture);
        const logvar = new Float32Array(count * perPicture);
        const ms = await inBatches(
          'encode',
          { loaded, sizes, count, signal: attempt, emit },
          (first, number) => {
            const bytes = request.pixels.subarray(
              4 * width * height * first,
              4 * width * height * (first + number),
            );
            const [mean, spread] = tf.tidy(() => {
              const images = tf.tensor4d(fromRgba(bytes), [number, height, width, 3]);
              const posterior = stage.posterior(images);
              return [posterior.mean, posterior.logvar] as [tf.Tensor4D, tf.Tensor4D];
            });
            return [
              { tensor: mean, into: latents.subarray(first * perPicture) },
              { tensor: spread, into: logvar.subarray(first * perPicture) },
            ];
          },
        );
        return {
          result: { latents, logvar, latentWidth, latentHeight, latentChannels, ms, backend },
          transfer: [latents.buffer, logvar.buffer],
        };
      },
      request.beside,
    ),
  );
}
