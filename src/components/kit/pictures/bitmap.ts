// Small bitmaps as data addresses: an <img> of them is in the page's HTML, needs no script and no request.

/**
 * An uncompressed BMP of 24 bits, as an address for an <img>.
 * @param color red, green and blue (0 to 255) of the pixel at (x, y)
 */
export function bitmapUrl(
  width: number,
  height: number,
  color: (x: number, y: number) => readonly [number, number, number],
): string {
  const header = 54;
  // Rows are padded to four bytes and go from the bottom up; colours are blue, green, red.
  const stride = Math.ceil((width * 3) / 4) * 4;
  const bytes = new Uint8Array(header + stride * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, header, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  view.setUint32(34, stride * height, true);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [red, green, blue] = color(x, y);
      bytes.set([blue, green, red], header + (height - 1 - y) * stride + x * 3);
    }
  }
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return `data:image/bmp;base64,${btoa(text)}`;
}
