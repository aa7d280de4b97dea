// The page stays responsive while it draws, and draws in time. What it asks for before it is touched: pages.spec.ts.
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
      seconds: Number(/Done in ([\d.]+)\ss/.exec((await figure.status.textContent()) ?? '')?.[1]),
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
