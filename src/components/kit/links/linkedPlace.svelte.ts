// One place that several pictures of the same thing outline together: a square of latents, and the pixels it stands for.
//
// Whoever shows the pictures makes one `LinkedPlace` and hands it to each: to `Linked` around a picture, to
// `LatentChannels`. Pointing at one of them, or arrow keys on the latents, outlines the same place in all.
import type { GridPlace } from '../gestures/grid.ts';

export class LinkedPlace {
  /** Undefined while nothing is pointed at. */
  place: GridPlace | undefined = $state.raw();
}
