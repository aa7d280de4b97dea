// Dragging sideways on an element. A mouse counts as soon as it is pressed; a finger when it moves sideways, or where it
// is lifted again: so a page still scrolls under a finger that came down here. Give the element `touch-action: pan-y`.
import type { Attachment } from 'svelte/attachments';

export interface Along {
  /** Where the pointer is, from 0 at the element's left edge to 1 at its right one. */
  readonly part: number;
  /** How far it has gone since it came down, in widths of the element. */
  readonly moved: number;
  /** True once for each drag, when it begins. */
  readonly begins: boolean;
}

/** A finger trembles by this much, in pixels. */
const SLACK = 6;

/** @param tell called whenever the drag is at another place */
export const scrubbing =
  (tell: (along: Along) => void): Attachment<HTMLElement> =>
  (element) => {
    let press: { readonly pointer: number; readonly x: number; told: boolean } | undefined;

    function say({ clientX }: PointerEvent): void {
      const { left, width } = element.getBoundingClientRect();
      if (press === undefined || width === 0) return;
      const part = Math.max(0, Math.min(1, (clientX - left) / width));
      const begins = !press.told;
      press.told = true;
      tell({ part, moved: (clientX - press.x) / width, begins });
    }
    function down(event: PointerEvent): void {
      if (!event.isPrimary || event.button !== 0) return;
      press = { pointer: event.pointerId, x: event.clientX, told: false };
      // A finger is held by the element as it is.
      if (event.pointerType !== 'mouse') return;
      element.setPointerCapture(event.pointerId);
      say(event);
    }
    function move(event: PointerEvent): void {
      if (press?.pointer !== event.pointerId) return;
      if (press.told || Math.abs(event.clientX - press.x) >= SLACK) say(event);
    }
    function up(event: PointerEvent): void {
      if (press?.pointer !== event.pointerId) return;
      if (!press.told) say(event);
      press = undefined;
    }
    /** The browser scrolls with this finger, or the element is gone. */
    const end = (): void => {
      press = undefined;
    };
    /** A picture is not to be carried away. */
    const stay = (event: Event): void => event.preventDefault();

    const listeners = new AbortController();
    const { signal } = listeners;
    element.addEventListener('pointerdown', down, { signal });
    element.addEventListener('pointermove', move, { signal });
    element.addEventListener('pointerup', up, { signal });
    element.addEventListener('pointercancel', end, { signal });
    element.addEventListener('dragstart', stay, { signal });
    return () => listeners.abort();
  };
