// What moves a map: drag to pan, pinch or wheel to zoom, tap to choose, point to look; arrows, plus, minus and 0.
import type { Attachment } from 'svelte/attachments';
import {
  inDirection,
  limitZoom,
  toWindow,
  WHOLE,
  zoomAround,
  zoomAt,
  type Place,
  type Zoom,
} from './mapPlane.ts';

/** A finger that moved farther than this share of the map did not tap. */
const TAP = 0.015;
/** A face nearer to the window's edge than this share of it is brought to the middle. */
const EDGE = 0.06;

const directions: Readonly<Record<string, { readonly dx: number; readonly dy: number }>> = {
  ArrowLeft: { dx: -1, dy: 0 },
  ArrowRight: { dx: 1, dy: 0 },
  ArrowUp: { dx: 0, dy: -1 },
  ArrowDown: { dx: 0, dy: 1 },
};

/** The map as it is when something happens, and what then is to be done. */
export interface MapHandlers {
  readonly zoom: () => Zoom;
  /** Empty before the faces are there. */
  readonly places: () => readonly Place[];
  /** Where the arrows start; undefined before the faces are there. */
  readonly origin: () => Place | undefined;
  /** Whether an arrow may go to this face. */
  readonly allowed: (face: number) => boolean;
  readonly onzoom: (zoom: Zoom) => void;
  readonly onpick: (face: number) => void;
  readonly ontap: (point: Place) => void;
  /** A mouse is at this point of the window, or has left. */
  readonly onpoint: (point: Place | undefined) => void;
  /** The map is about to be used: a mouse came, it got the focus, or an arrow was pressed. */
  readonly onwake: () => void;
}

export const mapInput =
  (map: MapHandlers): Attachment<HTMLElement> =>
  (element) => {
    /** Where each finger is, by its number. */
    const fingers = new Map<number, Place>();
    let moved = 0;
    const place = (event: MouseEvent): Place => {
      const box = element.getBoundingClientRect();
      return { x: (event.clientX - box.x) / box.width, y: (event.clientY - box.y) / box.height };
    };

    const down = (event: PointerEvent): void => {
      if (event.button !== 0) return;
      if (fingers.size === 0) moved = 0;
      fingers.set(event.pointerId, place(event));
      element.setPointerCapture(event.pointerId);
    };
    const move = (event: PointerEvent): void => {
      const now = place(event);
      const before = fingers.get(event.pointerId);
      if (before === undefined) {
        if (event.pointerType === 'mouse') map.onpoint(now);
        return;
      }
      moved += Math.hypot(now.x - before.x, now.y - before.y);
      fingers.set(event.pointerId, now);
      const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
      const { k, x, y } = map.zoom();
      if (other !== undefined) {
        const spread = (from: Place): number => Math.hypot(from.x - other.x, from.y - other.y);
        const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
        map.onzoom(zoomAt({ k, x, y }, spread(now) / Math.max(0.01, spread(before)), middle));
      } else if (k > 1) {
        map.onzoom(limitZoom({ k, x: x - (now.x - before.x) / k, y: y - (now.y - before.y) / k }));
      }
    };
    const up = (event: PointerEvent): void => {
      const known = fingers.delete(event.pointerId);
      if (known && moved <= TAP && event.type === 'pointerup') map.ontap(place(event));
    };
    // The wheel scrolls the page, unless the map has the focus or a key says that it means the map.
    const wheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && document.activeElement !== element) return;
      event.preventDefault();
      map.onzoom(zoomAt(map.zoom(), Math.exp(-event.deltaY / 400), place(event)));
    };

    function go(direction: { readonly dx: number; readonly dy: number }): void {
      const [places, origin] = [map.places(), map.origin()];
      map.onwake();
      const next = origin && inDirection(places, origin, direction, map.allowed);
      if (next === undefined) return;
      map.onpick(next);
      // What was gone to must be seen.
      const { x, y } = toWindow(map.zoom(), places[next]!);
      if (Math.min(x, y, 1 - x, 1 - y) < EDGE) map.onzoom(limitZoom({ k: map.zoom().k, ...places[next]! }));
    }
    const key = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const direction = directions[event.key];
      const enlarge = (factor: number): void => map.onzoom(zoomAround(map.zoom(), factor, map.origin()));
      if (direction !== undefined) go(direction);
      else if (event.key === '+' || event.key === '=') enlarge(1.5);
      else if (event.key === '-') enlarge(1 / 1.5);
      else if (event.key === '0') map.onzoom(WHOLE);
      else return;
      event.preventDefault();
    };

    const controller = new AbortController();
    const { signal } = controller;
    element.addEventListener('pointerdown', down, { signal });
    element.addEventListener('pointermove', move, { signal });
    element.addEventListener('pointerup', up, { signal });
    element.addEventListener('pointercancel', up, { signal });
    element.addEventListener('pointerleave', () => map.onpoint(undefined), { signal });
    element.addEventListener('pointerenter', (event) => event.pointerType === 'mouse' && map.onwake(), {
      signal,
    });
    element.addEventListener('focus', map.onwake, { signal });
    element.addEventListener('wheel', wheel, { signal, passive: false });
    element.addEventListener('keydown', key, { signal });
    return () => controller.abort();
  };
