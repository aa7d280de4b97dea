// The square in the middle of a picture: cut first and then made small, so that a wide picture keeps its detail.

/** Where the square lies, in the picture's pixels. */
export function middleOf(
  width: number,
  height: number,
): { readonly left: number; readonly top: number; readonly side: number } {
  const side = Math.min(width, height);
  return { left: Math.floor((width - side) / 2), top: Math.floor((height - side) / 2), side };
}

/**
 * Draws it into the context's corner.
 * @param size of the picture
 * @param to pixels a side that it gets
 */
export function drawMiddle(
  context: CanvasDrawImage & CanvasImageSmoothing,
  image: CanvasImageSource,
  size: { readonly width: number; readonly height: number },
  to: number,
): void {
  const { left, top, side } = middleOf(size.width, size.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, left, top, side, side, 0, 0, to, to);
}
