// What figure 4.5 shows at the moment: the face pointed at, chosen or placed, its facts, its neighbours, and the map.
import { pictureName } from '../../../userContent/pictures/index.ts';
import type { PictureId } from '../../../userContent/pictures/ids.ts';
import type { Rows } from '../../kit/frame/save.ts';
import { facesWith, factsOf, readFilter, sayFacts, type MapName, type RecordedMap } from './latentMap.ts';
import type { LatentMapData } from './latentMapData.svelte.ts';

/** What the reader may choose. */
export interface MapChoice {
  readonly face: number;
  readonly map: MapName;
  /** Which faces stay bright; `readFilter` reads it. */
  readonly only: string;
  readonly place: 'none' | 'new' | PictureId;
  /** Which new face is placed. */
  readonly number: number;
  /** Zoom, and the point in the middle of the window. */
  readonly view: readonly number[];
}

interface MapCell {
  readonly live: boolean;
  readonly values: MapChoice;
}

export class LatentMapView {
  /** The face below the pointer. */
  hovered: number | undefined = $state();
  readonly #recorded: RecordedMap;
  readonly #map: LatentMapData;
  readonly #cell: MapCell;

  constructor(recorded: RecordedMap, map: LatentMapData, cell: MapCell) {
    this.#recorded = recorded;
    this.#map = map;
    this.#cell = cell;
  }

  readonly data = $derived.by(() => this.#map.data);
  readonly placed = $derived.by(() =>
    this.#cell.live && this.#cell.values.place !== 'none' ? this.#map.placed : undefined,
  );
  /** Undefined while the placed picture is shown. */
  readonly shown = $derived.by(
    () => this.hovered ?? (this.placed === undefined ? this.#cell.values.face : undefined),
  );
  readonly near = $derived.by(() =>
    this.shown === undefined && this.placed
      ? this.placed
      : this.#map.around(this.shown ?? this.#recorded.face),
  );
  readonly facts = $derived.by(() => {
    if (this.shown === undefined)
      return this.placed?.facts ?? 'A picture that is no drawn face: nobody has listed its facts.';
    return this.data === undefined
      ? this.#recorded.facts
      : sayFacts(factsOf(this.data.recorded.attributes, this.shown));
  });
  readonly name = $derived.by(() => {
    if (this.shown !== undefined) return `Face ${this.shown}`;
    return this.placed?.id === 'new' ? 'A new face' : pictureName(this.placed?.id ?? '');
  });
  readonly #filter = $derived.by(() => readFilter(this.#cell.values.only));
  /** Faces that stay bright; undefined for all. */
  readonly bright = $derived.by(
    () => this.#filter && this.data && facesWith(this.data.recorded.attributes, this.#filter),
  );
  readonly zoom = $derived.by(() => {
    const [k = 1, x = 0.5, y = 0.5] = this.#cell.values.view;
    return { k: Math.max(1, k), x, y };
  });
  readonly places = $derived.by(() => this.data?.places[this.#cell.values.map]);

  /** Undefined until the map has loaded. */
  csv(): Rows | undefined {
    const { data } = this;
    return (
      data && [
        ['face', 'pca x', 'pca y', 'umap x', 'umap y', 'facts'],
        ...data.places.pca.map(({ x, y }, i) => [
          i,
          x,
          y,
          data.places.umap[i]!.x,
          data.places.umap[i]!.y,
          sayFacts(factsOf(data.recorded.attributes, i)),
        ]),
      ]
    );
  }
}
