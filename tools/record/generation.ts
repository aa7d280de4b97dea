// Draws in Node what figures record: every frame with both its pictures; and the files that they become.
import {
  keepFrames,
  latentsOf,
  type DoneGeneration,
  type Draw,
  type Follow,
  type FramePicture,
  type RecordedGeneration,
  type View,
} from '../../src/components/kit/player/generation.ts';
import type { GenerateRequest } from '../../src/engine/protocol/messages.ts';
import { generate } from '../../src/engine/worker/jobs/generate.ts';
import { latentsTensor, pictures } from '../../src/engine/worker/pictures.ts';
import { spriteOf } from '../lib/latentRecording.ts';
import type { NodeSession } from './nodeSession.ts';

/**
 * The worker's own job, with what the page keeps of it.
 * @param backend its label
 * @param onEvent hears what it would hear on the page, but for previews
 */
export async function generateInNode(
  session: NodeSession,
  request: GenerateRequest,
  backend: string,
  onEvent?: Follow['onEvent'],
): Promise<DoneGeneration> {
  const draw: Draw = async (asked, options) =>
    (await generate(session, asked, { signal: options.signal, emit: options.onEvent })).result;
  const { signal } = new AbortController();
  const follow = { signal, onLoad: () => undefined, ...(onEvent && { onEvent }) };
  // Once with nothing watching: that is how long it takes.
  const { attention: _, activations: __, ...plain } = request;
  const { ms } = await draw(
    { ...plain, stepOutputs: [], previewOf: 'none' },
    { signal, onEvent: () => undefined },
  );
  const drawn = await keepFrames(draw, { ...request, previewOf: 'none' }, follow);
  const { pipeline } = await session.model(request.model);
  const decoded = async (latents: Float32Array): Promise<FramePicture> => {
    const x = latentsTensor(pipeline, 'latents', latents, drawn.sizes.numImages);
    try {
      return { rgba: await pictures(pipeline, x), exact: true };
    } finally {
      x.dispose();
    }
  };
  for (const frame of drawn.frames) {
    if (frame.latents !== undefined) frame.decoded ??= await decoded(frame.latents);
    if (frame.predX0 !== undefined) frame.predicted ??= await decoded(frame.predX0);
  }
  return { ...drawn, request, ms, backend };
}

/** The contents of a generation's files, by their names. @param quality of the sprites, 1 to 100 */
export async function encodeFrames(
  { frames, sizes }: DoneGeneration,
  { latentRange, files }: RecordedGeneration,
  quality = 76,
): Promise<[string, Uint8Array][]> {
  const bytes = frames.flatMap((frame) =>
    Array.from(latentsOf(frame), (x) => Math.round((x / latentRange) * 127)),
  );
  const length = sizes.imageWidth * sizes.imageHeight * 4;
  /** A row for each image, a column for each position. */
  const sprite = (view: Exclude<View, 'latents'>): Promise<Buffer> => {
    const rows = Array.from({ length: sizes.numImages }, (_, i) =>
      frames.map((frame) => frame[view]!.rgba.slice(i * length, (i + 1) * length)),
    );
    return spriteOf(rows.flat(), frames.length, quality);
  };
  return [
    [files.latents, new Uint8Array(Int8Array.from(bytes).buffer)],
    [files.decoded, await sprite('decoded')],
    [files.predicted, await sprite('predicted')],
  ];
}
