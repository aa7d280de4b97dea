// Where the faces of a map are drawn: from map to map they fly, so that the eye can follow one.
import { untrack } from 'svelte';
import { prefersReducedMotion } from 'svelte/motion';
import type { Place } from './mapPlaces.ts';

/** Milliseconds. */
const LONG = 600;

export class Flight {
  /** Where they are now; empty until there are places. */
  places: readonly Place[] = $state.raw([]);

  /** To be called while a component is set up. @param goal where the faces belong; undefined until it is known */
  constructor(goal: () => readonly Place[] | undefined) {
    $effect(() => {
      const target = goal();
      if (target === undefined) return;
      const from = untrack(() => this.places);
      if (from.length !== target.length || from === target || prefersReducedMotion.current) {
        this.places = target;
        return;
      }
      const begin = performance.now();
      const step = (now: number): void => {
        const share = Math.min(1, (now - begin) / LONG);
        const eased = 1 - (1 - share) ** 3;
        this.places =
          share === 1
            ? target
            : target.map((to, i) => ({
                x: from[i]!.x + eased * (to.x - from[i]!.x),
                y: from[i]!.y + eased * (to.y - from[i]!.y),
              }));
        if (share < 1) frame = requestAnimationFrame(step);
      };
      let frame = requestAnimationFrame(step);
      return () => cancelAnimationFrame(frame);
    });
  }
}
