// How home sits in a window while it draws: nothing jumps, targets large enough for a thumb, themes. All pages: pages.spec.ts.
import type { Page } from '@playwright/test';
import { expect, Figure, PATIENCE, test } from './lib/site.ts';

/** From here on, what moves without having been asked to is counted. */
async function watchShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shifts: { value: number; sources: (string | undefined)[] }[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
        sources: { node?: Node }[];
      })[]) {
        if (!entry.hadRecentInput) {
          shifts.push({ value: entry.value, sources: entry.sources.map(({ node }) => node?.nodeName) });
        }
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

/** @throws where anything has moved by itself */
async function expectStillness(page: Page): Promise<void> {
  const shifts = await page.evaluate(
    () => (window as unknown as { shifts: { value: number; sources: string[] }[] }).shifts,
  );
  // A centred word that changes counts, with some millionths. Zero to three places is what a browser reports.
  const sum = shifts.reduce((total, { value }) => total + value, 0);
  expect(sum, JSON.stringify(shifts)).toBeLessThan(0.0005);
}

for (const width of [390, 820, 1280]) {
  test(`nothing moves by itself at ${width} pixels: not while it loads, not while it draws`, async ({
    page,
  }) => {
    // Only what is in the window counts: all of the figure is.
    await page.setViewportSize({ width, height: 1800 });
    await watchShifts(page);
    const figure = new Figure(page);
    await figure.open('?steps=6&seed=5');
    await page.waitForTimeout(500);
    await figure.draw();
    await page.waitForTimeout(500);
    await expectStillness(page);
  });

  test(`nothing moves while one types at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 1800 });
    await watchShifts(page);
    const figure = new Figure(page);
    await figure.open('?steps=3&seed=5');
    await figure.prompt.fill('');
    await figure.prompt.pressSequentially('a person with pink hair', { delay: 40 });
    await expect(figure.status).toHaveText(/^Done in /, { timeout: PATIENCE });
    await page.waitForTimeout(500);
    await expectStillness(page);
  });
}

test('controls are at least 44 pixels high on a phone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await new Figure(page).open();
  await page.getByText('More', { exact: true }).click();
  const small = await page
    .locator('main button, main input, main textarea, main summary, header a, header button')
    .evaluateAll((elements) =>
      elements
        .filter((element) => element.checkVisibility())
        .map((element) => ({
          name: element.outerHTML.slice(0, 80),
          height: element.getBoundingClientRect().height,
        }))
        .filter(({ height }) => height < 43.5),
    );
  expect(small).toEqual([]);
});

test('the theme follows the system until it is chosen, then it is remembered', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto('./');
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await ground();
  const toggle = page.getByRole('button', { name: 'Dark theme' });
  await expect(toggle).toHaveAttribute('aria-pressed', 'true');
  await toggle.click();
  await expect(toggle).toHaveAttribute('aria-pressed', 'false');
  const light = await ground();
  expect(light).not.toBe(dark);
  await page.reload();
  expect(await ground()).toBe(light);
  await page.goto('model/');
  expect(await ground()).toBe(light);
});
