// The pixels of a drawn picture.
import type { Locator } from '@playwright/test';

/** RGBA of a drawn picture. As text on its way: a million numbers take long to arrive. */
export async function pixels(canvas: Locator): Promise<Uint8Array> {
  const text = await canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const { data } = (element as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height);
    return Array.from(data, (byte) => String.fromCharCode(byte)).join('');
  });
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}
