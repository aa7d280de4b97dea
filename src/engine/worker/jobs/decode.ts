// Decodes latents to pictures with a first stage.
import * as tf from '@tensorflow/tfjs-core';
import type { DecodeRequest, DecodeResult, LoadEvent } from '../../protocol/messages.ts';
import { decodeSizes } from '../firstStageSizes.ts';
import { inBatches } from '../inBatches.ts';
import type { JobContext, Reply } from '../job.ts';
import { toRgba } from '../pixels.ts';
import type { Session } from '../session.ts';

export async function decode(
  session: Session,
  request: DecodeRequest,
  { signal, emit }: JobContext<LoadEvent>,
): Promise<Reply<DecodeResult>> {
  const { model, latents, count, withPixels } = request;
  return session.enqueue({ signal, emit }, () =>
    session.runFirstStage(
      model,
      signal,
      async (loaded, attempt) => {
        const { stage, backend } = loaded;
        const sizes = decodeSizes(request, stage.config);
        const { width, height, latentWidth, latentHeight } = sizes;
        const perPicture = latents.length / count;
        const shape = [latentHeight, latentWidth, stage.config.latentChannels] as const;
        const pixels = new Float32Array(count * width * height * 3);
        const ms = await inBatches(
          'decode',
          { loaded, sizes, count, signal: attempt, emit },
          (first, number) => {
            const some = latents.subarray(first * perPicture, (first + number) * perPicture);
            const images = tf.tidy(() => stage.decode(tf.tensor4d(some, [number, ...shape])));
            return [{ tensor: images, into: pixels.subarray(first * width * height * 3) }];
          },
        );
        const images = toRgba(pixels);
        return {
          result: {
            images,
            imageWidth: width,
            imageHeight: height,
            ms,
            backend,
            ...(withPixels === true && { pixels }),
          },
          transfer: [images.buffer, ...(withPixels === true ? [pixels.buffer] : [])],
        };
      },
      request.beside,
    ),
  );
}
