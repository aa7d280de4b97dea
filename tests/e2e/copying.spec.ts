// Copy buttons where browsers offer no clipboard (plain http, some frames): they copy, or say "select and copy".
import { expect, test, type Page } from '@playwright/test';

/** As on plain http under another name than localhost; `older`: whether the older way works. */
const plainHttp = async (page: Page, older: boolean): Promise<void> => {
  await page.addInitScript((works) => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
    const execCommand = (): boolean => {
      const { activeElement } = document;
      Object.assign(window, { copied: activeElement instanceof HTMLTextAreaElement && activeElement.value });
      return works;
    };
    Object.assign(document, { execCommand });
  }, older);
};
const copied = (page: Page): Promise<string> =>
  page.evaluate(() => (window as unknown as { copied: string }).copied);

test('lines and links are copied without navigator.clipboard', async ({ page }) => {
  await plainHttp(page, true);
  await page.goto('train/accelerate/');
  const button = page.locator('button[data-copy="install-lines"]');
  await button.click();
  await expect(button).toHaveText('Copied');
  expect(await copied(page)).toBe(await page.locator('#install-lines').textContent());
  await expect(button).toBeFocused();
  await page.goto('embed/1-1/');
  await page.locator('[data-ready]').getByRole('button', { name: 'Copy link' }).click();
  await expect(page.getByText('Link copied.')).toBeVisible();
  expect(await copied(page)).toContain('/embed/1-1/');
});

test('where nothing copies, the text is selected or shown, and the reader told', async ({ page }) => {
  await plainHttp(page, false);
  await page.goto('teach/');
  const button = page.locator('button[data-copy="embed-snippet"]');
  await button.click();
  await expect(button).toHaveText('Select and copy');
  const selected = await page.evaluate(() => document.getSelection()?.toString().trim());
  expect(selected).toBe((await page.locator('#embed-snippet').textContent())?.trim());
  await page.goto('embed/1-1/');
  await page.locator('[data-ready]').getByRole('button', { name: 'Copy link' }).click();
  await expect(page.getByText(/Select and copy: http.*\/embed\/1-1\//)).toBeVisible();
});
