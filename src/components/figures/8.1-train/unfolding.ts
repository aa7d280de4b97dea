// Where the latents of pictures lie on a map, and how the map is drawn: thumbnails where there are some, dots else.

/** Share of the map's side that stays free at each edge. */
const EDGE = 0.06;
const THUMB = 0.07;

/**
 * The first two principal components, two numbers a picture, as places on a map of side 1: the same scale across and
 * down, so that a flat cloud looks flat; the 2 % that lie farthest out end at the edge.
 */
export function placesOf(map: Float32Array): Float32Array {
  const sizes = Array.from(map, Math.abs).sort((a, b) => a - b);
  const reach = Math.max(1e-6, sizes[Math.floor(0.98 * (sizes.length - 1))] ?? 1);
  return map.map((value) => {
    const part = Math.max(-1, Math.min(1, value / reach));
    return 0.5 + (0.5 - EDGE) * part;
  });
}

export interface Sheet {
  readonly image: ImageBitmap;
  readonly columns: number;
  readonly size: number;
}

/** @param places two numbers a picture, 0 to 1 @param side of the canvas in CSS pixels */
export function drawPoints(
  canvas: HTMLCanvasElement,
  places: Float32Array,
  side: number,
  sheet: Sheet | undefined,
): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const pixels = Math.round(side * Math.min(2, devicePixelRatio));
  if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
  context.clearRect(0, 0, pixels, pixels);
  context.imageSmoothingQuality = 'high';
  const style = getComputedStyle(canvas);
  context.fillStyle = style.getPropertyValue('--latent');
  context.globalAlpha = sheet === undefined ? 0.75 : 1;
  for (let i = 0; i < places.length / 2; i++) {
    const [x, y] = [places[2 * i]! * pixels, (1 - places[2 * i + 1]!) * pixels];
    if (sheet === undefined) {
      context.beginPath();
      context.arc(x, y, Math.max(2, pixels * 0.008), 0, 2 * Math.PI);
      context.fill();
      continue;
    }
    const { image, columns, size } = sheet;
    const width = THUMB * pixels;
    const [left, top] = [(i % columns) * size, Math.floor(i / columns) * size];
    context.drawImage(image, left, top, size, size, x - width / 2, y - width / 2, width, width);
  }
}
