// Figure 8.1, the lab: recorded first; a run from nothing that learns, pauses, goes on and is looked back on; keys, address.
import { readFileSync } from 'node:fs';
import type { Locator, Page } from '@playwright/test';
import type { RecordedRun } from '../../src/components/figures/8.1-train/recordedRun.ts';
import { expect, test } from './lib/site.ts';

/** A run of some seconds: the smallest networks, few steps. */
const TINY = '8.1.with=n-64_aw-8_w-16_as-24_s-16_ab-4_b-8_alr-0.005_lr-0.003';
const PATIENT = { timeout: 120_000 };

const figure = (page: Page) => page.locator('#fig-8-1[data-ready]');
const button = (page: Page, name: string | RegExp) => figure(page).getByRole('button', { name, exact: true });
const timeLine = (page: Page) => figure(page).getByRole('slider', { name: 'Look back' });
const said = (page: Page) => figure(page).locator('.transport .said p');
const recorded = JSON.parse(
  readFileSync(new URL('../../public/recorded/8-1/recorded.json', import.meta.url), 'utf8'),
) as RecordedRun;

async function open(page: Page, query = ''): Promise<void> {
  await page.goto(`embed/8-1/${query === '' ? '' : `?${query}`}`);
  await expect(figure(page)).toBeVisible();
}
const value = async (place: Locator): Promise<number> => Number(await place.getAttribute('data-value'));
/** Pixels of a drawn picture. */
const pixels = (canvas: Locator): Promise<number[]> =>
  canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    return [...(element as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height).data];
  });
const outputs = (page: Page) =>
  figure(page)
    .getByRole('img', { name: /^What the decoder makes/ })
    .locator('canvas');

/** Losses by step of a phase, from the figure's file. */
async function losses(page: Page, phase: string): Promise<number[]> {
  const download = page.waitForEvent('download');
  await button(page, 'Download CSV').click();
  const text = readFileSync(await (await download).path(), 'utf8');
  return text
    .trim()
    .split('\r\n')
    .map((line) => line.split(','))
    .filter(([of, by]) => of === phase && by === 'step')
    .map((line) => Number(line[4]));
}
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

test('recorded first: moments of a real run, by keys, and nothing that computes is asked for', async ({
  page,
}) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await open(page);
  await expect(said(page)).toContainText('Recorded');
  const psnr = figure(page).getByTestId('psnr');
  const first = recorded.moments.filter(({ phase }) => phase === 'autoencoder');
  expect(await value(psnr)).toBeCloseTo(first.at(-1)!.psnr!, 6);
  await expect.poll(async () => new Set(await pixels(outputs(page).first())).size).toBeGreaterThan(20);
  const last = await pixels(outputs(page).first());

  await timeLine(page).focus();
  await page.keyboard.press('Home');
  await expect(timeLine(page)).toHaveAttribute('aria-valuetext', /^Phase one, step 1$/);
  expect(await value(psnr)).toBeCloseTo(first[0]!.psnr!, 6);
  expect(await pixels(outputs(page).first())).not.toEqual(last);
  await page.keyboard.press('ArrowRight');
  await expect(timeLine(page)).toHaveAttribute(
    'aria-valuetext',
    `Phase one, step ${first[1]!.step.toLocaleString('en')}`,
  );
  await page.keyboard.press('End');
  await expect(timeLine(page)).toHaveAttribute('aria-valuetext', /^Phase two, step/);
  expect(await pixels(outputs(page).first())).toEqual(last);

  // A column of the samples is a moment, too.
  await figure(page).getByRole('button', { name: 'Look at step 1', exact: true }).click();
  await expect(timeLine(page)).toHaveAttribute('aria-valuetext', 'Phase two, step 1');
  expect(asked.filter((path) => /\.wasm$|\/weights\/|_worker\//.test(path))).toEqual([]);
});

test('the six moves hold: x_t is signal times x0 plus sigma times noise, wherever you point', async ({
  page,
}) => {
  await open(page);
  const sum = figure(page).getByTestId('move-sum').locator('[data-value]');
  const channels = figure(page).getByRole('slider', { name: /^The noise/ });
  await channels.focus();
  const seen = new Set<number>();
  for (const key of ['ArrowRight', 'ArrowDown', 'End', 'ArrowDown']) {
    await page.keyboard.press(key);
    const [signal, x0, sigma, noise, xt] = await Promise.all([0, 1, 2, 3, 4].map((i) => value(sum.nth(i))));
    expect(signal! * x0! + sigma! * noise!).toBeCloseTo(xt!, 2);
    expect(signal! ** 2 + sigma! ** 2).toBeCloseTo(1, 3);
    seen.add(xt!);
  }
  expect(seen.size).toBe(4);
});

test('choices are in the address, come back from it, and say when they do not go together', async ({
  page,
}) => {
  await open(page);
  await figure(page)
    .getByRole('radio', { name: /^Five minutes/ })
    .check({ force: true });
  await figure(page).getByText('Every choice').click();
  await figure(page)
    .getByRole('radiogroup', { name: 'Factor f' })
    .getByRole('radio', { name: '8' })
    .check({ force: true });
  await figure(page)
    .getByRole('radiogroup', { name: 'Predicts' })
    .getByRole('radio', { name: 'flow' })
    .check({ force: true });
  await figure(page).getByRole('spinbutton', { name: 'Seed', exact: true }).first().fill('42');
  await expect
    .poll(() => decodeURIComponent(new URL(page.url()).search))
    .toBe('?8.1.preset=five&8.1.with=f-8_says-flow_seed-42');
  await expect(figure(page).getByTestId('parameters')).toHaveText(/^\d/);
  const before = await figure(page).getByTestId('parameters').innerText();
  await page.reload();
  await expect(figure(page)).toBeVisible();
  await figure(page).getByText('Every choice').click();
  await expect(figure(page).getByRole('radio', { name: /^Five minutes/ })).toBeChecked();
  await expect(
    figure(page).getByRole('radiogroup', { name: 'Factor f' }).getByRole('radio', { name: '8' }),
  ).toBeChecked();
  await expect(figure(page).getByTestId('parameters')).toHaveText(before);

  await figure(page)
    .getByRole('radio', { name: /^Digits/ })
    .check({ force: true });
  await figure(page)
    .getByRole('radiogroup', { name: 'Steered by' })
    .getByRole('radio', { name: 'sentences' })
    .check({ force: true });
  await expect(figure(page).locator('#lab-problems')).toContainText('without sentences');
  await expect(button(page, 'Start training')).toHaveAttribute('aria-disabled', 'true');
  await button(page, 'Start training').click({ force: true });
  await expect(said(page)).toContainText('Recorded');
  // What an address can't mean is said, and the figure's own stays.
  await open(page, '8.1.with=f-3_c-4');
  await expect(figure(page).locator('.notice')).toContainText('8.1.with');
});

test('a run from nothing learns, pauses, goes on after a reload, draws, and is kept or deleted', async ({
  page,
}) => {
  test.slow();
  await open(page, TINY);
  await button(page, 'Start training').focus();
  await page.keyboard.press('Enter');
  await expect(said(page)).toContainText(/Phase one, step \d+ of 24/, PATIENT);
  await expect(said(page)).toContainText('on wasm');
  await button(page, 'Pause').click();
  await expect(said(page)).toContainText('Paused: phase one', PATIENT);
  await expect(said(page)).toContainText('saved at step');
  const standing = /step (\d+) of 24/.exec(await said(page).innerText())![1]!;

  // Closing the tab loses nothing: the figure offers the run.
  await page.goto('embed/8-1/');
  await button(page, `Go on from step ${standing}`).click();
  await expect(said(page)).toContainText(/Phase two, step \d+ of 16/, PATIENT);
  await button(page, 'Pause').click();
  await expect(said(page)).toContainText('Paused: phase two', PATIENT);
  const paused = Number(/step (\d+) of 16/.exec(await said(page).innerText())![1]);

  // One step, seen in its six moves.
  await button(page, 'One step').click();
  await expect(said(page)).toContainText(`One step done: phase two, step ${paused + 1} of 16`, PATIENT);
  const sum = figure(page).getByTestId('move-sum').locator('[data-value]');
  const [signal, x0, sigma, noise, xt] = await Promise.all([0, 1, 2, 3, 4].map((i) => value(sum.nth(i))));
  expect(signal! * x0! + sigma! * noise!).toBeCloseTo(xt!, 4);
  await expect(figure(page).getByRole('region', { name: 'One step in six moves' })).toContainText(
    `step ${paused + 1}`,
  );

  await button(page, 'Go on').click();
  await expect(said(page)).toContainText('Done: phase two, step 16 of 16', PATIENT);
  const curve = await losses(page, 'Phase one');
  expect(curve).toHaveLength(24);
  expect(mean(curve.slice(-6))).toBeLessThan(0.8 * mean(curve.slice(0, 4)));
  expect(await losses(page, 'Phase two')).toHaveLength(16);

  // Look back: the reconstructions of an earlier moment.
  const now = await pixels(outputs(page).first());
  await timeLine(page).focus();
  await page.keyboard.press('Home');
  expect(await pixels(outputs(page).first())).not.toEqual(now);
  await page.keyboard.press('End');
  expect(await pixels(outputs(page).first())).toEqual(now);

  // Draw with it: the same seed, the same pictures; another, others.
  const drawn = figure(page).getByTestId('drawn').locator('canvas').first();
  await button(page, 'Draw').click();
  await expect(
    figure(page)
      .getByText(/^Drawn with the weights of step 16, seed 1/)
      .first(),
  ).toBeVisible(PATIENT);
  const one = await pixels(drawn);
  await figure(page).getByRole('spinbutton', { name: 'Seed', exact: true }).last().fill('2');
  await button(page, 'Draw').click();
  await expect(
    figure(page)
      .getByText(/seed 2\.$/)
      .first(),
  ).toBeVisible(PATIENT);
  expect(await pixels(drawn)).not.toEqual(one);

  // Rename, then delete with a second thought.
  await button(page, 'Rename Faces 1').click();
  await figure(page).getByRole('textbox', { name: 'Name of the run' }).fill('My first');
  await page.keyboard.press('Enter');
  await expect(button(page, 'Delete My first')).toBeVisible();
  await button(page, 'Delete My first').click();
  await button(page, 'Keep it').click();
  await button(page, 'Delete My first').click();
  await expect(button(page, 'Delete for good')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(button(page, 'Delete My first')).toBeHidden();
  await expect(said(page)).toContainText('Recorded');
  await page.reload();
  await expect(figure(page)).toBeVisible();
  await expect(button(page, /^Go on from/)).toBeHidden();
});

test('measured before it starts; in slow motion; and two runs of digits compared', async ({ page }) => {
  test.slow();
  const digits = `8.1.data=digits&${TINY}`;
  await open(page, digits);
  await button(page, 'Measure on this machine').click();
  await expect(figure(page).getByTestId('time')).toHaveText(/^about \d+\ss$/, PATIENT);
  await button(page, 'Slow motion').click();
  await expect(said(page)).toContainText('slow motion', PATIENT);
  await button(page, 'Pause').click();
  await expect(said(page)).toContainText('Paused: phase one', PATIENT);
  await button(page, 'Go on').click();
  await expect(said(page)).toContainText('Done: phase two, step 16 of 16', PATIENT);

  await open(page, `${digits}_seed-2`);
  await button(page, 'Start training').click();
  await expect(said(page)).toContainText('Done: phase two, step 16 of 16', PATIENT);
  await button(page, 'Compare with Digits 1').click();
  const compared = figure(page).getByRole('region', { name: 'Compare' });
  await expect(compared.getByRole('row', { name: 'Seed 2 1' })).toBeVisible();
  await expect(compared.getByRole('img', { name: 'Samples of Digits 1' })).toBeVisible();
  const [one, other] = await Promise.all(
    ['Digits 2', 'Digits 1'].map((name) =>
      pixels(
        compared
          .getByRole('img', { name: `Samples of ${name}` })
          .locator('canvas')
          .first(),
      ),
    ),
  );
  expect(one).not.toEqual(other);
  await button(page, 'Put it away').click();
  await expect(compared).toBeHidden();
});
