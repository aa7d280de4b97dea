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

/** The map at 256 even steps from -1 to 1: red, green, blue after one another. */
const table = Uint8Array.from(
  { length: 256 * 3 },
  (_, i) => divergingColor(Math.floor(i / 3) - 127.5, 127.5)[i % 3]!,
);

/** Writes the colour of `value` and full opacity to `bytes[at ...]`. As `divergingColor`, to 256 steps, and fast. */
export function writeDiverging(bytes: Uint8ClampedArray, at: number, value: number, range: number): void {
  const step = Math.max(0, Math.min(255, Math.round((value / range) * 127.5 + 127.5))) * 3;
  bytes[at] = table[step]!;
  bytes[at + 1] = table[step + 1]!;
  bytes[at + 2] = table[step + 2]!;
  bytes[at + 3] = 255;
}

/** The same map as a CSS gradient, left to right, for a legend. */
export const divergingGradient = `linear-gradient(to right, ${stops.map((rgb) => `rgb(${rgb.join(' ')})`).join(', ')})`;
