// A test with the engine's bare page open: calls run in the page, on the page's own worker.
import { test as base, expect, type Page } from '@playwright/test';
import type { EngineInfo, GenerateRequest } from '../../../src/engine/protocol/messages.ts';
import type { ErrorCode } from '../../../src/engine/protocol/transport.ts';
import type { Drawn, DrawOptions, Harness, Staged } from '../engine/page.ts';
import { serveEngineSite, type EngineSite } from './engineSite.ts';

export { expect };

declare global {
  interface Window {
    harness: Harness;
  }
}

/** A quick model with random weights: 4 x 4 latents, 8 x 8 pixels. */
export const micro: GenerateRequest = {
  model: 'micro',
  prompt: 'a person with red zebra hair',
  seed: 7,
  guidanceScale: 3,
  numInferenceSteps: 4,
  numImages: 2,
};

/** The shipped model. */
export const faces: GenerateRequest = { ...micro, model: 'faces-64', numInferenceSteps: 2, numImages: 1 };

/** Expects that a call failed in this way. */
export function expectFailure(
  drawn: Pick<Drawn, 'outcome' | 'message'> | Staged,
  code: ErrorCode,
  message: RegExp,
): void {
  expect(drawn.outcome).toBe(code);
  expect(drawn.message).toMatch(message);
}

export class EnginePage {
  readonly page: Page;
  readonly site: EngineSite;
  constructor(page: Page, site: EngineSite) {
    this.page = page;
    this.site = site;
  }
  async open(query = ''): Promise<void> {
    await this.page.goto(this.site.url + query);
    await this.page.waitForFunction(() => 'harness' in window);
  }
  draw(request: GenerateRequest, options: DrawOptions = {}): Promise<Drawn> {
    return this.page.evaluate(([r, o]) => window.harness.draw(r, o), [request, options] as const);
  }
  encode(...call: Parameters<Harness['encode']>): Promise<Staged> {
    return this.page.evaluate(([r, o]) => window.harness.encode(r, o), call);
  }
  decode(...call: Parameters<Harness['decode']>): Promise<Staged> {
    return this.page.evaluate(([r, o]) => window.harness.decode(r, o), call);
  }
  info(): Promise<EngineInfo> {
    return this.page.evaluate(() => window.harness.engine.call('info', null));
  }
  notices(): Promise<string[]> {
    return this.page.evaluate(() => window.harness.notices);
  }
}

export const test = base.extend<{ engine: EnginePage }, { engineSite: EngineSite }>({
  engineSite: [
    async ({ browserName: _any }, use, workerInfo) => {
      const site = await serveEngineSite(4630 + 20 * workerInfo.parallelIndex);
      await use(site);
      site.close();
    },
    { scope: 'worker' },
  ],
  engine: async ({ page, engineSite }, use) => {
    engineSite.reset();
    const engine = new EnginePage(page, engineSite);
    await engine.open();
    await use(engine);
  },
});
