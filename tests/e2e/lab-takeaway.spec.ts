// Models go out as zips and come back: exactly; hostile ones are refused with the reason; every figure uses them, and back.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { readZip, writeZip } from '@noisebook/ldm/zip';
import { parseSafetensors, serializeSafetensors } from '@noisebook/ldm/numbers';
import { rawZip, utf8 } from '../lib/rawZip.ts';
import { expect, PATIENCE, test } from './lib/site.ts';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

type Files = Map<string, Uint8Array>;

const folder = join(import.meta.dirname, '../fixtures/micro');
const UNET = 'unet/diffusion_pytorch_model.safetensors';

/** A tiny model with random weights, saved by diffusers: 8 x 8 pixels, 4 x 4 x 4 latents. */
function micro(): Files {
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.includes('reference'))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path), new Uint8Array(readFileSync(path))]),
  );
}

/** The last station of the lab, by the names that a reader knows. */
class Shelf {
  readonly page: Page;
  readonly state: Locator;
  constructor(page: Page) {
    this.page = page;
    this.state = page.getByTestId('open-state');
  }
  async goto(): Promise<this> {
    await this.page.goto('train/');
    // Its script comes when it is near the window.
    await this.page.locator('#fig-8-1').scrollIntoViewIfNeeded();
    await expect(this.page.locator('#fig-8-1[data-ready]')).toBeVisible();
    await this.page.getByTestId('open-model').scrollIntoViewIfNeeded();
    return this;
  }
  async open(zip: Uint8Array, name = 'mine.zip'): Promise<void> {
    const file = { name, mimeType: 'application/zip', buffer: Buffer.from(zip) };
    await this.page.getByTestId('open-model').getByLabel('Zip of a model').setInputFiles(file);
  }
  async opened(title: string): Promise<void> {
    await expect(this.state).toContainText(`“${title}” is sound and kept in this browser.`, {
      timeout: PATIENCE,
    });
  }
  async refused(reason: RegExp | string): Promise<void> {
    await expect(this.state.getByRole('status')).toContainText(reason, { timeout: PATIENCE });
  }
  button(name: string | RegExp): Locator {
    return this.page.getByTestId('own-models').getByRole('button', { name });
  }
  async download(title: string): Promise<Uint8Array> {
    const [download] = await Promise.all([
      this.page.waitForEvent('download'),
      this.button(`Download ${title} as zip`).click(),
    ]);
    return new Uint8Array(readFileSync(await download.path()));
  }
  async remove(title: string): Promise<void> {
    await this.button(`Delete ${title}`).click();
    await this.button('Delete for good').click();
    await expect(this.button(`Delete ${title}`)).toHaveCount(0);
  }
}

test('a model goes in, comes out with a card and a manifest, and goes round exactly', async ({ page }) => {
  const shelf = await new Shelf(page).goto();
  await shelf.open(writeZip(micro()));
  await shelf.opened('mine');
  const first = await shelf.download('mine');
  const files = await readZip(first);
  for (const [path, bytes] of micro()) {
    expect([...(files.get(path) ?? [])], path).toEqual([...bytes]);
  }
  const text = (path: string): string => new TextDecoder().decode(files.get(path));
  expect(text('README.md')).toContain('StableDiffusionPipeline.from_pretrained');
  const manifest = JSON.parse(text('manifest.json')) as Record<string, unknown>;
  expect(manifest).toMatchObject({
    title: 'mine',
    image: { size: 8, f: 2, latentChannels: 4, latentSize: 4 },
  });

  await shelf.remove('mine');
  await shelf.open(first, 'another name.zip');
  await shelf.opened('mine');
  expect(Buffer.compare(await shelf.download('mine'), first)).toBe(0);

  // What is kept outlasts the page, and has the name that the reader gives it.
  await page.reload();
  await shelf.button('Rename mine').click();
  await page.getByRole('textbox', { name: 'Name of the model' }).fill('Ours, 2nd');
  await page.keyboard.press('Enter');
  await expect(shelf.button('Use Ours, 2nd in every figure')).toBeVisible();
  const renamed = await readZip(await shelf.download('Ours, 2nd'));
  expect(new TextDecoder().decode(renamed.get('manifest.json'))).toContain('"title": "Ours, 2nd"');
});

test('a sampler that is not ours is stood in for, and nothing of the tokenizer is lost', async ({ page }) => {
  const files = new Map(micro());
  const path = 'scheduler/scheduler_config.json';
  const scheduler = JSON.parse(new TextDecoder().decode(files.get(path))) as Record<string, unknown>;
  files.set(path, utf8(JSON.stringify({ ...scheduler, _class_name: 'PNDMScheduler' })));
  for (const file of ['vocab.json', 'merges.txt']) files.delete(`tokenizer/${file}`);
  files.set('tokenizer/added_tokens.json', utf8('{"<|endoftext|>":553}'));
  const shelf = await new Shelf(page).goto();
  await shelf.open(
    rawZip([{ name: './' }, ...[...files].map(([name, content]) => ({ name: `./${name}`, content }))]),
  );
  await shelf.opened('mine');
  await expect(shelf.state).toContainText(
    'PNDMScheduler, is not implemented here: DDIMScheduler stands in for it.',
  );
  const kept = await readZip(await shelf.download('mine'));
  for (const [name, bytes] of files) expect([...(kept.get(name) ?? [])], name).toEqual([...bytes]);
});

test('a folder from disk opens as a zip of it does', async ({ page }) => {
  const shelf = await new Shelf(page).goto();
  await page.getByTestId('open-model').getByLabel('Folder of a model').setInputFiles(folder);
  await shelf.opened('micro');
  await expect(shelf.state).toContainText('Not needed and left out: ');
});

test('weights in 8 bits go in and come out in 16, under the name that diffusers reads', async ({ page }) => {
  const shelf = await new Shelf(page).goto();
  const packed = UNET.replace('.safetensors', '.int8.safetensors');
  const bytes = new Uint8Array(readFileSync(join(folder, '../micro-int8', packed)));
  const files = micro();
  files.delete(UNET);
  files.set(packed, bytes);
  await shelf.open(writeZip(files));
  await shelf.opened('mine');
  await expect(shelf.state).toContainText('Its weights in 8 bits were unpacked to 16 bits.');
  const out = await readZip(await shelf.download('mine'));
  expect([...out.keys()].filter((path) => path.startsWith('unet/')).sort()).toEqual([
    'unet/config.json',
    UNET,
  ]);
  const half = parseSafetensors(out.get(UNET)!);
  for (const [name, { data }] of parseSafetensors(bytes)) {
    const apart = half.get(name)!.data.map((value, at) => Math.abs(value - data[at]!));
    expect(Math.max(...apart), name).toBeLessThanOrEqual(Math.max(...data.map(Math.abs)) / 1024);
  }
});

test('hostile and broken zips are refused with the reason, and the page goes on', async ({ page }) => {
  const shelf = await new Shelf(page).goto();
  const changed = (change: (files: Files) => void): Uint8Array => {
    const files = micro();
    change(files);
    return writeZip(files);
  };
  const conv = 'conv_in.weight';
  const wrongShape = changed((files) => {
    const tensors = [...parseSafetensors(files.get(UNET)!)].map(([name, tensor]) =>
      name === conv
        ? ([name, { shape: [tensor.data.length], data: tensor.data }] as const)
        : ([name, tensor] as const),
    );
    files.set(UNET, serializeSafetensors(tensors));
  });
  const notANumber = changed((files) => {
    const state = parseSafetensors(files.get(UNET)!);
    const tensors = [...state].map(
      ([name, { shape, data }]) =>
        [name, { shape, data: name === conv ? data.map(() => NaN) : data }] as const,
    );
    files.set(UNET, serializeSafetensors(tensors));
  });
  const zeros = new Uint8Array(20e6);
  const cases: readonly (readonly [zip: Uint8Array, reason: RegExp])[] = [
    [
      rawZip([{ name: '../../evil.json', content: utf8('{}') }]),
      /"\.\.\/\.\.\/evil\.json" leads out of its folder/,
    ],
    [rawZip([{ name: UNET, content: zeros, deflated: true }]), /compression bomb/],
    [
      rawZip([{ name: UNET, content: zeros, deflated: true, bytes: 99, crc: 0 }]),
      /expected 99 bytes, got more/,
    ],
    [rawZip([{ name: 'model_index.json', content: utf8('{}'), flags: 1 }]), /is encrypted/],
    [writeZip(micro()).slice(0, 30_000), /cut off/],
    [utf8('<!doctype html><p>404</p>'), /expected a zip file, got an HTML page/],
    [writeZip(new Map([['cat.txt', utf8('meow')]])), /no model_index\.json among its files \(cat\.txt\)/],
    [changed((files) => files.delete('vae/config.json')), /the file vae\/config\.json is missing/],
    [wrongShape, /'conv_in\.weight': expected shape \[8, 4, 3, 3\], got \[288\]/],
    [notANumber, /"conv_in\.weight" holds NaN .*expected finite numbers/],
  ];
  for (const [zip, reason] of cases) {
    await shelf.open(zip);
    await shelf.refused(reason);
  }
  await expect(shelf.button(/^Use/)).toHaveCount(0);
  // Nothing was lost on the way: a sound one still opens.
  await shelf.open(writeZip(micro()), 'sound.zip');
  await shelf.opened('sound');
});

test('every figure that can uses the chosen model, says so, links to it, and goes back', async ({ page }) => {
  const shelf = await new Shelf(page).goto();
  const banner = page.locator('[data-model-banner]');
  await expect(banner).toBeHidden();
  await shelf.open(writeZip(micro()));
  await shelf.opened('mine');
  const use = shelf.button('Use mine in every figure');
  await use.focus();
  await page.keyboard.press('Enter');
  await expect(use).toHaveAttribute('aria-pressed', 'true');
  await expect(banner).toContainText('Figures use your model “mine”');
  const name = await page.locator('[data-model^="own-"]').getAttribute('data-model');

  await page.goto('compression/');
  await expect(banner).toContainText('“mine”');
  const figure = page.locator('#fig-4-3');
  await figure.scrollIntoViewIfNeeded();
  const note = figure.locator('[data-own-model]');
  await expect(note).toContainText('Recorded with the notebook’s model');
  await figure.getByRole('spinbutton', { name: 'New face, from a seed' }).fill('5');
  await page.keyboard.press('Enter');
  await expect(note).toHaveText('Drawn by your model “mine”.', { timeout: PATIENCE });
  await expect(figure.getByRole('heading')).toHaveText('A face goes in, 64 numbers remain, a face comes out');
  await expect(figure).toContainText('8 × 8 × 3');
  await figure.getByRole('button', { name: 'Copy link' }).click();
  await expect(figure.getByText('Link copied.')).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(new URL(link).searchParams.get('model')).toMatch(new RegExp(`^${name ?? '-'}-[0-9a-f]{8}$`));
  const kept = page.locator('#fig-4-5');
  await kept.scrollIntoViewIfNeeded();
  await expect(kept.locator('[data-own-model]')).toContainText('keeps the notebook’s model, because');

  await page.goto('');
  await page.getByRole('button', { name: 'Generate', exact: true }).click();
  await expect(page.locator('#fig-0-1 [data-own-model]')).toHaveText('Drawn by your model “mine”.', {
    timeout: PATIENCE,
  });

  await banner.getByRole('button', { name: 'Back to the notebook’s model' }).click();
  await expect(banner).toBeHidden();
  await expect(page.getByText('The figures use the notebook’s model again.')).toBeVisible();
  await expect(page.locator('#fig-0-1 [data-own-model]')).toHaveCount(0);
  await page.goto(link);
  await expect(page.locator('#fig-4-3')).toContainText(
    'It was a model of the reader who made the link: with its zip you can open it in chapter 8.',
  );
});

test('a chosen model that is deleted, and a choice that is nonsense, leave the notebook’s model', async ({
  page,
}) => {
  const shelf = await new Shelf(page).goto();
  const banner = page.locator('[data-model-banner]');
  await shelf.open(writeZip(micro()));
  await shelf.opened('mine');
  await shelf.button('Use mine in every figure').click();
  const choice = await page.evaluate(() => localStorage.getItem('noisebook-model'));
  await shelf.remove('mine');
  await expect(banner).toBeHidden();
  // As if another tab had deleted it while this one remembered it.
  await page.evaluate((text) => localStorage.setItem('noisebook-model', text ?? ''), choice);
  await page.goto('glossary/');
  await expect(page.getByText('“mine” is no longer in this browser')).toBeVisible();
  await expect(banner).toBeHidden();
  expect(await page.evaluate(() => localStorage.getItem('noisebook-model'))).toBeNull();

  for (const nonsense of [
    '{',
    '{"name":"own-abcdef"}',
    'null',
    '"own-abcdef"',
    `{"name":"../../x","title":"x"}`,
  ]) {
    await page.evaluate((text) => localStorage.setItem('noisebook-model', text), nonsense);
    await page.goto('embed/4-3/');
    await expect(page.locator('#fig-4-3[data-ready]')).toBeVisible();
    await expect(page.locator('[data-own-model]')).toHaveCount(0);
  }
});

test('on a phone the shelf fits, and the keyboard reaches all of it', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const shelf = await new Shelf(page).goto();
  await shelf.open(writeZip(micro()), 'a model with a rather long name that goes on and on.zip');
  await shelf.opened('a model with a rather long name that goes on and on');
  await shelf.button(/^Use/).click();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  for (const button of await page.getByTestId('own-models').getByRole('button').all()) {
    const box = (await button.boundingBox())!;
    expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(44);
    expect(box.x + box.width).toBeLessThanOrEqual(390);
  }
  await shelf.button(/^Delete a model/).focus();
  await page.keyboard.press('Enter');
  await expect(shelf.button('Delete for good')).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(shelf.button(/^Delete a model/)).toBeVisible();
});
