// Rows of square pictures as one PNG, for download.

/** @param rows RGBA bytes of pictures of `size` x `size` pixels; all rows as long as the first */
export async function gridPng(
  rows: readonly (readonly Uint8ClampedArray[])[],
  size: number,
): Promise<Blob | undefined> {
  const canvas = document.createElement('canvas');
  canvas.width = size * (rows[0]?.length ?? 0);
  canvas.height = size * rows.length;
  const context = canvas.getContext('2d');
  if (context === null) return undefined;
  rows.forEach((row, y) =>
    row.forEach((bytes, x) =>
      context.putImageData(new ImageData(new Uint8ClampedArray(bytes), size, size), x * size, y * size),
    ),
  );
  return new Promise((done) => canvas.toBlob((blob) => done(blob ?? undefined)));
}
