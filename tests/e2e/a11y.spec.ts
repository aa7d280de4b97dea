// axe finds nothing in any state of figure 0.1, light and dark. Pages as they open: pages.spec.ts.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, Figure, test } from './lib/site.ts';

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}\n${target.join(' ')}\n${failureSummary ?? ''}`),
  );
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`figure 0.1 in its states, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    const figure = new Figure(page);
    // The download stands still, so that the page stays busy while axe looks.
    await page.route('**/unet/*.safetensors', () => new Promise(() => undefined));
    await figure.open('?steps=30');
    await figure.prompt.fill('a zebra');
    await page.getByText('More', { exact: true }).click();
    await figure.view('Latent channels').check();
    expect(await violations(page), 'stale, unknown words, latents').toEqual([]);
    await figure.generate.click();
    await expect(figure.status).toHaveText(/^Downloading the model/);
    expect(await violations(page), 'busy').toEqual([]);
    await figure.stop.click();
    await expect(figure.status).toHaveText(/^Stopped/);
    await page.unroute('**/unet/*.safetensors');
    await figure.steps.fill('4');
    await figure.draw();
    expect(await violations(page), 'done').toEqual([]);
  });
}
