// The one colour map for signed numbers: violet below zero, paper at zero, orange above.

type Rgb = readonly [number, number, number];

/** Stops from -1 to 1, evenly spaced; each side gets darker with the distance from zero. */
const stops: readonly Rgb[] = [
  [45, 22, 84],
  [96, 77, 156],
  [170, 163, 207],
  [245, 242, 235],
  [243, 183, 104],
  [201, 106, 12],
  [110, 46, 4],
];

/**
 * Colour of `value` on a map that runs from `-range` to `range`; what lies beyond gets the end's colour.
 * @returns red, green, blue, 0 to 255
 */
export function divergingColor(value: number, range: number): Rgb {
  const place = ((Math.max(-1, Math.min(1, value / range)) + 1) / 2) * (stops.length - 1);
  const below = Math.min(stops.length - 2, Math.floor(place));
  const part = place - below;
  const from = stops[below]!;
  const to = stops[below + 1]!;
  return [0, 1, 2].map((i) => Math.round(from[i]! + part * (to[i]! - from[i]!))) as unknown as Rgb;
}

/** The same map as a CSS gradient, left to right, for a legend. */
export const divergingGradient = `linear-gradient(to right, ${stops.map((rgb) => `rgb(${rgb.join(' ')})`).join(', ')})`;
