// A row of square pictures as one PNG, for download.

/**
 * @param pictures RGBA bytes of each; undefined takes the recorded ones
 * @param recorded address of the recorded pictures, side by side too
 * @param size pixels a side
 * @param count how many
 */
export async function sheetPng(
  pictures: readonly Uint8ClampedArray<ArrayBuffer>[] | undefined,
  recorded: string,
  size: number,
  count: number,
): Promise<Blob | undefined> {
  const canvas = document.createElement('canvas');
  canvas.width = size * count;
  canvas.height = size;
  const context = canvas.getContext('2d');
  if (context === null) return undefined;
  if (pictures === undefined) {
    const image = new Image();
    image.src = recorded;
    await image.decode();
    context.drawImage(image, 0, 0);
  } else {
    pictures.forEach((bytes, i) => context.putImageData(new ImageData(bytes, size, size), i * size, 0));
  }
  return new Promise((done) => canvas.toBlob((blob) => done(blob ?? undefined)));
}
