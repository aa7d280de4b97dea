// The live side of figure 4.5: the recording's files, fetched when the map is first touched, and a picture placed on it.
import { pageEngine } from '../../../engine/page/pageEngine.ts';
import { loadPicture, renderFaceInBrowser } from '../../../userContent/pictures/index.ts';
import { faceNumber } from '../../../userContent/pictures/ids.ts';
import { encodeFace } from '../../../datasets/faceAttributes.ts';
import { nearest, rgbOf } from '@noisebook/ldm/numbers';
import type { Place } from './mapPlaces.ts';
import type { TaskContext } from '../../kit/frame/cellState.svelte.ts';
import {
  factsOf,
  latentNeighbours,
  NEIGHBOURS,
  pairs,
  placeOnPca,
  sayFacts,
  sharedFacts,
  unpackLatents,
  type MapName,
  type Neighbour,
  type RecordedMap,
  type RecordedPlaces,
} from './latentMap.ts';
import { pictureAt, readSprite } from '../../kit/pictures/spritePictures.ts';

/** The recording as the map draws it. */
export interface MapData {
  readonly sheet: ImageBitmap;
  readonly latents: Float32Array;
  readonly places: Readonly<Record<MapName, readonly Place[]>>;
  readonly recorded: RecordedPlaces;
}

/** A face or a picture with its neighbours in both spaces. */
export interface Neighbourhood {
  readonly latent: readonly Neighbour[];
  readonly pixel: readonly Neighbour[];
}

/** A picture that is no face of the map, encoded here. */
export interface Placed extends Neighbourhood {
  readonly id: string;
  readonly bytes: Uint8ClampedArray<ArrayBuffer>;
  readonly place: Place;
  /** What is known of it, in words; undefined for a picture that is no drawn face. */
  readonly facts: string | undefined;
  readonly latent: readonly Neighbour[];
}

async function fetchOk(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The map did not load (status ${response.status}). Touch it again.`);
  return response;
}

export class LatentMapData {
  data: MapData | undefined = $state.raw();
  placed: Placed | undefined = $state.raw();
  readonly #info: RecordedMap;
  readonly #folder: string;
  #loading: Promise<MapData> | undefined;
  /** Red, green and blue of every face, for distances in pixels. */
  #pixels: Uint8ClampedArray | undefined;

  constructor(info: RecordedMap, folder: string) {
    this.#info = info;
    this.#folder = folder;
  }

  /** Fetches the recording's files, once. */
  load(): Promise<MapData> {
    this.#loading ??= this.#fetch();
    this.#loading.catch(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #fetch(): Promise<MapData> {
    const { files, latentRange } = this.#info;
    const [sheet, latents, recorded] = await Promise.all([
      fetchOk(this.#folder + files.faces).then(async (response) => createImageBitmap(await response.blob())),
      fetchOk(this.#folder + files.latents).then((response) => response.arrayBuffer()),
      fetchOk(this.#folder + files.places).then((response) => response.json() as Promise<RecordedPlaces>),
    ]);
    const { pca, umap } = recorded.places;
    const places = { pca: pairs(pca), umap: pairs(umap) };
    return (this.data = { sheet, latents: unpackLatents(latents, latentRange), places, recorded });
  }

  /** The neighbours of a face of the map. */
  around(face: number): Neighbourhood {
    const { data } = this;
    if (data === undefined) return { latent: this.#info.latentNeighbours, pixel: this.#info.pixelNeighbours };
    const { attributes, pixelNeighbours } = data.recorded;
    const facts = factsOf(attributes, face);
    const { dimensions } = this.#info;
    const latent = data.latents.subarray(face * dimensions, (face + 1) * dimensions);
    return {
      latent: latentNeighbours(data.latents, latent, attributes, facts, face),
      pixel: (pixelNeighbours[face] ?? []).map((index) => ({
        index,
        shared: sharedFacts(facts, factsOf(attributes, index)),
      })),
    };
  }

  /** Encodes a picture and finds its place. @param id of a picture, or 'new' for face `number` that is not on the map */
  async place(id: string, number: number, { signal, onEvent }: TaskContext): Promise<string> {
    const { size, model, count } = this.#info;
    const [data, engine] = await Promise.all([this.load(), pageEngine()]);
    let facts: ArrayLike<number> | undefined;
    let bytes: Uint8ClampedArray<ArrayBuffer>;
    if (id === 'new') {
      const { sampleFace } = await import('../../../datasets/faceSplits.ts');
      const face = sampleFace('test', count + number);
      facts = encodeFace(face);
      bytes = await renderFaceInBrowser(face, size);
    } else {
      bytes = await loadPicture(id, size);
      const known = faceNumber(id);
      if (known !== undefined) facts = factsOf(data.recorded.attributes, known);
    }
    const { latents, backend } = await engine.encode(
      { model, pixels: bytes.slice(), count: 1 },
      { signal, onEvent },
    );
    const { attributes } = data.recorded;
    const pixel = nearest(await this.#allPixels(), rgbOf(bytes))
      .slice(0, NEIGHBOURS)
      .map(({ index }) => ({ index, shared: facts && sharedFacts(facts, factsOf(attributes, index)) }));
    signal.throwIfAborted();
    this.placed = {
      id,
      bytes,
      place: placeOnPca(data.recorded, latents),
      facts: facts && sayFacts(facts),
      latent: latentNeighbours(data.latents, latents, attributes, facts),
      pixel,
    };
    return backend.label;
  }

  async #allPixels(): Promise<Uint8ClampedArray> {
    if (this.#pixels !== undefined) return this.#pixels;
    const { files, count, columns, size } = this.#info;
    const sheet = await readSprite(this.#folder + files.faces);
    const all = new Uint8ClampedArray(count * size * size * 3);
    for (let i = 0; i < count; i++) {
      all.set(rgbOf(pictureAt(sheet, size, i % columns, Math.floor(i / columns))), i * size * size * 3);
    }
    return (this.#pixels = all);
  }
}
