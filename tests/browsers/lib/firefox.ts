// Firefox without a window, with a fresh profile, over WebDriver BiDi.
import puppeteer from 'puppeteer-core';
import type { FirefoxPrograms } from '../../../tools/lib/otherBrowsers.ts';
import type { BrowserPage } from './browserPage.ts';

export async function openFirefox({ firefox }: FirefoxPrograms): Promise<BrowserPage> {
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath: firefox, headless: true });
  const page = await browser.newPage();
  page.on('dialog', (dialog) => void dialog.accept());
  await page.setViewport({ width: 1280, height: 900 });
  return {
    goto: async (url) => {
      await page.goto(url);
    },
    evaluate: (expression) => page.evaluate(expression),
    close: () => browser.close(),
  };
}
