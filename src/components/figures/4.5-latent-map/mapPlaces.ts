// Places on a map: fitted into a square, found from a point, found in a direction. For maps of many small pictures.

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

/** Moved so that no more than the map is seen, and enlarged 1 to `most` times. */
export function limitZoom({ k, x, y }: Zoom, most: number): Zoom {
  const kept = Math.max(1, Math.min(most, k));
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
export function zoomAt(zoom: Zoom, factor: number, point: Place, most: number): Zoom {
  const k = Math.max(1, Math.min(most, zoom.k * factor));
  const fixed = toMap(zoom, point);
  return limitZoom({ k, x: fixed.x - (point.x - 0.5) / k, y: fixed.y - (point.y - 0.5) / k }, most);
}
