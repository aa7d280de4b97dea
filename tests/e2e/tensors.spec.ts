// Visiting every chapter in one tab, touching all that computes: as many tensors at the end as at the start.
import type { Locator, Page } from '@playwright/test';
import { chapters } from '../../src/content/chapters.ts';
import type { EngineInfo } from '../../src/engine/protocol/messages.ts';
import { expect, Figure, PATIENCE, test } from './lib/site.ts';
import { computeWorker, workerInfo } from './lib/workerInfo.ts';

/** Waits until a figure rests: nothing of it is loading or computing. */
async function rest(figure: Locator): Promise<void> {
  const stop = figure.getByRole('button', { name: 'Stop', exact: true, disabled: false });
  // What was asked for begins a moment later.
  await figure.page().waitForTimeout(300);
  await expect(stop).toHaveCount(0, { timeout: PATIENCE });
  await expect(figure.locator('.state .bad')).toHaveCount(0);
}

/** Moves the first slider of a figure by one step and the first choice by one place. Returns how many there were. */
async function touch(figure: Locator, key: 'ArrowRight' | 'ArrowLeft'): Promise<number> {
  const controls = [
    figure.locator('input[type=range]:enabled:visible').first(),
    figure.locator('[role=radiogroup] input:checked:visible').first(),
  ];
  let touched = 0;
  for (const control of controls) {
    if ((await control.count()) === 0) continue;
    await control.focus();
    await control.press(key);
    touched++;
    await rest(figure);
  }
  return touched;
}

async function touchAll(page: Page, key: 'ArrowRight' | 'ArrowLeft'): Promise<string[]> {
  const touched: string[] = [];
  for (const figure of await page.locator('figure.cell').all()) {
    await figure.scrollIntoViewIfNeeded();
    await expect(figure).toHaveAttribute('data-ready', '', { timeout: PATIENCE });
    if ((await touch(figure, key)) > 0) touched.push((await figure.getAttribute('id')) ?? '');
  }
  return touched;
}

const counts = ({ numTensors, numBytes }: EngineInfo): { numTensors: number; numBytes: number } => ({
  numTensors,
  numBytes,
});

test('every chapter in one tab, all figures touched: the tensors of the start', async ({ page }) => {
  test.setTimeout(20 * PATIENCE);
  const home = new Figure(page);
  await home.open('?backend=wasm');
  await home.draw();
  const start = await workerInfo(computeWorker(page)!);
  expect(start).toMatchObject({ backend: 'wasm', models: ['faces-128'] });
  expect(start.numTensors).toBeGreaterThan(100);

  const used = new Set<string>();
  for (const { slug } of chapters.filter(({ ready }) => ready)) {
    await page.goto(`${slug}/?backend=wasm`);
    // There and back again, so that both rounds end on the same pictures; the second finds every model in memory.
    const touched = await touchAll(page, 'ArrowRight');
    expect(touched.length, slug).toBeGreaterThan(0);
    const worker = computeWorker(page);
    if (worker === undefined) {
      console.log(`${slug}: ${touched.join(', ')} touched; no model was needed`);
      continue;
    }
    await touchAll(page, 'ArrowLeft');
    const before = await workerInfo(worker);
    await touchAll(page, 'ArrowRight');
    await touchAll(page, 'ArrowLeft');
    const after = await workerInfo(worker);
    expect(counts(after), slug).toEqual(counts(before));
    for (const name of after.firstStages) used.add(name);
    console.log(
      `${slug}: ${touched.join(', ')} touched; ${after.numTensors} tensors of ${after.firstStages.join(', ')}`,
    );
  }
  // The figures of chapter 4 did compute, each with its own first stage.
  expect([...used]).toEqual(
    expect.arrayContaining(['faces-64', 'faces-six', 'faces-up-resize', 'faces-up-transpose']),
  );

  await home.open('?backend=wasm');
  await home.draw();
  expect(counts(await workerInfo(computeWorker(page)!))).toEqual(counts(start));
});
