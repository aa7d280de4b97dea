// Misspelled words: named when the reader rests, corrected by a click or a key, and nothing below moves.
import { expect, Figure, PATIENCE, test } from './lib/site.ts';

test('a misspelled word is named when the reader rests, and corrected by a click or a key', async ({
  page,
}) => {
  const figure = new Figure(page);
  await figure.open('?steps=4');
  await figure.prompt.fill('grean hair and a hta');
  await expect(page.getByText(/The model has not seen:/)).toContainText('grean');
  const green = page.getByRole('button', { name: 'green, in place of grean' });
  await green.click();
  await expect(figure.prompt).toHaveValue('green hair and a hta');
  await expect(figure.prompt).toBeFocused();
  await expect(green).toHaveCount(0);

  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  const hat = page.getByRole('button', { name: 'hat, in place of hta' });
  for (let i = 0; i < 3 && !(await hat.evaluate((each) => each === document.activeElement)); i++)
    await page.keyboard.press('Tab');
  await expect(hat).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(figure.prompt).toHaveValue('green hair and a hat');
  await expect(figure.prompt).toBeFocused();
  await expect(page.getByText(/The model has not seen:/)).toHaveCount(0);
  await expect(page.locator('#fig-0-1 .whose .of')).toHaveText(/“green hair and a hat”/, {
    timeout: PATIENCE,
  });
  await expect(page).toHaveURL(/prompt=green\+hair\+and\+a\+hat/);
});

test('words that the model has not seen stay on the page, however many and long', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const figure = new Figure(page);
  await figure.open('?typing=0');
  for (const prompt of [
    'an elderly gentleman wearing monocles, bowties, waistcoats, cravats, trousers, slippers and umbrellas',
    'a'.repeat(300),
  ]) {
    await figure.prompt.fill(prompt);
    await expect(page.getByText(/The model has not seen:/)).toContainText(prompt.split(' ').pop()!);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  }
  await figure.prompt.fill('a bowtie, a cravat');
  await expect(page.getByText(/The model has not seen:/)).toHaveText(
    'The model has not seen: bowtie, cravat',
  );
});

test('nothing below moves while words are checked and corrected, at 390 pixels', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const figure = new Figure(page);
  await figure.open('?typing=0');
  const top = async (): Promise<number> => (await figure.status.boundingBox())!.y;
  await figure.prompt.fill('a hat');
  const before = await top();
  await figure.prompt.fill('a haat');
  const button = page.getByRole('button', { name: 'hat, in place of haat' });
  await expect(button).toBeInViewport();
  const box = (await button.boundingBox())!;
  expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(44);
  expect(await top()).toBe(before);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});
