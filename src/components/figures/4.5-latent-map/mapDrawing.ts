// Draws the map of figure 4.5: which face lies where, how large, and which lie on top.
import { toWindow, type Place, type Zoom } from './mapPlaces.ts';

/** A thumbnail's side at no zoom, as a share of the map's; it grows more slowly than the map. */
const THUMB = 0.051;
const GROWTH = 0.55;
/** How much larger than the others: the one that is shown, and its neighbours. */
export const SHOWN = 1.8;
export const NEAR = 1.3;

/** Half a thumbnail's side, as a share of the map's. */
export const halfThumb = ({ k }: Pick<Zoom, 'k'>): number => (THUMB * k ** GROWTH) / 2;

export interface Scene {
  readonly sheet: ImageBitmap;
  /** Pictures in a row of the sheet, and their pixels a side. */
  readonly columns: number;
  readonly size: number;
  readonly places: readonly Place[];
  readonly zoom: Zoom;
  readonly shown: number | undefined;
  readonly near: ReadonlySet<number>;
  readonly bright: ReadonlySet<number> | undefined;
  /** A picture that is not in the sheet. */
  readonly placed: { readonly image: ImageBitmap; readonly place: Place } | undefined;
}

/** @param side of the canvas in CSS pixels */
export function drawMap(canvas: HTMLCanvasElement, scene: Scene, side: number): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const { sheet, columns, size, places, zoom, shown, near, bright, placed } = scene;
  const pixels = Math.round(side * Math.min(2, devicePixelRatio));
  if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
  context.clearRect(0, 0, pixels, pixels);
  context.imageSmoothingQuality = 'high';
  const put = (source: ImageBitmap, sx: number, sy: number, place: Place, times: number): void => {
    const { x, y } = toWindow(zoom, place);
    const half = halfThumb(zoom) * times;
    if (x < -half || y < -half || x > 1 + half || y > 1 + half) return;
    const [left, top, width] = [x - half, y - half, 2 * half].map((share) => share * pixels) as [
      number,
      number,
      number,
    ];
    context.drawImage(source, sx, sy, size, size, left, top, width, width);
  };
  const face = (i: number, times: number): void => {
    const place = places[i];
    if (place !== undefined) put(sheet, (i % columns) * size, Math.floor(i / columns) * size, place, times);
  };
  const isBright = (i: number): boolean => bright?.has(i) ?? true;
  context.globalAlpha = 0.12;
  for (const i of places.keys()) if (!isBright(i)) face(i, 1);
  context.globalAlpha = 1;
  for (const i of places.keys()) if (isBright(i) && !near.has(i) && i !== shown) face(i, 1);
  for (const i of near) face(i, NEAR);
  if (shown !== undefined) face(shown, SHOWN);
  if (placed !== undefined) put(placed.image, 0, 0, placed.place, SHOWN);
}

/** The topmost face at a point of the window, as `drawMap` lays them; undefined where there is none. */
export function faceAt(
  { places, zoom, shown, near, bright }: Pick<Scene, 'places' | 'zoom' | 'shown' | 'near' | 'bright'>,
  point: Place,
): number | undefined {
  const hits = (i: number, times: number): boolean => {
    const place = places[i];
    if (place === undefined) return false;
    const { x, y } = toWindow(zoom, place);
    return Math.max(Math.abs(point.x - x), Math.abs(point.y - y)) < halfThumb(zoom) * times;
  };
  if (shown !== undefined && hits(shown, SHOWN)) return shown;
  const neighbour = [...near].findLast((i) => hits(i, NEAR));
  if (neighbour !== undefined) return neighbour;
  const face = places.findLastIndex((_, i) => (bright?.has(i) ?? true) && hits(i, 1));
  return face < 0 ? undefined : face;
}
