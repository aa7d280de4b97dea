// How much of a reader's file a page takes.

/** More is a mistake, or a film. */
export const MAX_BYTES = 60e6;
/** A decoded pixel takes four bytes: this many take a quarter of a gigabyte for a moment. */
export const MAX_PIXELS = 64e6;
/** Longest side that is kept. */
export const KEPT_SIDE = 1024;
/** Below this many pixels a side the figures have to enlarge. */
export const SMALL_SIDE = 64;
