// Where the loupe of figure 4.10 may be, and where the marked periods lie in a centred spectrum.
import { LOUPE, SIZE } from './checkerboard.ts';

/** The loupe's upper left corner, in pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Moved, on whole even pixels, within the picture. */
export function moveLoupe({ x, y }: Place, dx: number, dy: number): Place {
  const within = (value: number) => Math.max(0, Math.min(SIZE - LOUPE, 2 * Math.round(value / 2)));
  return { x: within(x + dx), y: within(y + dy) };
}

/**
 * Centres of the marks on a spectrum with its mean in the middle, in pixels of its 64 x 64: period 2 is 32 waves
 * away from the middle, at the edges; period 4 is halfway.
 */
export function marksOf(): { x: number; y: number; period: 2 | 4 }[] {
  const middle = SIZE / 2 + 0.5;
  return ([2, 4] as const).flatMap((period) => {
    const away = SIZE / period;
    const places = period === 2 ? [-away] : [-away, away];
    return places.flatMap((at) => [
      { x: middle + at, y: middle, period },
      { x: middle, y: middle + at, period },
    ]);
  });
}
