// What every test of the page shares: a page that must stay quiet, figure 0.1 by its names, and its pixels.
import { test as base, expect, type Locator, type Page } from '@playwright/test';

export { expect };

/** Requests that a page may make: its own, and what it makes itself. */
const OWN = /^(http:\/\/127\.0\.0\.1:\d+\/|data:|blob:)/;

/** A page whose console and network are watched: an error or a foreign request fails the test. */
export const test = base.extend({
  page: async ({ page }, use) => {
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
    page.on('request', (request) => {
      if (!OWN.test(request.url())) complaints.push(`foreign request: ${request.url()}`);
    });
    await use(page);
    expect(complaints).toEqual([]);
  },
});

/** Longest that loading the model and one drawing may take before a test gives up. */
export const PATIENCE = 60_000;

/** Figure 0.1 by the names that a reader's assistive technology knows. */
export class Figure {
  readonly page: Page;
  readonly prompt: Locator;
  readonly seed: Locator;
  readonly guidance: Locator;
  readonly steps: Locator;
  readonly generate: Locator;
  readonly stop: Locator;
  readonly scrubber: Locator;
  readonly status: Locator;

  constructor(page: Page) {
    this.page = page;
    this.prompt = page.getByRole('textbox', { name: 'Prompt', exact: true });
    this.seed = page.getByRole('spinbutton', { name: 'Seed', exact: true });
    this.guidance = page.getByRole('slider', { name: 'Guidance', exact: true });
    this.steps = page.getByRole('slider', { name: 'Steps', exact: true });
    this.generate = page.getByRole('button', { name: 'Generate', exact: true });
    this.stop = page.getByRole('button', { name: 'Stop', exact: true });
    this.scrubber = page.getByRole('slider', { name: 'Denoising step', exact: true });
    this.status = page.getByRole('status');
  }

  image(i: 1 | 2 | 3 | 4): Locator {
    return this.page.getByRole('img', { name: `Image ${i}`, exact: true });
  }

  view(name: 'Latent channels' | 'Decoded latents' | 'Predicted result'): Locator {
    return this.page.getByRole('radiogroup', { name: 'Show' }).getByRole('radio', { name });
  }

  /** Opens the page at `path` (a query, for example) and waits for the recorded result. */
  async open(path = './'): Promise<void> {
    await this.page.goto(path);
    await expect(this.page.getByText('recorded', { exact: true })).toBeVisible();
    await expect(this.page.locator('#fig-0-1 .tile.drawn')).toHaveCount(4);
  }

  async draw(): Promise<void> {
    await this.generate.click();
    await expect(this.status).toHaveText(/^Done in /, { timeout: PATIENCE });
  }

  /** RGBA of an image, as drawn. */
  async pixels(i: 1 | 2 | 3 | 4): Promise<{ width: number; height: number; data: number[] }> {
    return this.image(i).evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const image = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return { width: image.width, height: image.height, data: [...image.data] };
    });
  }

  async allPixels(): Promise<number[][]> {
    return Promise.all(([1, 2, 3, 4] as const).map(async (i) => (await this.pixels(i)).data));
  }
}

/** Mean absolute difference of two pictures, 0 to 255. */
export function difference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return 255;
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}
