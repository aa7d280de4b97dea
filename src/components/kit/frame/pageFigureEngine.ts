// What figures compute with on the page: the worker's jobs, the page's pictures.
import type { BackendInfo } from '@noisebook/ldm';
import type { Face } from '../../../datasets/faceAttributes.ts';
import { pageEngine } from '../../../engine/page/pageEngine.ts';
import { loadPicture, loadWhole } from '../../../userContent/pictures/index.ts';
import { renderFaceInBrowser } from '../../../userContent/pictures/renderFace.ts';
import { compress } from '../pictures/codec.ts';
import { decode, encode, type StageModel } from '../latents/firstStage.ts';
import { generateInPage } from '../player/generation.ts';
import type { LoadEvent } from '../../../engine/protocol/messages.ts';
import type { PlaneTrainEvent } from '../../../engine/protocol/planeJobs.ts';
import type { TaskContext } from './cellState.svelte.ts';
import type { FigureEngine } from './defineFigure.ts';
import { bytesOf } from './picturesPng.ts';

/** An engine for one request, and the label of the backend that answered it last. */
export function engineFor(
  model: StageModel,
  task: TaskContext,
): FigureEngine & { readonly label: string | undefined } {
  let label: string | undefined;
  const { signal, onEvent: onLoad } = task;
  const used = new Set<string>();
  /** The models that this request has used besides `name`: it may come back to them. */
  const besides = (name: string): string[] => {
    used.add(name);
    return [...used].filter((other) => other !== name);
  };
  const withBeside = <T extends { readonly model: string; readonly beside?: readonly string[] }>(
    request: T,
  ): T => ({ beside: besides(request.model), ...request });
  /** Notes who answered. */
  const from = <R extends { readonly backend: BackendInfo }>(result: R): R => {
    label = result.backend.label;
    return result;
  };
  return {
    model,
    get label() {
      return label;
    },
    encode: async (pictures, of = model) => {
      const { latents, backend } = await encode(
        pictures,
        { signal, onEvent: onLoad, beside: besides(of.name) },
        of,
      );
      label = backend;
      return latents;
    },
    decode: async (latents, of = model) => {
      const { pictures, backend } = await decode(
        latents,
        { signal, onEvent: onLoad, beside: besides(of.name) },
        of,
      );
      label = backend;
      return pictures;
    },
    bytes: bytesOf,
    generate: async (request, onEvent) => {
      const follow = { signal, onLoad, ...(onEvent && { onEvent }) };
      const drawn = await generateInPage(await pageEngine(), withBeside(request), follow);
      label = drawn.backend;
      return { ...drawn, request };
    },
    predict: async (request) =>
      from(await (await pageEngine()).call('predict', withBeside(request), { signal, onEvent: onLoad })),
    planeTrain: async (request, onEvent) => {
      const follow = (event: LoadEvent | PlaneTrainEvent): void => {
        if (event.type === 'plane') onEvent?.(event);
        else onLoad(event);
      };
      return from(await (await pageEngine()).call('plane-train', request, { signal, onEvent: follow }));
    },
    planeSample: async (request) =>
      from(await (await pageEngine()).call('plane-sample', request, { signal, onEvent: onLoad })),
    planeField: async (request) =>
      from(await (await pageEngine()).call('plane-field', request, { signal, onEvent: onLoad })),
    picture: async (id, size = model.size) => loadPicture(id, size),
    whole: async (id) => {
      const { pixels, width, height } = await loadWhole(id);
      return { pixels, width, height };
    },
    compress,
    face: (face: Face, size = model.size) => renderFaceInBrowser(face, size),
  };
}
