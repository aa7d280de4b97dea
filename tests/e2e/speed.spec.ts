// The page stays responsive while it draws, draws in time, and asks for little before it is touched.
import { gzipSync } from 'node:zlib';
import { expect, Figure, test } from './lib/site.ts';

/** Target for four images at 12 steps on two idle cores, in seconds; the measured value is reported. */
const TARGET = 5;
/** A test machine is shared and may be much slower: only a drawing that takes three times the target fails. */
const SLACK = 3;

/** A task also lasts long when other programs hold the cores: one undisturbed drawing out of these is enough. */
const DRAWINGS = 4;

test('four images at 12 steps are drawn in time, and no task on the main thread takes 50 ms', async ({
  page,
}, testInfo) => {
  test.setTimeout(240_000);
  const figure = new Figure(page);
  await figure.open('?backend=wasm');
  await figure.draw();
  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(window, { tasks });
    new PerformanceObserver((list) =>
      tasks.push(...list.getEntries().map((entry) => entry.duration)),
    ).observe({
      type: 'longtask',
    });
  });
  const drawings: { seconds: number; longTasks: number[] }[] = [];
  for (let i = 0; i < DRAWINGS && drawings.at(-1)?.longTasks.length !== 0; i++) {
    await figure.seed.fill(String(20 + i));
    await page.waitForTimeout(1500);
    await page.evaluate(() => (window as unknown as { tasks: number[] }).tasks.splice(0));
    await figure.draw();
    drawings.push({
      seconds: Number(/Done in ([\d.]+) s/.exec((await figure.status.textContent()) ?? '')?.[1]),
      longTasks: await page.evaluate(() => (window as unknown as { tasks: number[] }).tasks.splice(0)),
    });
  }
  const report = JSON.stringify(drawings);
  testInfo.annotations.push({ type: 'measured', description: report });
  console.log(`four images, 12 steps: ${report}`);
  expect(Math.min(...drawings.map(({ seconds }) => seconds))).toBeGreaterThan(0);
  expect(Math.min(...drawings.map(({ seconds }) => seconds))).toBeLessThan(TARGET * SLACK);
  expect(drawings.at(-1)?.longTasks, report).toEqual([]);
});

test('the first paint needs less than 150 kB of script, no model and no TensorFlow.js', async ({ page }) => {
  const scripts: { url: string; bytes: number }[] = [];
  const pending: Promise<void>[] = [];
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'script') return;
    pending.push(
      response.body().then((body) => {
        scripts.push({ url: response.url(), bytes: gzipSync(body).length });
      }),
    );
  });
  const paths: string[] = [];
  page.on('request', (request) => paths.push(new URL(request.url()).pathname));
  await new Figure(page).open();
  await page.waitForTimeout(500);
  await Promise.all(pending);
  const inline = await page.evaluate(() =>
    [...document.scripts].filter(({ src }) => src === '').map(({ textContent }) => textContent),
  );
  const bytes = scripts.reduce((sum, script) => sum + script.bytes, 0) + gzipSync(inline.join('')).length;
  console.log(`script before the first touch: ${(bytes / 1000).toFixed(1)} kB gzipped`);
  expect(scripts.length).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(150_000);
  expect(paths.filter((path) => /weights|\.wasm|_worker/.test(path))).toEqual([]);
});
