// The model card: its numbers are those of the manifest, its pictures are there, its files can be had.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CardPictures } from '../../src/siteData/cardPictures.ts';
import { percent } from '../../src/writing/numbers.ts';
import type { Manifest } from '../../src/siteData/model.ts';
import { expect, test } from './lib/site.ts';

const publicFolder = join(import.meta.dirname, '../../public');
const read = (path: string): unknown => JSON.parse(readFileSync(join(publicFolder, path), 'utf8'));
const names = ['faces-128', 'faces-128-turbo', 'faces-64'];
const models = names.map((name) => read(`weights/${name}/manifest.json`) as Manifest);
const model = models[0]!;

test.beforeEach(async ({ page }) => {
  await page.goto('model/');
});

test('says what was measured, with its interval, its ceiling and its aim', async ({ page }) => {
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(model.name);
  const { metrics, sampling } = model;
  if (metrics === null)
    throw new Error(`${model.name}: expected metrics in the manifest: training/README.md.`);
  const { test: asked } = metrics.splits;
  const drawn = asked.samples[String(sampling.guidanceScale)]!;
  const row = page
    .getByRole('region', { name: /^Prompt accuracy: share/ })
    .getByRole('row', { name: 'all facts, on average' });
  const cells = row.getByRole('cell');
  await expect(cells.first()).toContainText(percent(drawn.mean, 1));
  await expect(cells.first().locator('small')).toHaveText(/^\d+\.\d to \d+\.\d$/);
  await expect(cells.nth(1)).toContainText(percent(asked.ceiling.mean, 1));

  const aims = page.getByRole('region', { name: 'Aims and what was measured' });
  // The head, eight aims of the model, one of its student.
  await expect(aims.getByRole('row')).toHaveCount(10);
  const verdicts = await aims.locator('tbody tr td:last-child').allTextContents();
  expect(verdicts.filter((text) => !['reached', 'missed'].includes(text.trim()))).toEqual([]);
});

test('shows every failure with what is wrong in it, and the nearest training faces', async ({ page }) => {
  const pictures = read(`card/${model.name}/pictures.json`) as CardPictures;
  const failures = page.locator('#failures ol > li');
  await expect(failures).toHaveCount(pictures.worst.length);
  for (const [i, { prompt, wrong }] of pictures.worst.entries()) {
    await expect(failures.nth(i)).toContainText(prompt);
    await expect(failures.nth(i).locator('ul > li')).toHaveCount(wrong.length);
  }
  for (const group of ['Sample', 'Test face', 'Training face']) {
    await expect(page.getByRole('img', { name: new RegExp(`^${group} \\d`) }).first()).toBeAttached();
  }
  for (const image of [
    failures.locator('img').first(),
    page.getByRole('img', { name: 'Sample 1', exact: true }),
  ]) {
    await image.scrollIntoViewIfNeeded();
    await expect
      .poll(() => image.evaluate((shown: HTMLImageElement) => shown.naturalWidth))
      .toBeGreaterThan(0);
  }
});

test('its contents lead to sections that exist, its files are there', async ({ page }) => {
  const anchors = await page
    .locator('a[href^="#"]')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  for (const id of [
    '#data',
    '#training',
    '#metrics',
    '#wording',
    '#failures',
    '#limits',
    '#use',
    '#licence',
  ]) {
    expect(anchors).toContain(id);
    await expect(page.locator(id)).toHaveCount(1);
  }
  const links = page.locator('#use a[download]');
  await expect(links).toHaveCount(models.reduce((sum, { files }) => sum + files.length + 1, 0));
  for (const { name } of models)
    await expect(page.locator(`#use a[href$="/${name}/manifest.json"]`)).toBeVisible();
  for (const href of await links.evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href))) {
    expect((await page.request.head(href)).status(), href).toBe(200);
  }
});
