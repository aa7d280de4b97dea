// The simplest lossy code for a picture: fewer, larger pixels. What an autoencoder has to be better than.

/**
 * A picture as `side` x `side` pixels, each the mean of what it covers.
 * @param rgba bytes of a square picture, [size, size, 4]
 * @returns RGB, 0 to 255, not rounded, [side, side, 3]
 */
export function shrink(rgba: ArrayLike<number>, size: number, side: number): Float32Array<ArrayBuffer> {
  const small = new Float32Array(side * side * 3);
  const width = size / side;
  // How much of pixel i lies in cell n, for every pixel it touches.
  const covered = (n: number): (readonly [pixel: number, part: number])[] => {
    const [from, to] = [n * width, (n + 1) * width];
    const parts: (readonly [number, number])[] = [];
    for (let i = Math.floor(from); i < Math.min(size, Math.ceil(to)); i++) {
      parts.push([i, Math.min(i + 1, to) - Math.max(i, from)]);
    }
    return parts;
  };
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      for (const [y, tall] of covered(row)) {
        for (const [x, wide] of covered(column)) {
          const weight = (tall * wide) / (width * width);
          for (let k = 0; k < 3; k++) {
            small[(row * side + column) * 3 + k]! += weight * rgba[(y * size + x) * 4 + k]!;
          }
        }
      }
    }
  }
  return small;
}

/**
 * A small picture drawn large, with straight transitions between the middles of its pixels (bilinear).
 * @param small RGB, 0 to 255, [side, side, 3]
 * @returns RGBA bytes, [size, size, 4]
 */
export function enlarge(
  small: ArrayLike<number>,
  side: number,
  size: number,
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(size * size * 4).fill(255);
  const place = (i: number): readonly [low: number, high: number, part: number] => {
    const at = Math.max(0, Math.min(side - 1, ((i + 0.5) * side) / size - 0.5));
    const low = Math.floor(at);
    return [low, Math.min(side - 1, low + 1), at - low];
  };
  for (let y = 0; y < size; y++) {
    const [top, bottom, down] = place(y);
    for (let x = 0; x < size; x++) {
      const [left, right, along] = place(x);
      for (let k = 0; k < 3; k++) {
        const at = (row: number, column: number): number => small[(row * side + column) * 3 + k]!;
        const above = at(top, left) + along * (at(top, right) - at(top, left));
        const below = at(bottom, left) + along * (at(bottom, right) - at(bottom, left));
        rgba[(y * size + x) * 4 + k] = Math.round(above + down * (below - above));
      }
    }
  }
  return rgba;
}

/** `rgba` ([size, size, 4]) after it was stored as a thumbnail of `side` x `side` pixels and drawn large again. */
export function throughThumbnail(
  rgba: ArrayLike<number>,
  size: number,
  side: number,
): Uint8ClampedArray<ArrayBuffer> {
  return enlarge(shrink(rgba, size, side), side, size);
}
