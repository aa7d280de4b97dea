// A browser's own encoders in Node, for what is recorded: Chromium is driven, nothing is imitated.
import { chromium, type Browser, type JSHandle, type Page } from 'playwright';
import type * as inPage from '../../src/components/kit/pictures/codec.ts';
import type { Compress, Pixels } from '../../src/components/kit/pictures/codec.ts';
import { launchArgs, requireBrowser } from './browser.ts';
import { bundleGlobal } from './bundle.ts';

declare const codec: typeof inPage;

async function open(): Promise<{ readonly browser: Browser; readonly page: Page }> {
  const browser = await chromium.launch({ executablePath: requireBrowser(), args: [...launchArgs] });
  const page = await browser.newPage();
  await page.addScriptTag({ content: await bundleGlobal('src/components/kit/pictures/codec.ts', 'codec') });
  return { browser, page };
}

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(base64, 'base64'));

/** Starts the browser with the first picture. */
export class DrivenCodec {
  #opened: ReturnType<typeof open> | undefined;
  /** Pictures that the browser has. */
  readonly #sent = new WeakMap<Pixels, Promise<JSHandle<Pixels>>>();

  #send(page: Page, picture: Pixels): Promise<JSHandle<Pixels>> {
    const { pixels, width, height } = picture;
    const known = this.#sent.get(picture);
    const sent =
      known ??
      page.evaluateHandle(
        ({ base64, ...sides }) => ({
          pixels: Uint8ClampedArray.from(atob(base64), (byte) => byte.charCodeAt(0)),
          ...sides,
        }),
        { base64: Buffer.from(pixels).toString('base64'), width, height },
      );
    this.#sent.set(picture, sent);
    return sent;
  }

  readonly compress: Compress = async (picture, type, quality) => {
    const { browser, page } = await (this.#opened ??= open());
    const sent = await this.#send(page, picture);
    const made = await page.evaluate(
      async ([of, asked, share]) => {
        const { content, pixels, ...rest } = await codec.compress(of, asked, share);
        const write = (bytes: Uint8Array<ArrayBuffer> | Uint8ClampedArray<ArrayBuffer>): Promise<string> =>
          new Promise((done) => {
            const reader = new FileReader();
            reader.onload = () => {
              done((reader.result as string).split(',')[1] ?? '');
            };
            reader.readAsDataURL(new Blob([bytes]));
          });
        return { ...rest, content: await write(content), pixels: await write(pixels) };
      },
      [sent, type, quality] as const,
    );
    return {
      ...made,
      content: bytesOf(made.content),
      pixels: new Uint8ClampedArray(bytesOf(made.pixels).buffer),
      by: `Chromium ${browser.version()}`,
    };
  };

  async close(): Promise<void> {
    await (await this.#opened)?.browser.close();
  }
}
