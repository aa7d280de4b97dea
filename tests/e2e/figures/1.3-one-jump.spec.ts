// Figure 1.3: both ways agree, for any t, and a broken step does not; the page is never held while they are computed.
import type { Page } from '@playwright/test';
import { makeAlphasCumprod, makeBetas, moments } from '@noisebook/ldm/numbers';
import {
  compare,
  type Comparison,
  type Setting,
} from '../../../src/components/figures/1.3-one-jump/oneJump.ts';
import { shippedBetas } from '../../../tools/lib/noiseSchedule.ts';
import { LatentFigure } from '../lib/latentFigures.ts';
import { expect, PATIENCE, test } from '../lib/site.ts';

const schedule = shippedBetas();
const fixed = { betas: makeBetas(schedule), alphasCumprod: makeAlphasCumprod(schedule) };
/** For what takes millions of random numbers, on a busy machine. */
const PATIENT = { timeout: PATIENCE };
const gauge = (page: Page) => page.locator('#fig-1-3 .gauge [data-value]');
const verdict = (page: Page) => page.locator('#fig-1-3 [data-alike]');

/** What the figure must come to, from the library. */
function expected(setting: Omit<Setting, keyof typeof fixed>): Comparison {
  const work = compare({ ...fixed, ...setting });
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

test('both ways agree in distribution, for any t; a broken step does not', async ({ page }) => {
  const figure = await new LatentFigure(page, '1-3').open('1-3');
  await expect(verdict(page)).toHaveAttribute('data-alike', 'true');
  for (const t of [50, 400, 999]) {
    await figure.slider('Timestep t').fill(String(t));
    const { distance, limit, theory } = expected({ t, seed: 7, start: 0.6, count: 4000, broken: false });
    await expect(gauge(page)).toHaveAttribute('data-value', String(distance), PATIENT);
    expect(distance).toBeLessThan(limit);
    await expect(verdict(page)).toHaveAttribute('data-alike', 'true');
    const cells = page.locator('#fig-1-3 tbody td');
    const value = async (index: number) => Number(await cells.nth(index).getAttribute('data-value'));
    expect(await value(4)).toBe(theory.mean);
    expect(await value(5)).toBe(theory.variance);
    for (const row of [0, 1]) {
      expect(Math.abs((await value(2 * row)) - theory.mean)).toBeLessThan(0.07);
      expect(Math.abs((await value(2 * row + 1)) / theory.variance - 1)).toBeLessThan(0.1);
    }
  }
  await figure.slider('Timestep t').fill('400');
  await page.getByRole('switch', { name: /Break it/ }).check();
  const broken = expected({ t: 400, seed: 7, start: 0.6, count: 4000, broken: true });
  await expect(gauge(page)).toHaveAttribute('data-value', String(broken.distance), PATIENT);
  expect(broken.distance).toBeGreaterThan(2 * broken.limit);
  await expect(verdict(page)).toHaveText(/^Not alike\./);
  await expect(page.locator('[data-alike]')).toHaveAttribute('data-alike', 'false');
});

test('the two pictures differ in every part, and are spread alike', async ({ page }) => {
  const figure = await new LatentFigure(page, '1-3').open('1-3', '?t=300');
  await expect(figure.picture(/after 301 small steps$/)).toBeVisible(PATIENT);
  const [a, b] = [await figure.pixels(/after 301 small steps$/), await figure.pixels(/after one jump$/)].map(
    (data) => data.filter((_, i) => i % 4 !== 3),
  );
  const same = a!.filter((byte, i) => byte === b![i] && byte !== 0 && byte !== 255).length;
  expect(same / a!.length).toBeLessThan(0.03);
  const [ma, mb] = [moments(a!), moments(b!)];
  expect(Math.abs(ma.mean - mb.mean)).toBeLessThan(3);
  expect(Math.abs(ma.variance / mb.variance - 1)).toBeLessThan(0.06);
});

test('the long computation tells how far it is, can be stopped, and never holds the page', async ({
  page,
}) => {
  const figure = await new LatentFigure(page, '1-3').open('1-3');
  await page.evaluate(() => {
    const state = { gaps: [] as number[], seen: [] as string[] };
    Object.assign(window, { state });
    let last = performance.now();
    const tick = () => {
      const now = performance.now();
      state.gaps.push(now - last);
      last = now;
      setTimeout(tick);
    };
    tick();
    const status = document.querySelector('#fig-1-3 [role=status]')!;
    new MutationObserver(() => state.seen.push(status.textContent)).observe(status, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });
  const state = () =>
    page.evaluate(() => (window as unknown as { state: { gaps: number[]; seen: string[] } }).state);
  await figure.slider('Timestep t').fill('999');
  await page.getByRole('radio', { name: '16,000' }).check();
  const stop = page.getByRole('button', { name: 'Stop' });
  await expect(stop).toBeEnabled();
  await stop.click();
  await expect(page.locator('#fig-1-3 [role=status]').first()).toHaveText(/^Stopped/);
  // One of the copies' buttons goes on.
  await page.evaluate(() => {
    (window as unknown as { state: { gaps: number[] } }).state.gaps = [];
  });
  await page.getByRole('spinbutton', { name: 'Seed' }).fill('8');
  const { distance } = expected({ t: 999, seed: 8, start: 0.6, count: 16_000, broken: false });
  await expect(gauge(page)).toHaveAttribute('data-value', String(distance), PATIENT);
  const { gaps, seen } = await state();
  expect(seen.some((text) => /^Computing: \d+ of 2000$/.test(text))).toBe(true);
  // The page got its turn all the time, however busy the machine is with other things.
  expect(gaps.length).toBeGreaterThan(60);
  const whole = gaps.reduce((total, gap) => total + gap, 0);
  expect(Math.max(...gaps)).toBeLessThan(whole / 10);
  expect(gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 4)]).toBeLessThan(50);
});

test('a link reproduces the comparison', async ({ page }) => {
  await page.goto('embed/1-3/?t=250&seed=3&1.3.start=-0.4&1.3.count=1000&1.3.broken=1');
  const { distance } = expected({ t: 250, seed: 3, start: -0.4, count: 1000, broken: true });
  await expect(gauge(page)).toHaveAttribute('data-value', String(distance), PATIENT);
  await expect(page.getByRole('switch')).toBeChecked();
  await page.getByRole('slider', { name: 'Value at the start' }).fill('0.25');
  await page.getByRole('switch').uncheck();
  await expect(page).toHaveURL(/1\.3\.start=0\.25/);
  await expect(page).not.toHaveURL(/broken/);
  await page.reload();
  const next = expected({ t: 250, seed: 3, start: 0.25, count: 1000, broken: false });
  await expect(gauge(page)).toHaveAttribute('data-value', String(next.distance), PATIENT);
});
