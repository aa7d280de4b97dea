// Fingers, mouse and wheel on a map: drag to pan, pinch or wheel to zoom, tap to choose, point to look.
import type { Attachment } from 'svelte/attachments';
import { limitZoom, zoomAt, type Place, type Zoom } from './mapPlaces.ts';

/** The largest zoom. */
export const MOST = 12;
/** A finger that moved farther than this share of the map did not tap. */
const TAP = 0.015;

export interface MapHandlers {
  readonly zoom: () => Zoom;
  readonly onzoom: (zoom: Zoom) => void;
  readonly ontap: (point: Place) => void;
  /** A mouse is at this point of the window, or has left. */
  readonly onpoint: (point: Place | undefined) => void;
}

export function mapGestures({ zoom, onzoom, ontap, onpoint }: MapHandlers): Attachment<HTMLElement> {
  return (element) => {
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
        if (event.pointerType === 'mouse') onpoint(now);
        return;
      }
      moved += Math.hypot(now.x - before.x, now.y - before.y);
      fingers.set(event.pointerId, now);
      const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
      const { k, x, y } = zoom();
      if (other !== undefined) {
        const spread = (from: Place): number => Math.hypot(from.x - other.x, from.y - other.y);
        const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
        onzoom(zoomAt({ k, x, y }, spread(now) / Math.max(0.01, spread(before)), middle, MOST));
      } else if (k > 1) {
        onzoom(limitZoom({ k, x: x - (now.x - before.x) / k, y: y - (now.y - before.y) / k }, MOST));
      }
    };
    const up = (event: PointerEvent): void => {
      const known = fingers.delete(event.pointerId);
      if (known && moved <= TAP && event.type === 'pointerup') ontap(place(event));
    };
    const leave = (): void => onpoint(undefined);
    // The wheel scrolls the page, unless the map has the focus or a key says that it means the map.
    const wheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && document.activeElement !== element) return;
      event.preventDefault();
      onzoom(zoomAt(zoom(), Math.exp(-event.deltaY / 400), place(event), MOST));
    };

    const controller = new AbortController();
    const { signal } = controller;
    element.addEventListener('pointerdown', down, { signal });
    element.addEventListener('pointermove', move, { signal });
    element.addEventListener('pointerup', up, { signal });
    element.addEventListener('pointercancel', up, { signal });
    element.addEventListener('pointerleave', leave, { signal });
    element.addEventListener('wheel', wheel, { signal, passive: false });
    return () => controller.abort();
  };
}
