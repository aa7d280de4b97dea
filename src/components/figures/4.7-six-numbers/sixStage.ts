// Pictures to six numbers and back, in the page's worker, beside what faces-64 makes of the same picture.
import { pageEngine } from '../../../engine/page/pageEngine.ts';
import { loadPicture, ownPicture, shownId } from '../../../userContent/pictures/index.ts';
import type { TaskContext } from '../../kit/frame/cellState.svelte.ts';
import { autoencode, decibels, SIZE, type Rgba } from '../../kit/latents/firstStage.ts';
import { MODEL } from './sixNumbers.ts';

type Calls = Pick<TaskContext, 'signal' | 'onEvent'>;

/** A picture with what both first stages make of it. */
export interface Reference {
  readonly id: string;
  /** The reader's own picture that it was made from, if it was: another file is another picture. */
  readonly own: unknown;
  readonly picture: Rgba;
  /** What the encoder of faces-six gives. */
  readonly latents: readonly number[];
  /** PSNR of what the decoder makes of them. */
  readonly psnrSix: number;
  /** Through the 256 numbers of faces-64. */
  readonly full: Rgba;
  readonly psnrFull: number;
}

/** Whether `reference` was made from what `id` stands for now. */
export const isCurrent = (reference: Reference | undefined, id: string): reference is Reference =>
  reference?.id === shownId(id) && reference.own === ownPicture();

export async function readReference(id: string, calls: Calls): Promise<Reference> {
  const [shown, own] = [shownId(id), ownPicture()];
  const picture = await loadPicture(id, SIZE);
  const engine = await pageEngine();
  const encoded = await engine.encode({ model: MODEL, pixels: picture, count: 1 }, calls);
  const latents = [...encoded.latents];
  const decoded = await decodePoints([latents], calls);
  const { through } = await autoencode(picture, calls);
  return {
    id: shown,
    own,
    picture,
    latents,
    psnrSix: decibels(picture, decoded.pictures[0]!),
    full: through.output,
    psnrFull: through.psnr,
  };
}

/** Pictures of points with six numbers each, and where they were computed. */
export async function decodePoints(
  points: readonly (readonly number[])[],
  calls: Calls,
): Promise<{ readonly pictures: Rgba[]; readonly backend: string }> {
  const engine = await pageEngine();
  const request = { model: MODEL, latents: Float32Array.from(points.flat()), count: points.length };
  const { images, backend } = await engine.decodeLatents(request, calls);
  const length = images.length / points.length;
  const pictures = points.map((_, i) => images.slice(i * length, (i + 1) * length));
  return { pictures, backend: backend.label };
}

/** PSNR of a decoded point against the picture that it should show. */
export const against = (reference: Reference, picture: Rgba): number => decibels(reference.picture, picture);
