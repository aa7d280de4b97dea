// Every figure of the notebook, whatever it shows: recorded without script, alive at a touch, in the address, back again.
//
// What a figure claims has a test of its own in figures/.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { expect, PATIENCE, test } from './lib/site.ts';

/** Those that have a page of their own, in the order of the notebook. The lab (8.1) is a tool, with tests of its own. */
const slugs = readdirSync(join(import.meta.dirname, '../../dist/embed'))
  .filter((slug) => slug !== '8-1')
  .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));

/** Figure 0.1 draws when it is asked to, not at a touch: home.spec.ts and typing.spec.ts have what it does. */
const asked = (slug: string): boolean => slug === '0-1';

const figureOf = (page: Page, slug: string): Locator => page.locator(`#fig-${slug}`);
const aliveOf = (page: Page, slug: string): Locator => page.locator(`#fig-${slug}[data-ready]`);

/** Touches the figure's first control that has another value to offer. */
async function touch(figure: Locator): Promise<void> {
  const slider = figure.locator('.controls input[type=range]').first();
  const radio = figure.locator('.controls input[type=radio]:not(:checked)').first();
  const number = figure.locator('.controls input[type=number]').first();
  const button = figure.locator('.controls button:enabled').first();
  if ((await slider.count()) > 0) {
    await slider.focus();
    const before = await slider.inputValue();
    await slider.press('ArrowRight');
    if ((await slider.inputValue()) === before) await slider.press('ArrowLeft');
  } else if ((await radio.count()) > 0) {
    await radio.focus();
    await radio.press('Space');
  } else if ((await number.count()) > 0) {
    await number.fill(String(Number(await number.inputValue()) + 1));
  } else await button.click();
}

/** What the controls say, by their names. */
const stateOf = (figure: Locator): Promise<string[]> =>
  figure
    .locator('.controls')
    .locator('input[type=range], input[type=number], input:checked, input[type=text]')
    .evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value));

async function settled(figure: Locator): Promise<void> {
  await expect(figure.locator('[aria-busy=true]')).toHaveCount(0, { timeout: PATIENCE });
  // Hidden while there is nothing to stop, so it has no role then.
  await expect(figure.locator('.state button', { hasText: 'Stop' })).toBeDisabled({ timeout: PATIENCE });
}

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });
  for (const slug of slugs) {
    test(`${slug} shows its recorded result, its words and its code`, async ({ page }) => {
      await page.goto(`embed/${slug}/`);
      const figure = figureOf(page, slug);
      await expect(figure.locator('.title')).not.toBeEmpty();
      await expect(figure.locator('.try')).toContainText('Try:');
      await expect(figure.locator('.badge, .recorded').first()).toContainText('recorded');
      const drawn = figure.locator('.body :is(img, svg, canvas)');
      expect(await drawn.count()).toBeGreaterThan(0);
      for (const image of await figure.locator('.body img').all()) {
        const natural = () => image.evaluate((element) => (element as HTMLImageElement).naturalWidth);
        await image.scrollIntoViewIfNeeded();
        await expect.poll(natural).toBeGreaterThan(0);
      }
      await expect(figure.locator('details.code pre').first()).toContainText(/\w/);
    });
  }
});

for (const slug of slugs.filter((each) => !asked(each))) {
  test(`${slug} comes alive at a touch, keeps its state in its link, and goes back`, async ({ page }) => {
    await page.goto(`embed/${slug}/`);
    const figure = aliveOf(page, slug);
    await expect(figure).toBeVisible();
    const badge = figure.locator('.badge');
    await expect(badge).toHaveText('recorded');
    const recorded = await stateOf(figure);
    await touch(figure);
    await expect(badge).toHaveText('live');
    await settled(figure);
    const touched = await stateOf(figure);
    await expect.poll(() => new URL(page.url()).search).not.toBe('');
    await page.reload();
    await expect(badge).toHaveText('live');
    await settled(figure);
    expect(await stateOf(figure)).toEqual(touched);
    await figure.getByRole('button', { name: 'Reset' }).click();
    await expect(badge).toHaveText('recorded');
    expect(await stateOf(figure)).toEqual(recorded);
    expect(new URL(page.url()).search).toBe('');
  });
}

for (const slug of slugs) {
  test(`${slug} has no fault that axe finds, alive and on a phone, and fits it`, async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`embed/${slug}/`);
    const figure = aliveOf(page, slug);
    await expect(figure).toBeVisible();
    if (!asked(slug)) {
      await touch(figure);
      await settled(figure);
    }
    const { violations } = await new AxeBuilder({ page }).include(`#fig-${slug}`).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
  });
}
