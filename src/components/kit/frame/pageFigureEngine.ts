// What figures compute with on the page: the worker's first stages, the page's pictures.
import type { Face } from '../../../datasets/faceAttributes.ts';
import { pageEngine } from '../../../engine/page/pageEngine.ts';
import { loadPicture, loadWhole } from '../../../userContent/pictures/index.ts';
import { compress } from '../pictures/codec.ts';
import { decode, encode, type StageModel } from '../latents/firstStage.ts';
import { generateInPage } from '../player/generation.ts';
import type { TaskContext } from './cellState.svelte.ts';
import type { FigureEngine } from './defineFigure.ts';
import { bytesOf } from './picturesPng.ts';

/** An engine for one request, and the label of the backend that answered it last. */
export function engineFor(
  model: StageModel,
  task: TaskContext,
): FigureEngine & { readonly label: string | undefined } {
  let label: string | undefined;
  return {
    model,
    get label() {
      return label;
    },
    encode: async (pictures, of = model) => {
      const { latents, backend } = await encode(pictures, task, of);
      label = backend;
      return latents;
    },
    decode: async (latents, of = model) => {
      const { pictures, backend } = await decode(latents, task, of);
      label = backend;
      return pictures;
    },
    bytes: bytesOf,
    generate: async (request, onEvent) => {
      const { signal, onEvent: onLoad } = task;
      const follow = { signal, onLoad, ...(onEvent && { onEvent }) };
      const drawn = await generateInPage(await pageEngine(), request, follow);
      label = drawn.backend;
      return drawn;
    },
    picture: async (id, size = model.size) => loadPicture(id, size),
    whole: async (id) => {
      const { pixels, width, height } = await loadWhole(id);
      return { pixels, width, height };
    },
    compress,
    face: async (face: Face, size = model.size) => {
      const { renderFaceInBrowser } = await import('../../../userContent/pictures/renderFace.ts');
      return renderFaceInBrowser(face, size);
    },
  };
}
