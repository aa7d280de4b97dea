// Records a figure that is defined by a figure.ts: its `compute` with the shipped models in Node, its study, its data.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type {
  FigureDefinition,
  FigureEngine,
  FigureTask,
} from '../../src/components/kit/frame/defineFigure.ts';
import { store } from '../../src/components/kit/frame/result.ts';
import type { StudyTools } from '../../src/components/kit/frame/study.ts';
import type { Pixels } from '../../src/components/kit/pictures/codec.ts';
import { shipped, type Latents, type Rgba } from '../../src/components/kit/latents/firstStage.ts';
import { planeField, planeSample } from '../../src/engine/worker/jobs/planeAsk.ts';
import { planeTrain } from '../../src/engine/worker/jobs/planeTrain.ts';
import type { LoadEvent } from '../../src/engine/protocol/messages.ts';
import type { PlaneTrainEvent } from '../../src/engine/protocol/planeJobs.ts';
import { predict } from '../../src/engine/worker/jobs/predict.ts';
import { faceSvg } from '../../src/datasets/faces.ts';
import { loadFirstStage } from '@noisebook/ldm';
import { nodeFolderSource } from '@noisebook/ldm/node';
import {
  decodeAll,
  encodeAll,
  type Coder,
  distanceToFaces,
  quantile,
  scatterFile,
  spriteFile,
  testFace,
  wideFile,
} from '../lib/latentRecording.ts';
import { drawLayers } from '../lib/layeredFace.ts';
import { DrivenCodec } from '../lib/drivenCodec.ts';
import { readPicture, readPictureFile } from '../lib/pictures.ts';
import { rasterize } from '../lib/rasterize.ts';
import { manifestHash, type RecordContext } from './context.ts';
import { encodeFrames, generateInNode } from './generation.ts';
import { NodeSession } from './nodeSession.ts';

const folder = join(import.meta.dirname, '../../src/components/figures');

/** "4-3" to the figure's folder, for every figure that has a figure.ts. */
export const figureFolders: ReadonlyMap<string, string> = new Map(
  readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'figure.ts')))
    .map((name) => [name.slice(0, name.indexOf('-')).replace('.', '-'), join(folder, name)]),
);

/** For a job that nobody stops or watches. */
const unwatched = () => ({ signal: new AbortController().signal, emit: () => undefined });

/** What figures compute with in Node: the worker's jobs, pictures from the repository. */
export class NodeEngine implements FigureEngine {
  readonly model = shipped;
  /** First stages that took part, by the name of their model. */
  readonly #stages = new Map<string, Coder & { dispose(): void }>();
  readonly #session: NodeSession;
  readonly #codec = new DrivenCodec();
  readonly #context: RecordContext;

  constructor(context: RecordContext) {
    this.#context = context;
    this.#session = new NodeSession(context.modelFolder);
  }

  get names(): string[] {
    return [...new Set([...this.#stages.keys(), ...this.#session.names])];
  }

  async #stage(name: string): Promise<Coder> {
    const known = this.#stages.get(name);
    if (known !== undefined) return known;
    const stage = await loadFirstStage(nodeFolderSource(this.#context.modelFolder(name)));
    const coder = {
      latentChannels: stage.config.latentChannels,
      encode: (images: Parameters<Coder['encode']>[0]) => stage.encode(images),
      decode: (latents: Parameters<Coder['decode']>[0]) => stage.decode(latents),
      dispose: () => stage.dispose(),
    };
    this.#stages.set(name, coder);
    return coder;
  }

  async encode(pictures: readonly Rgba[], { name } = this.model): Promise<Latents[]> {
    return (await encodeAll(await this.#stage(name), pictures)) as Latents[];
  }

  async decode(latents: readonly ArrayLike<number>[], { name } = this.model): Promise<Rgba[]> {
    return decodeAll(await this.#stage(name), latents);
  }

  readonly generate: FigureEngine['generate'] = (request, onEvent) =>
    generateInNode(this.#session, request, this.#context.backend, onEvent);

  readonly predict: FigureEngine['predict'] = async (request) =>
    (await predict(this.#session, request, unwatched())).result;

  readonly planeTrain: FigureEngine['planeTrain'] = async (request, onEvent) => {
    const emit = (event: LoadEvent | PlaneTrainEvent): void => {
      if (event.type === 'plane') onEvent?.(event);
    };
    return (await planeTrain(this.#session, request, { ...unwatched(), emit })).result;
  };

  readonly planeSample: FigureEngine['planeSample'] = async (request) =>
    (await planeSample(this.#session, request, unwatched())).result;

  readonly planeField: FigureEngine['planeField'] = async (request) =>
    (await planeField(this.#session, request, unwatched())).result;

  readonly picture = (id: string, size = this.model.size): Promise<Rgba> => readPicture(id, size);

  readonly whole = (id: string): Promise<Pixels> => readPictureFile(`full/${id}.webp`);
  readonly compress = this.#codec.compress;

  readonly bytes: FigureEngine['bytes'] = (picture) =>
    'bytes' in picture
      ? Promise.resolve(picture.bytes)
      : Promise.reject(new TypeError('Expected a picture that was just made, got a recorded one.'));

  readonly face: FigureEngine['face'] = (face, size = this.model.size) =>
    Promise.resolve(Uint8ClampedArray.from(rasterize(faceSvg(face), size)));

  async close(): Promise<void> {
    for (const stage of this.#stages.values()) stage.dispose();
    this.#session.dispose();
    await this.#codec.close();
  }
}

const faceLayers: StudyTools['faceLayers'] = (face, size) => {
  const { whole, below, eye, over } = drawLayers(face, size);
  const rgba = (bytes: Uint8Array): Rgba => Uint8ClampedArray.from(bytes);
  return { whole: rgba(whole), below: rgba(below), eye: rgba(eye), over: rgba(over) };
};

/** The shipped model's picture of a prompt, as raw latents. */
const sampler =
  ({ pipeline, sampling }: RecordContext): StudyTools['sample'] =>
  async (prompt, seed) => {
    const { numInferenceSteps, guidanceScale } = sampling;
    const z = await pipeline.textToImage({ prompt, seed, numImages: 1, numInferenceSteps, guidanceScale });
    const latents = Float32Array.from(await z.data<'float32'>());
    z.dispose();
    return { latents, numInferenceSteps, guidanceScale };
  };

const load = async (path: string): Promise<unknown> =>
  existsSync(path) ? ((await import(path)) as { readonly default: unknown }).default : undefined;

/** @param name "4-3" */
export async function recordFigure(name: string, context: RecordContext): Promise<void> {
  const folderOf = figureFolders.get(name)!;
  const definition = (await load(join(folderOf, 'figure.ts'))) as FigureDefinition;
  const readData = (await load(join(folderOf, 'data.ts'))) as (() => unknown) | undefined;
  const measure = (await load(join(folderOf, 'study.ts'))) as
    ((tools: StudyTools) => Promise<unknown>) | undefined;
  const engine = new NodeEngine(context);
  const study = await measure?.({
    engine,
    testFace,
    faceLayers,
    quantile,
    distanceToFaces,
    sample: sampler(context),
    sheet: async (pictures, columns, quality) =>
      Uint8Array.from(await spriteFile(pictures, columns, quality)),
    scatter: async (...drawing) => Uint8Array.from(await scatterFile(...drawing)),
  });
  const values = Object.fromEntries(
    Object.entries(definition.fields).map(([field, { fallback }]) => [field, fallback]),
  );
  const task: FigureTask<unknown, unknown, unknown> = {
    study,
    data: readData?.(),
    signal: new AbortController().signal,
    progress: () => undefined,
    shown: undefined,
    show: () => undefined,
    giveWay: () => undefined,
    memo: (_step, compute) => compute(),
  };
  const made = await definition.compute(values, engine, task);
  // One set of sheets for both: a study may have pictures too.
  const drawn = definition.at === undefined ? made : definition.at(made, values);
  const result = (await definition.afterwards?.(drawn, engine, task)) ?? drawn;
  const { json, pictures, generations, files } = store(
    { result, ...(study !== undefined && { study }) },
    definition.digits,
  );
  const sheets: Record<string, { file: string; columns: number; rows: number }> = {};
  const { columns: asked, quality } = definition.sheet ?? {};
  for (const [size, all] of pictures) {
    const columns = Math.min(asked ?? 8, all.length);
    const file = pictures.size === 1 ? 'pictures.webp' : `pictures-${size}.webp`;
    sheets[size] = { file, columns, rows: Math.ceil(all.length / columns) };
    context.write(name, file, await spriteFile(all, columns, quality));
  }
  for (const { drawn, stored } of generations)
    for (const [file, content] of await encodeFrames(
      drawn,
      stored,
      quality === 'crisp' ? undefined : quality,
    ))
      context.write(name, file, content);
  for (const [file, content] of files)
    context.write(name, file, content instanceof Uint8Array ? content : await wideFile(content));
  const manifests = Object.fromEntries(engine.names.map((model) => [model, manifestHash(model)]));
  context.write(name, 'recorded.json', { manifests, sheets, ...(json as object) });
  await engine.close();
}
