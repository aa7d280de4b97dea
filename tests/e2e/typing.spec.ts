// Figure 0.1 draws while the reader types, in time and without being in the way.
import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { difference, expect, Figure, PATIENCE, test } from './lib/site.ts';

/** From the last key to the picture on two idle cores, in milliseconds: the median; the measured values are reported. */
const TARGET = 1000;
/** A test machine is shared and may be much slower: only a median of three times the target fails. */
const SLACK = 3;

const whose = (page: Page) => page.locator('#fig-0-1 .whose .of');
const firstOf = (prompt: string): RegExp => new RegExp(`^Image 1: .*“${prompt}”$`);
const allOf = (prompt: string): RegExp => new RegExp(`^(?!Image 1).*“${prompt}”$`);

/** Replaces the sentence key by key, as a quick typist does. */
async function type(figure: Figure, sentence: string): Promise<void> {
  await figure.prompt.fill('');
  await figure.prompt.pressSequentially(sentence, { delay: 40 });
}

/** Types once and waits for the pictures: then the model that draws quickly is loaded. */
async function warmUp(figure: Figure): Promise<void> {
  await type(figure, 'a person');
  await expect(whose(figure.page)).toHaveText(/“a person”$/, { timeout: PATIENCE });
}

test('typing loads the model and draws the first picture; the others follow when the reader rests', async ({
  page,
}) => {
  const weights: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/weights/')) weights.push(request.url());
  });
  const figure = new Figure(page);
  // With few steps all four are sure to come by themselves, however busy the machine.
  await figure.open('?seed=5&steps=3');
  await expect(figure.status).toHaveText(
    /^Recorded\. Typing downloads \d+\.\d\sMB, Generate then \d\.\d\sMB more, once\.$/,
  );
  expect(weights).toEqual([]);
  // Loading takes so long that all four follow at once.
  await warmUp(figure);
  expect(weights.length).toBeGreaterThan(0);
  await expect(figure.status).toHaveText(/^Done in /, { timeout: PATIENCE });
  const before = await figure.allPixels();

  await type(figure, 'a person with pink hair');
  await expect(whose(page)).toHaveText(firstOf('a person with pink hair'), { timeout: PATIENCE });
  await expect(page.locator('#fig-0-1 .tile.pending')).toHaveCount(3);
  // At once: the others are on their way.
  await expect(figure.image(2)).toHaveAccessibleDescription('Of the drawing before');
  const [quick, ...others] = await figure.allPixels();
  expect(difference(quick!, before[0]!)).toBeGreaterThan(5);
  expect(others).toEqual(before.slice(1));
  // What is saved is what is seen, also of two drawings.
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download PNG' }).click(),
  ]);
  const png = readFileSync(await saved.path());
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([4 * 512, 512]);

  await expect(figure.status).toHaveText(/^Done in /, { timeout: PATIENCE });
  await expect(whose(page)).toHaveText(allOf('a person with pink hair'));
  await expect(page.locator('#fig-0-1 .tile.pending')).toHaveCount(0);
  const all = await figure.allPixels();
  // The same noise, the same model, the same steps: the same picture, four at a time.
  expect(difference(all[0]!, quick!)).toBeLessThan(1);
  all.slice(1).forEach((data, i) => expect(difference(data, others[i]!)).toBeGreaterThan(5));
  await expect(whose(page)).toContainText('by faces-128-turbo');
  const known = weights.length;
  expect(weights.filter((url) => url.includes('/faces-128/unet/'))).toEqual([]);

  // Enter is Generate: the model itself, and of it only what its student has not brought.
  await figure.prompt.press('Enter');
  await expect(whose(page)).not.toContainText('by faces', { timeout: PATIENCE });
  await expect(figure.status).toHaveText(/^Done in /, { timeout: PATIENCE });
  const fetched = weights.slice(known).filter((url) => url.endsWith('.safetensors'));
  expect(
    fetched.map((url) =>
      url
        .replace(/.*\/weights\//, '')
        .split('/')
        .slice(0, 2),
    ),
  ).toEqual([['faces-128', 'unet']]);
  const own = await figure.allPixels();
  own.forEach((data, i) => expect(difference(data, all[i]!)).toBeGreaterThan(1));
  // Now that it is here, it draws for those who rest.
  await type(figure, 'a green hat');
  await expect(whose(page)).toHaveText(firstOf('a green hat'), { timeout: PATIENCE });
  await expect(whose(page)).toHaveText(/^Seed 5, .* 3 steps: “a green hat”$/, { timeout: PATIENCE });
});

test('the first picture is there within a second of the last key, and typing is never held up', async ({
  page,
}, testInfo) => {
  test.setTimeout(180_000);
  const figure = new Figure(page);
  await figure.open('?backend=wasm');
  await warmUp(figure);
  await page.evaluate(() => {
    const seen = { key: 0, times: [] as number[], tasks: [] as number[] };
    Object.assign(window, { seen });
    document.querySelector('textarea')!.addEventListener('input', () => (seen.key = performance.now()), true);
    new MutationObserver(() => {
      const text = document.querySelector('#fig-0-1 .of')!.textContent;
      if (text.startsWith('Image 1:')) seen.times.push(performance.now() - seen.key);
    }).observe(document.querySelector('#fig-0-1 .of')!, {
      characterData: true,
      subtree: true,
      childList: true,
    });
    new PerformanceObserver((list) =>
      seen.tasks.push(...list.getEntries().map(({ duration }) => duration)),
    ).observe({ type: 'longtask' });
  });
  const read = () =>
    page.evaluate(() => (window as unknown as { seen: { times: number[]; tasks: number[] } }).seen);
  const sentences = ['red hair', 'a green hat', 'a sad face', 'round glasses', 'a blue hoodie'];
  const times: number[] = [];
  const steps: number[] = [];
  const longTasks: number[][] = [];
  for (const sentence of sentences) {
    const before = await read();
    await type(figure, sentence);
    await expect(whose(page)).toHaveText(firstOf(sentence), { timeout: PATIENCE });
    const after = await read();
    steps.push(Number(/(\d+) steps/.exec((await whose(page).textContent()) ?? '')?.[1]));
    times.push(after.times.at(-1) ?? Infinity);
    longTasks.push(after.tasks.slice(before.tasks.length));
  }
  const report = JSON.stringify({ times: times.map(Math.round), steps, longTasks });
  testInfo.annotations.push({ type: 'measured', description: report });
  console.log(`last key to picture, ms: ${report}`);
  const median = [...times].sort((a, b) => a - b)[times.length >> 1]!;
  // The student's, however busy the machine.
  expect(new Set(steps), report).toEqual(new Set([2]));
  expect(median, report).toBeLessThan(TARGET * SLACK);
  // A task also lasts long when other programs hold the cores: one undisturbed sentence is enough.
  expect(
    longTasks.some((tasks) => tasks.length === 0),
    report,
  ).toBe(true);
});

test('stale work is dropped: of a sentence typed without a pause only the end is drawn', async ({ page }) => {
  const figure = new Figure(page);
  await figure.open('?steps=3');
  await warmUp(figure);
  await page.evaluate(() => {
    const drawn: string[] = [];
    Object.assign(window, { drawn });
    const target = document.querySelector('#fig-0-1 .of')!;
    new MutationObserver(() => {
      const prompt = /^Image 1: .*“(.*?)”$/.exec(target.textContent)?.[1];
      if (prompt !== undefined && prompt !== drawn.at(-1)) drawn.push(prompt);
    }).observe(target, { characterData: true, subtree: true, childList: true });
  });
  const sentence = 'someone with a long red beard and a black hat';
  await type(figure, sentence);
  await expect(whose(page)).toHaveText(firstOf(sentence), { timeout: PATIENCE });
  const drawn = await page.evaluate(() => (window as unknown as { drawn: string[] }).drawn);
  expect(drawn.at(-1)).toBe(sentence);
  // A held-up key may let a picture through; 45 keys must not draw 45.
  expect(drawn.length).toBeLessThan(6);
});

test('Stop ends what typing began, Generate takes its place', async ({ page }) => {
  const figure = new Figure(page);
  await page.route('**/*.safetensors', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await route.continue().catch(() => undefined);
  });
  await figure.open();
  const recorded = await figure.allPixels();
  await type(figure, 'a hat');
  await expect(figure.status).toHaveText(/^Downloading the model/);
  await expect(figure.generate).toHaveAttribute('aria-disabled', 'false');
  await figure.stop.click();
  await expect(figure.status).toHaveText('Stopped before the first step.');
  await page.waitForTimeout(2500);
  expect(await figure.allPixels()).toEqual(recorded);
  await page.unroute('**/*.safetensors');

  await type(figure, 'a green hat');
  await page.waitForTimeout(300);
  await figure.draw();
  await expect(whose(page)).toHaveText(allOf('a green hat'));
});

test('screen readers hear of it when the reader rests, not at every key', async ({ page }) => {
  const figure = new Figure(page);
  await figure.open('?steps=3');
  await warmUp(figure);
  await expect(figure.status).toHaveText(/^Done in /, { timeout: PATIENCE });
  await page.evaluate(() => {
    const spoken: string[] = [];
    Object.assign(window, { spoken });
    for (const region of document.querySelectorAll('#fig-0-1 .ask-area [aria-live]'))
      new MutationObserver(() => {
        if (region.getAttribute('aria-live') !== 'off') spoken.push(region.textContent.trim());
      }).observe(region, { characterData: true, subtree: true, childList: true });
  });
  await type(figure, 'a sad zebra in green');
  await expect(whose(page)).toHaveText(allOf('a sad zebra in green'), { timeout: PATIENCE });
  await expect(figure.status).toHaveText(/^Done in /, { timeout: PATIENCE });
  const spoken = await page.evaluate(() => (window as unknown as { spoken: string[] }).spoken);
  expect(spoken.some((text) => text.includes('not seen: zebra'))).toBe(true);
  expect(spoken.some((text) => text.startsWith('Done in'))).toBe(true);
  // Twenty keys: the word, and what was drawn.
  expect(new Set(spoken).size, spoken.join('\n')).toBeLessThan(6);
});

test('a figure that runs a model says which', async ({ page }) => {
  await page.goto('./compression/');
  await expect(page.locator('#fig-4-3 .foot')).toContainText(/Model: faces-\d+/);
  await expect(page.locator('#fig-4-7 .foot')).toContainText('Model: faces-six');
  await expect(page.locator('#fig-4-1 .foot')).not.toContainText('Model:');
  await page.goto('./');
  await expect(page.locator('#fig-0-1 .cost')).toContainText(/faces-\d+\n\d+\.\d\sMB/);
});

test('it can be switched off, in the figure and in the address; then typing loads nothing', async ({
  page,
}) => {
  const weights: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/weights/')) weights.push(request.url());
  });
  const figure = new Figure(page);
  await figure.open();
  await page.getByText('More', { exact: true }).click();
  await page.getByRole('switch', { name: 'Draw while I type' }).uncheck();
  await expect(page).toHaveURL(/typing=0/);
  await expect(figure.status).toHaveText(/^Recorded\. Generate downloads/);
  await type(figure, 'a hat');
  await page.waitForTimeout(1200);
  expect(weights).toEqual([]);

  await figure.open('?typing=0&prompt=a+beard');
  await expect(page.getByRole('switch', { name: 'Draw while I type' })).not.toBeChecked();
  await expect(figure.prompt).toHaveValue('a beard');
  await figure.open('?prompt=a+beard');
  await page.getByText('More', { exact: true }).click();
  const toggle = page.getByRole('switch', { name: 'Draw while I type' });
  await expect(toggle).toBeChecked();
  expect(weights).toEqual([]);
  // Off and on again: it stays in sight, and keeps the focus.
  await toggle.press('Space');
  await expect(page).toHaveURL(/typing=0/);
  await toggle.press('Space');
  await expect(page).not.toHaveURL(/typing=0/);
  await expect(toggle).toBeFocused();
});

test('where the browser is told to save data, typing downloads nothing', async ({ page }) => {
  const weights: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/weights/')) weights.push(request.url());
  });
  await page.addInitScript(() =>
    Object.defineProperty(navigator, 'connection', { value: { saveData: true }, configurable: true }),
  );
  const figure = new Figure(page);
  await figure.open();
  await expect(figure.status).toHaveText(/^Recorded\. Generate downloads/);
  await type(figure, 'a hat');
  await page.waitForTimeout(1200);
  expect(weights).toEqual([]);
  await figure.draw();
  // What Generate brought draws while one types: nothing more is downloaded.
  await type(figure, 'a beard');
  await expect(whose(page)).toHaveText(firstOf('a beard'), { timeout: PATIENCE });
  expect(weights.filter((url) => url.includes('turbo'))).toEqual([]);
});
