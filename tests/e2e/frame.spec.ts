// The frame of every figure: links that reproduce a state, files, code, embed pages, hidden parts, work only on screen.
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import { expect, PATIENCE, test } from './lib/site.ts';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

const figure = (page: Page, number: string) => page.locator(`#fig-${number.replace('.', '-')}[data-ready]`);
/** Scrolls to a figure: its script comes when it is near the window. */
async function reach(page: Page, number: string): Promise<void> {
  await page.locator(`#fig-${number.replace('.', '-')}`).scrollIntoViewIfNeeded();
  await expect(figure(page, number)).toBeVisible();
}
const status = (page: Page, number: string) => figure(page, number).locator('figcaption').getByRole('status');
const timestep = (page: Page, number: string) =>
  figure(page, number).getByRole('slider', { name: 'Timestep t' });

/** Presses Copy link and returns what is on the clipboard. */
async function copiedLink(page: Page, number: string): Promise<string> {
  await figure(page, number).getByRole('button', { name: 'Copy link' }).click();
  await expect(figure(page, number).getByText('Link copied.')).toBeVisible();
  return page.evaluate(() => navigator.clipboard.readText());
}

test('cells of a page share t: the prose, the formula and the other figures follow, and so does a link', async ({
  page,
}) => {
  await page.goto('noise/');
  await reach(page, '1.4');
  await reach(page, '1.1');
  const slider = timestep(page, '1.1');
  await slider.fill('720');
  const live = page.locator('main [data-live="1.1.t"]:not(math *)').first();
  await expect(live).toHaveText('720');
  await expect(figure(page, '1.1').getByText('live', { exact: true })).toBeVisible();
  await expect(page).toHaveURL(/[?&]t=720/);
  await reach(page, '1.4');
  await expect(timestep(page, '1.4')).toHaveValue('720');

  const link = await copiedLink(page, '1.1');
  expect(link).toMatch(/\/noise\/\?.*t=720.*#fig-1-1$/);
  await page.goto('about:blank');
  await page.goto(link);
  await expect(slider).toHaveValue('720');
  await expect(live).toHaveText('720');

  await figure(page, '1.1').getByRole('button', { name: 'Reset' }).click();
  await expect(figure(page, '1.1').getByText('recorded', { exact: true })).toBeVisible();
  await expect(page).not.toHaveURL(/[?&]t=/);
});

test('a link that was made with another model says so', async ({ page }) => {
  await page.goto('embed/4-3/');
  const link = await copiedLink(page, '4.3');
  const model = new URL(link).searchParams.get('model') ?? '';
  expect(model).toMatch(/^faces-64-[0-9a-f]{8}$/);
  await page.goto(link);
  await expect(figure(page, '4.3')).toBeVisible();
  await expect(page.getByText('another model')).toHaveCount(0);
  await page.goto(link.replace(model, 'faces-64-00000000'));
  await expect(page.getByText('This link was made with another model (faces-64-00000000)')).toBeVisible();
});

test('the address of a hostile stranger changes nothing but a notice', async ({ page }) => {
  const evil = encodeURIComponent('"><img src=x onerror=alert(1)>');
  await page.goto(`embed/1-1/?t=${evil}&seed=${'9'.repeat(5000)}&picture=${evil}&model=${evil}&hide=${evil}`);
  await expect(figure(page, '1.1')).toContainText('The address has no usable t');
  await expect(figure(page, '1.1')).toContainText('no usable picture');
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  await timestep(page, '1.1').fill('10');
  await expect(figure(page, '1.1').getByText('live', { exact: true })).toBeVisible();
});

test('an embed page has the figure alone and leads back to the same state', async ({ page }) => {
  await page.goto('embed/1-4/?t=300');
  await expect(timestep(page, '1.4')).toHaveValue('300');
  await expect(page.locator('figure.cell')).toHaveCount(1);
  await expect(page.getByRole('navigation')).toHaveCount(0);
  const back = figure(page, '1.4').getByRole('link', { name: 'Open in the notebook' });
  const [notebook] = await Promise.all([page.waitForEvent('popup'), back.click()]);
  await expect(notebook).toHaveURL(/\/noise\/\?.*t=300.*#fig-1-4$/);
  await expect(timestep(notebook, '1.4')).toHaveValue('300');
});

test('?hide= takes away the parts that a teacher names, and only those', async ({ page }) => {
  await page.goto('embed/1-1/?hide=caption,foot,nonsense,body');
  const cell = figure(page, '1.1');
  await expect(timestep(page, '1.1')).toBeVisible();
  await expect(cell.locator('.caption')).toBeHidden();
  await expect(cell.getByRole('button', { name: 'Copy link' })).toBeHidden();
  await page.goto('embed/1-1/?hide=controls,code,title');
  await expect(cell.locator('.caption')).toBeVisible();
  await expect(timestep(page, '1.1')).toBeHidden();
  await expect(cell.getByText('Code', { exact: true })).toBeHidden();
});

test('the code drawer shows the lines of the library', async ({ page }) => {
  await page.goto('embed/4-3/');
  await figure(page, '4.3').getByText('Code', { exact: true }).click();
  const sections = figure(page, '4.3').locator('details.code section');
  expect(await sections.count()).toBeGreaterThan(1);
  for (const section of await sections.all()) {
    const head = (await section.locator('p').innerText()).replaceAll('\u00a0', ' ');
    const [, path, from, to] = / in (\S+), lines (\d+) to (\d+)/.exec(head) ?? [];
    const lines = readFileSync(path!, 'utf8')
      .split('\n')
      .slice(Number(from) - 1, Number(to));
    const margin = /^ */.exec(lines[0]!)![0].length;
    expect(await section.locator('pre').innerText()).toBe(
      lines.map((line) => (line.startsWith(' '.repeat(margin)) ? line.slice(margin) : line)).join('\n'),
    );
  }
});

test('pictures come as PNG and numbers as CSV', async ({ page }) => {
  await page.goto('embed/4-3/');
  const file = async (name: string) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      figure(page, '4.3').getByRole('button', { name }).click(),
    ]);
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
  };
  const png = await file('Download PNG');
  expect(png.name).toBe('noisebook-figure-4-3.png');
  expect((await sharp(png.bytes).metadata()).format).toBe('png');
  const csv = await file('Download CSV');
  expect(csv.name).toBe('noisebook-figure-4-3.csv');
  const rows = csv.bytes.toString().trimEnd().split('\r\n');
  expect(rows.length).toBe(1 + 8 * 8 * 4);
});

test('a cell that is off screen neither downloads nor computes', async ({ page }) => {
  const weights: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/weights/')) weights.push(request.url());
  });
  await page.setViewportSize({ width: 1280, height: 600 });
  await page.goto('compression/?4.3.picture=face-9');
  await page.waitForTimeout(1500);
  expect(weights).toEqual([]);
  await reach(page, '4.3');
  await expect(status(page, '4.3')).toHaveText(/ms on|s on/, { timeout: PATIENCE });
  expect(weights.some((url) => url.includes('/vae/'))).toBe(true);
  expect(weights.some((url) => url.includes('/unet/'))).toBe(false);
});

test('thirty changes of a slider in a second do not queue', async ({ page }) => {
  // Counts the jobs that are with the worker and not yet answered.
  await page.addInitScript(() => {
    const jobs = { sent: 0, open: 0, most: 0 };
    Object.assign(window, { jobs });
    const Original = Worker;
    window.Worker = class extends Original {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        this.addEventListener('message', ({ data }: MessageEvent<{ type: string }>) => {
          if (data.type === 'result' || data.type === 'error') jobs.open--;
        });
      }
      override postMessage(message: { type: string; again?: true }, ...rest: never[]): void {
        if (message.type === 'job' && message.again !== true) {
          jobs.sent++;
          jobs.most = Math.max(jobs.most, ++jobs.open);
        }
        super.postMessage(message, ...rest);
      }
    };
  });
  await page.goto('embed/4-4/');
  const cell = figure(page, '4.4');
  const slider = cell.getByRole('slider').last();
  await slider.fill('1');
  await expect(status(page, '4.4')).toHaveText(/ms on|s on/, { timeout: PATIENCE });
  await slider.focus();
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press(i % 2 === 0 ? 'ArrowRight' : 'ArrowLeft');
    await page.waitForTimeout(33);
  }
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { jobs: { open: number } }).jobs.open))
    .toBe(0);
  const jobs = await page.evaluate(
    () => (window as unknown as { jobs: { sent: number; most: number } }).jobs,
  );
  expect(jobs.most).toBeLessThanOrEqual(2);
  expect(jobs.sent).toBeGreaterThan(3);
});
