// Figure 0.1 with the shipped weights: draw, scrub, three views, stop, address, words, keyboard.
import { difference, expect, Figure, PATIENCE, test } from './lib/site.ts';

test('a recorded result is there before anything has loaded, and can be scrubbed', async ({ page }) => {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(new URL(request.url()).pathname));
  const figure = new Figure(page);
  await figure.open();
  await expect(figure.scrubber).toHaveValue('12');
  const result = await figure.allPixels();
  expect(new Set(result.map((data) => data.join())).size).toBe(4);

  await figure.scrubber.fill('0');
  await expect(figure.scrubber).toHaveAttribute('aria-valuetext', /^0 of 12/);
  const noise = await figure.allPixels();
  noise.forEach((data, i) => expect(difference(data, result[i]!)).toBeGreaterThan(5));

  await figure.view('Predicted result').check();
  expect(difference((await figure.pixels(1)).data, noise[0]!)).toBeGreaterThan(3);
  await figure.view('Latent channels').check();
  const latents = await figure.pixels(1);
  // Four channels of 16 x 16, side by side.
  expect([latents.width, latents.height]).toEqual([67, 16]);
  expect(requests.filter((path) => /weights|wasm|worker/i.test(path))).toEqual([]);
});

test('draws four faces step by step; afterwards the scrubber moves all of them in three views', async ({
  page,
}) => {
  const figure = new Figure(page);
  await figure.open('?seed=11');
  const recorded = await figure.allPixels();
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    const status = document.querySelector('[role=status]')!;
    new MutationObserver(() => seen.push(status.textContent)).observe(status, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
  await figure.draw();
  await expect(figure.status).toHaveText(/Done in \d+\.\d\ss on (wasm \(\d+ threads?\)|webgpu|webgl)/);
  await expect(page.getByText('live', { exact: true })).toBeVisible();
  const seen = await page.evaluate(() => (window as unknown as { seen: string[] }).seen);
  expect(seen.some((text) => /Downloading the model: \d+\.\d of \d+\.\d\sMB/.test(text))).toBe(true);
  expect(seen.filter((text) => /^Step \d+ of 12$/.test(text)).length).toBeGreaterThan(8);

  const final = await figure.allPixels();
  final.forEach((data, i) => expect(difference(data, recorded[i]!)).toBeGreaterThan(5));

  // Each view at each of three steps is a different picture, for all four images at once.
  const pictures: string[][] = [];
  for (const name of ['Decoded latents', 'Predicted result', 'Latent channels'] as const) {
    await figure.view(name).check();
    for (const step of ['0', '6', '12']) {
      await figure.scrubber.fill(step);
      await expect(figure.scrubber).toHaveValue(step);
      await expect(page.locator('.tile.pending')).toHaveCount(0);
      pictures.push((await figure.allPixels()).map((data) => data.join()));
    }
  }
  // The result is the last step's guess, so the two decoded views agree there, and only there.
  expect(pictures[2]).toEqual(pictures[5]);
  for (let image = 0; image < 4; image++) {
    expect(new Set(pictures.map((images) => images[image])).size).toBe(8);
  }
});

test('dragging sideways on a picture moves all four through the steps', async ({ page }) => {
  const figure = new Figure(page);
  await figure.open();
  await expect(figure.scrubber).toHaveValue('12');
  const before = await figure.allPixels();
  const { x, y, width, height } = (await figure.image(3).boundingBox())!;
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x - width, y + height / 2, { steps: 6 });
  await page.mouse.up();
  const position = Number(await figure.scrubber.inputValue());
  expect(position).toBeGreaterThan(4);
  expect(position).toBeLessThan(10);
  const after = await figure.allPixels();
  after.forEach((data, i) => expect(difference(data, before[i]!)).toBeGreaterThan(5));
});

test('the recorded result is what the model draws', async ({ page }) => {
  const figure = new Figure(page);
  await figure.open();
  const recorded = await figure.allPixels();
  await figure.draw();
  const live = await figure.allPixels();
  // The sprites are lossy: a few levels of difference, no more.
  live.forEach((data, i) => expect(difference(data, recorded[i]!)).toBeLessThan(4));
});

test('Stop keeps what has been drawn, and Generate starts again', async ({ page }) => {
  const figure = new Figure(page);
  await figure.open('?steps=50');
  await expect(figure.stop).toBeDisabled();
  await figure.generate.click();
  // Looked at in every frame: fifty steps may be over in two seconds.
  await page.waitForFunction(
    () => /^Step ([4-9]|\d\d) of 50$/.test(document.querySelector('[role=status]')?.textContent ?? ''),
    undefined,
    { timeout: PATIENCE, polling: 'raf' },
  );
  await figure.stop.click();
  await expect(figure.status).toHaveText(/^Stopped after step \d+ of 50\.$/);
  const step = Number(/after step (\d+)/.exec((await figure.status.textContent()) ?? '')?.[1]);
  expect(step).toBeGreaterThan(3);
  expect(step).toBeLessThan(50);
  await expect(figure.stop).toBeDisabled();
  await expect(figure.scrubber).toHaveValue(String(step));
  await expect(page.locator('.tile.pending')).toHaveCount(0);
  const kept = await figure.allPixels();
  await figure.scrubber.fill('1');
  await expect(page.locator('.tile.pending')).toHaveCount(0);
  (await figure.allPixels()).forEach((data, i) => expect(difference(data, kept[i]!)).toBeGreaterThan(1));
  // What wasn't drawn can't be scrubbed to.
  await figure.scrubber.fill('50');
  await expect(figure.scrubber).toHaveValue(String(step));

  await figure.steps.fill('6');
  await figure.draw();
  await expect(figure.scrubber).toHaveValue('6');
});

test('Stop while the model loads leaves the recorded result; Generate loads it after all', async ({
  page,
}) => {
  const figure = new Figure(page);
  await page.route('**/*.safetensors', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 700));
    await route.continue().catch(() => undefined);
  });
  await figure.open();
  const recorded = await figure.allPixels();
  await figure.generate.click();
  await expect(figure.status).toHaveText(/^Downloading the model/);
  await figure.stop.click();
  await expect(figure.status).toHaveText('Stopped before the first step.');
  expect(await figure.allPixels()).toEqual(recorded);
  await page.unroute('**/*.safetensors');
  await figure.draw();
});

test('an address gives the same pictures again', async ({ page }) => {
  const figure = new Figure(page);
  await figure.open();
  const recorded = await figure.allPixels();
  await figure.prompt.fill('someone with a blonde bob, sunglasses and a red t-shirt');
  await figure.seed.fill('4242');
  await figure.guidance.fill('4.5');
  await figure.steps.fill('8');
  await expect(page.getByText('These pictures are of other settings')).toBeVisible();
  await figure.draw();
  const first = await figure.allPixels();
  const address = page.url();
  expect(address).toContain('seed=4242');

  await page.goto('about:blank');
  await page.goto(address);
  await expect(figure.prompt).toHaveValue('someone with a blonde bob, sunglasses and a red t-shirt');
  await expect(figure.seed).toHaveValue('4242');
  await expect(figure.guidance).toHaveValue('4.5');
  await expect(figure.steps).toHaveValue('8');
  await expect(page.getByText('These pictures are of other settings')).toBeVisible();
  await figure.draw();
  expect(await figure.allPixels()).toEqual(first);

  await page.getByRole('button', { name: 'Reset' }).click();
  await expect(page.locator('#fig-0-1 .badge').first()).toHaveText('recorded');
  await expect.poll(() => figure.allPixels()).toEqual(recorded);
});

test('a negative prompt changes the pictures and is in the address', async ({ page }) => {
  const figure = new Figure(page);
  await figure.open('?steps=6&prompt=a+person');
  await figure.draw();
  const without = await figure.allPixels();
  await page.getByText('More', { exact: true }).click();
  await page.getByRole('textbox', { name: /negative prompt/ }).fill('glasses and a beard');
  await figure.draw();
  expect(page.url()).toContain('negative=glasses+and+a+beard');
  expect(difference((await figure.pixels(1)).data, without[0]!)).toBeGreaterThan(0.5);
});

test('words that the model has not seen are named, before and after it has loaded', async ({ page }) => {
  const figure = new Figure(page);
  await figure.open('?steps=4');
  await figure.prompt.fill('a person riding a zebra');
  const note = page.getByText(/The model has not seen:/);
  await expect(note).toContainText('riding');
  await expect(note.locator('u').filter({ hasText: 'zebra' })).toBeVisible();
  await figure.draw();
  await expect(note.locator('u')).toHaveText(['riding', 'zebra']);
  await figure.prompt.fill('a person with a hat');
  await expect(note).toHaveCount(0);
});

test('everything works from the keyboard, and Space is left alone', async ({ page }) => {
  const figure = new Figure(page);
  await figure.open('?steps=6');
  const before = await figure.scrubber.inputValue();
  await page.keyboard.press('Space');
  expect(await figure.scrubber.inputValue()).toBe(before);

  const reach = async (target: typeof figure.prompt): Promise<void> => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      if (await target.evaluate((element) => element === document.activeElement)) return;
    }
    throw new Error('60 times Tab did not get there.');
  };
  await reach(figure.prompt);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('a face with a green hat');
  await page.keyboard.press('Enter');
  await expect(figure.status).toHaveText(/^Done in /, { timeout: PATIENCE });
  await expect(figure.prompt).toHaveValue('a face with a green hat');
  await reach(figure.scrubber);
  await page.keyboard.press('ArrowLeft');
  await expect(figure.scrubber).toHaveValue('5');
  await page.keyboard.press('Home');
  await expect(figure.scrubber).toHaveValue('0');
  await reach(figure.view('Decoded latents'));
  await page.keyboard.press('ArrowLeft');
  await expect(figure.view('Latent channels')).toBeChecked();
  await reach(figure.seed);
  await page.keyboard.press('ArrowUp');
  await expect(figure.seed).toHaveValue('8');
  await reach(page.getByRole('button', { name: 'Random seed' }));
  await page.keyboard.press('Enter');
  await expect(figure.seed).not.toHaveValue('8');
});

test('Play runs through the steps once and can be paused', async ({ page }) => {
  const figure = new Figure(page);
  await figure.open();
  const play = page.getByRole('button', { name: 'Play' });
  await play.click();
  await page.waitForFunction(
    () => {
      const position = Number(document.querySelector<HTMLInputElement>('.track input')?.value);
      return position >= 2 && position <= 6;
    },
    undefined,
    { polling: 'raf' },
  );
  await page.getByRole('button', { name: 'Pause' }).click();
  const paused = await figure.scrubber.inputValue();
  expect(Number(paused)).toBeLessThan(12);
  await page.waitForTimeout(500);
  await expect(figure.scrubber).toHaveValue(paused);
  await play.click();
  await expect(figure.scrubber).toHaveValue('12');
  await expect(play).toBeVisible();
});

test('the four images can be saved, and the link copied', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const figure = new Figure(page);
  await figure.open();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download PNG' }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^noisebook-seed-\d+-step-12\.png$/);
  await page.getByRole('button', { name: 'Copy link' }).click();
  await expect(page.getByText('Link copied.')).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(new URL(copied).searchParams.get('steps')).toBe('12');
});

test('a seed out of range becomes the nearest one, what is none leaves the last', async ({ page }) => {
  const figure = new Figure(page);
  await figure.open('?typing=0');
  const seed = page.locator('#fig-0-1').getByLabel('Seed', { exact: true });
  for (const [typed, settled] of [
    ['99999999999', '4294967295'],
    ['-5', '0'],
    ['', '0'],
  ] as const) {
    await seed.fill(typed);
    await seed.blur();
    await expect(seed).toHaveValue(settled);
    await expect(page).toHaveURL(new RegExp(`seed=${settled}(&|$)`));
  }
});
