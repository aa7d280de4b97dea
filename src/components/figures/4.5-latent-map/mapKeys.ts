// Keys on a map: arrows go to the nearest face in that direction, plus and minus zoom, 0 shows all.
import { inDirection, limitZoom, toWindow, WHOLE, zoomAt, type Place, type Zoom } from './mapPlaces.ts';
import { MOST } from './mapGestures.ts';

/** A face nearer to the window's edge than this share of it is brought to the middle. */
const EDGE = 0.06;
const MIDDLE: Place = { x: 0.5, y: 0.5 };

const directions: Readonly<Record<string, { readonly dx: number; readonly dy: number }>> = {
  ArrowLeft: { dx: -1, dy: 0 },
  ArrowRight: { dx: 1, dy: 0 },
  ArrowUp: { dx: 0, dy: -1 },
  ArrowDown: { dx: 0, dy: 1 },
};

export interface MapKeys {
  readonly places: () => readonly Place[];
  readonly zoom: () => Zoom;
  /** Where the arrows start; undefined before the faces are there. */
  readonly origin: () => Place | undefined;
  /** Whether an arrow may go to this face. */
  readonly allowed: (face: number) => boolean;
  readonly onwake: () => void;
  readonly onpick: (face: number) => void;
  readonly onzoom: (zoom: Zoom) => void;
  /** Zoom in or out by this factor. */
  readonly onenlarge: (factor: number) => void;
}

/** The zoom larger by `factor` around `origin`; around the middle where there is none, or it is out of the window. */
export function enlarged(zoom: Zoom, factor: number, origin: Place | undefined): Zoom {
  const { x, y } = origin === undefined ? MIDDLE : toWindow(zoom, origin);
  const outside = x < 0 || y < 0 || x > 1 || y > 1;
  return zoomAt(zoom, factor, outside ? MIDDLE : { x, y }, MOST);
}

export function mapKeys(map: MapKeys): (event: KeyboardEvent) => void {
  function go(direction: { readonly dx: number; readonly dy: number }): void {
    const origin = map.origin();
    if (origin === undefined) {
      map.onwake();
      return;
    }
    const next = inDirection(map.places(), origin, direction, map.allowed);
    if (next === undefined) return;
    map.onpick(next);
    // What was gone to must be seen.
    const place = map.places()[next]!;
    const { x, y } = toWindow(map.zoom(), place);
    if (Math.min(x, y, 1 - x, 1 - y) < EDGE) map.onzoom(limitZoom({ k: map.zoom().k, ...place }, MOST));
  }
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = directions[event.key];
    if (direction !== undefined) go(direction);
    else if (event.key === '+' || event.key === '=') map.onenlarge(1.5);
    else if (event.key === '-') map.onenlarge(1 / 1.5);
    else if (event.key === '0') map.onzoom(WHOLE);
    else return;
    event.preventDefault();
  };
}
