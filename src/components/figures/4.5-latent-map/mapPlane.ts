// The map as a plane of many small pictures: their places, the part that is seen, what is drawn where, what is met at a point.

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** How coordinates become places: place = 0.5 + (coordinate - middle) * scale. */
export interface Fit {
  readonly middle: Place;
  readonly scale: number;
}

/**
 * The fit that brings all points into the unit square, the same scale on both axes.
 * @param points [count, 2]
 * @param margin share of the side that stays free on every edge
 */
export function fitToSquare(points: ArrayLike<number>, margin: number): Fit {
  const range = (axis: 0 | 1): readonly [number, number] => {
    let [low, high] = [Infinity, -Infinity];
    for (let i = axis; i < points.length; i += 2) {
      low = Math.min(low, points[i]!);
      high = Math.max(high, points[i]!);
    }
    return [low, high];
  };
  const [[left, right], [bottom, top]] = [range(0), range(1)];
  const span = Math.max(right - left, top - bottom) || 1;
  return { middle: { x: (left + right) / 2, y: (bottom + top) / 2 }, scale: (1 - 2 * margin) / span };
}

/** The place of a point; y goes down, as on a screen. */
export const placeOf = ({ middle, scale }: Fit, [x, y]: readonly number[]): Place => ({
  x: 0.5 + ((x ?? 0) - middle.x) * scale,
  y: 0.5 - ((y ?? 0) - middle.y) * scale,
});

/**
 * The place to go to from `from` in the direction (dx, dy): the nearest one inside a quarter circle around it; what lies
 * beside the way counts as twice as far.
 * @param allowed which places may be gone to
 * @returns its number, or undefined when there is none
 */
export function inDirection(
  places: readonly Place[],
  from: Place,
  { dx, dy }: { readonly dx: number; readonly dy: number },
  allowed: (index: number) => boolean = () => true,
): number | undefined {
  let best: number | undefined;
  let least = Infinity;
  places.forEach((place, index) => {
    if (!allowed(index)) return;
    const along = (place.x - from.x) * dx + (place.y - from.y) * dy;
    const beside = Math.abs((place.x - from.x) * dy - (place.y - from.y) * dx);
    if (along <= 0 || beside > along) return;
    const cost = along + 2 * beside;
    if (cost < least) [best, least] = [index, cost];
  });
  return best;
}

/** What part of the map is seen: `k` times enlarged, its middle at `x`, `y` of the unit square. */
export interface Zoom {
  readonly k: number;
  readonly x: number;
  readonly y: number;
}

export const WHOLE: Zoom = { k: 1, x: 0.5, y: 0.5 };
/** The largest zoom. */
const MOST = 12;

/** Moved so that no more than the map is seen, and enlarged no more than it may be. */
export function limitZoom({ k, x, y }: Zoom): Zoom {
  const kept = Math.max(1, Math.min(MOST, k));
  const half = 0.5 / kept;
  const inside = (value: number): number => Math.max(half, Math.min(1 - half, value));
  return { k: kept, x: inside(x), y: inside(y) };
}

/** Where a place of the map is seen: 0 to 1 across the window. */
export const toWindow = (zoom: Zoom, { x, y }: Place): Place => ({
  x: (x - zoom.x) * zoom.k + 0.5,
  y: (y - zoom.y) * zoom.k + 0.5,
});

/** The place of the map that is seen at a point of the window; the inverse of `toWindow`. */
export const toMap = (zoom: Zoom, { x, y }: Place): Place => ({
  x: (x - 0.5) / zoom.k + zoom.x,
  y: (y - 0.5) / zoom.k + zoom.y,
});

/** Enlarged `factor` times more, the place below `point` of the window staying where it is. */
export function zoomAt(zoom: Zoom, factor: number, point: Place): Zoom {
  const k = Math.max(1, Math.min(MOST, zoom.k * factor));
  const fixed = toMap(zoom, point);
  return limitZoom({ k, x: fixed.x - (point.x - 0.5) / k, y: fixed.y - (point.y - 0.5) / k });
}

/** The same around `origin`, a place of the map; around the middle where there is none, or it is out of the window. */
export function zoomAround(zoom: Zoom, factor: number, origin: Place | undefined): Zoom {
  const seen = origin && toWindow(zoom, origin);
  const inside = seen !== undefined && Math.min(seen.x, seen.y, 1 - seen.x, 1 - seen.y) >= 0;
  return zoomAt(zoom, factor, inside ? seen : { x: 0.5, y: 0.5 });
}

/** A thumbnail's side at no zoom, as a share of the map's; it grows more slowly than the map. */
const THUMB = 0.051;
const GROWTH = 0.55;
/** How much larger than the others: the one that is shown, and its neighbours. */
export const SHOWN = 1.8;
export const NEAR = 1.3;

/** Half a thumbnail's side, as a share of the map's. */
export const halfThumb = ({ k }: Pick<Zoom, 'k'>): number => (THUMB * k ** GROWTH) / 2;

/** A thumbnail `times` as large as the others, in shares of the window. */
export function thumbAt(zoom: Zoom, place: Place, times: number): Place & { readonly side: number } {
  const { x, y } = toWindow(zoom, place);
  const half = halfThumb(zoom) * times;
  return { x: x - half, y: y - half, side: 2 * half };
}

export interface Scene {
  readonly places: readonly Place[];
  readonly zoom: Zoom;
  readonly shown: number | undefined;
  readonly near: ReadonlySet<number>;
  /** Faces that stay bright; undefined for all. */
  readonly bright: ReadonlySet<number> | undefined;
}

/** All pictures, `columns` in a row of `size` pixels a side; and one that is not among them, with its place. */
export interface Pictures {
  readonly sheet: ImageBitmap;
  readonly columns: number;
  readonly size: number;
  readonly placed: { readonly image: ImageBitmap; readonly place: Place } | undefined;
}

/** The faces of a scene from the lowest to the topmost, and how large each is. Those that are not bright lie below all. */
function* layers({
  places,
  shown,
  near,
  bright,
}: Scene): Generator<{ readonly face: number; readonly times: number; readonly faint: boolean }> {
  const isBright = (face: number): boolean => bright?.has(face) ?? true;
  for (const face of places.keys()) if (!isBright(face)) yield { face, times: 1, faint: true };
  for (const face of places.keys())
    if (isBright(face) && !near.has(face) && face !== shown) yield { face, times: 1, faint: false };
  for (const face of near) yield { face, times: NEAR, faint: false };
  if (shown !== undefined) yield { face: shown, times: SHOWN, faint: false };
}

/** @param side of the canvas in CSS pixels */
export function drawMap(
  canvas: HTMLCanvasElement,
  scene: Scene,
  { sheet, columns, size, placed }: Pictures,
  side: number,
): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const pixels = Math.round(side * Math.min(2, devicePixelRatio));
  if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
  context.clearRect(0, 0, pixels, pixels);
  context.imageSmoothingQuality = 'high';
  const put = (image: ImageBitmap, left: number, top: number, place: Place, times: number): void => {
    const at = thumbAt(scene.zoom, place, times);
    if (at.x > 1 || at.y > 1 || at.x + at.side < 0 || at.y + at.side < 0) return;
    const [x, y, width] = [at.x * pixels, at.y * pixels, at.side * pixels];
    context.drawImage(image, left, top, size, size, x, y, width, width);
  };
  for (const { face, times, faint } of layers(scene)) {
    const place = scene.places[face];
    context.globalAlpha = faint ? 0.12 : 1;
    if (place) put(sheet, (face % columns) * size, Math.floor(face / columns) * size, place, times);
  }
  if (placed !== undefined) put(placed.image, 0, 0, placed.place, SHOWN);
}

/** The topmost face at a point of the window, as `drawMap` lays them; undefined where there is none. */
export function faceAt(scene: Scene, point: Place): number | undefined {
  const hit = [...layers(scene)].findLast(({ face, times, faint }) => {
    const place = scene.places[face];
    if (faint || place === undefined) return false;
    const { x, y } = toWindow(scene.zoom, place);
    return Math.max(Math.abs(point.x - x), Math.abs(point.y - y)) < halfThumb(scene.zoom) * times;
  });
  return hit?.face;
}
