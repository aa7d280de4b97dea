// A test of the lab on the engine's bare page, with the loss curve of an unbroken run to compare with.
import type { BrowserContext, Page } from '@playwright/test';
import type { Trained, TrainAsk } from '../engine/lab.ts';
import type { ListedRun } from '../../../src/lab/page/types.ts';
import type { Recipe } from '@noisebook/ldm/numbers';
import { expect, test as base, EnginePage } from './engineTest.ts';

export { expect };

type Curve = Record<string, number>;

/** The lab of one tab. */
export class LabPage extends EnginePage {
  create(change: Partial<Recipe> = {}): Promise<string> {
    return this.page.evaluate((given) => window.harness.lab.create(given), change);
  }
  train(id: string, ask: TrainAsk = {}): Promise<Trained> {
    return this.page.evaluate(([run, how]) => window.harness.lab.train(run, how), [id, ask] as const);
  }
  curve(id: string): Promise<Curve> {
    return this.page.evaluate((run) => window.harness.lab.curve(run), id);
  }
  find(id: string): Promise<ListedRun | undefined> {
    return this.page.evaluate((run) => window.harness.lab.find(run), id);
  }
  refusal(call: 'remove' | 'reset', id: string): Promise<string> {
    return this.page.evaluate(([what, run]) => window.harness.lab.refusal(what, run), [call, id] as const);
  }
}

interface Fixtures {
  readonly lab: LabPage;
  /** Opens another tab of the same browser. */
  readonly tab: (query?: string) => Promise<LabPage>;
}

export const test = base.extend<Fixtures, { readonly whole: Curve }>({
  /** Loss by phase and step of the harness's recipe, trained in one go on wasm. */
  whole: [
    async ({ browser, engineSite }, use) => {
      const context = await browser.newContext();
      const lab = new LabPage(await context.newPage(), engineSite);
      await lab.open();
      const done = await lab.train(await lab.create());
      expect(done.outcome).toBe('finished');
      await context.close();
      await use(done.losses);
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  tab: async ({ context, engineSite }, use) => {
    await use(async (query = '') => {
      const lab = new LabPage(await newPage(context), engineSite);
      await lab.open(query);
      return lab;
    });
  },
  lab: async ({ tab, engineSite }, use) => {
    engineSite.reset();
    await use(await tab());
  },
});

const newPage = (context: BrowserContext): Promise<Page> => context.newPage();
