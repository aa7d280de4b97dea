// The one colour map for sizes of differences: paper where there is none, the blue of pixels where it is large.

type Rgb = readonly [number, number, number];

/** Stops from 0 to 1, evenly spaced. */
const stops: readonly Rgb[] = [
  [245, 242, 235],
  [184, 212, 230],
  [95, 165, 212],
  [10, 103, 165],
  [5, 32, 66],
];

/** Colour of `value` on a map from 0 to `range`; what lies beyond gets the end's colour. */
export function magnitudeColor(value: number, range: number): Rgb {
  const place = Math.max(0, Math.min(1, value / range)) * (stops.length - 1);
  const below = Math.min(stops.length - 2, Math.floor(place));
  const part = place - below;
  const [from, to] = [stops[below]!, stops[below + 1]!];
  return [0, 1, 2].map((i) => Math.round(from[i]! + part * (to[i]! - from[i]!))) as unknown as Rgb;
}

/**
 * A map of differences as RGBA bytes.
 * @param map one number a pixel
 */
export function magnitudeImage(map: ArrayLike<number>, range: number): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(map.length * 4).fill(255);
  for (let p = 0; p < map.length; p++) rgba.set(magnitudeColor(map[p]!, range), p * 4);
  return rgba;
}

/** The map as a CSS gradient, left to right, for a legend. */
export const magnitudeGradient = `linear-gradient(to right, ${stops.map((rgb) => `rgb(${rgb.join(' ')})`).join(', ')})`;
