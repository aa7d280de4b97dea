// Decodes latents to pictures, for a scrubber that moves through a finished generation.
import * as tf from '@tensorflow/tfjs-core';
import type { DecodeRequest, DecodeResult, LoadEvent } from '../../protocol.ts';
import { WorkerError } from '../errors.ts';
import type { JobContext, Reply } from '../job.ts';
import { pictures, sizesOf } from '../pictures.ts';
import type { Session } from '../session.ts';

export async function decode(
  session: Session,
  { model: name, latents, count }: DecodeRequest,
  { signal, emit }: JobContext<LoadEvent>,
): Promise<Reply<DecodeResult>> {
  const stopListening = session.listen(emit);
  try {
    return await session.turns.take(
      () =>
        session.run(name, signal, async ({ pipeline }) => {
          const { latentHeight, latentWidth, latentChannels, imageWidth, imageHeight } = sizesOf(
            pipeline,
            count,
          );
          const expected = count * latentHeight * latentWidth * latentChannels;
          if (latents.length !== expected) {
            throw new WorkerError(
              'bad-request',
              `Expected ${expected} latent numbers for ${count} images, got ${latents.length}.`,
            );
          }
          // [n, h, w, c]
          const x = tf.tensor4d(latents, [count, latentHeight, latentWidth, latentChannels]);
          try {
            const images = await pictures(pipeline, x);
            return { result: { images, imageWidth, imageHeight }, transfer: [images.buffer] };
          } finally {
            x.dispose();
          }
        }),
      signal,
    );
  } finally {
    stopListening();
  }
}
