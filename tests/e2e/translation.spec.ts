// A page that a translator has gone over: live numbers, values and states still move.
import type { Page } from '@playwright/test';
import { expect, Figure, PATIENCE, test } from './lib/site.ts';

interface Translator {
  /** Whether it leaves alone what says `translate="no"`. */
  readonly obeys: boolean;
  /** How it swaps: at once, or its own element first and the text out afterwards. */
  readonly swaps: 'replace' | 'insert-remove';
}

/** Puts two `<font>` elements in place of each text node, as translators do; the words stay, so that they can be read here. */
const translate = (page: Page, translator: Translator): Promise<number> =>
  page.evaluate(({ obeys, swaps }) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts: Text[] = [];
    while (walker.nextNode()) texts.push(walker.currentNode as Text);
    const left = `script, style, textarea, svg, math${obeys ? ', [translate=no]' : ''}`;
    const taken = texts.filter(
      (text) => text.data.trim() !== '' && text.parentElement?.closest(left) === null,
    );
    for (const text of taken) {
      const [outer, inner] = [
        document.createElementNS('http://www.w3.org/1999/xhtml', 'font'),
        document.createElementNS('http://www.w3.org/1999/xhtml', 'font'),
      ];
      outer.append(inner);
      inner.textContent = text.data;
      if (swaps === 'replace') text.replaceWith(outer);
      else {
        text.before(outer);
        text.remove();
      }
    }
    return taken.length;
  }, translator);

const translators: readonly Translator[] = [
  { obeys: true, swaps: 'replace' },
  { obeys: false, swaps: 'replace' },
  { obeys: false, swaps: 'insert-remove' },
];

for (const translator of translators) {
  const name = `${translator.obeys ? 'obeys' : 'ignores'} translate="no", ${translator.swaps}`;

  test(`figure 0.1 under a translator that ${name}: guidance, status and scrubber move`, async ({ page }) => {
    test.setTimeout(3 * PATIENCE);
    const figure = new Figure(page);
    await figure.open('?steps=4');
    expect(await translate(page, translator)).toBeGreaterThan(50);
    const guidance = page.locator('.slider').filter({ hasText: 'Guidance' }).locator('.value');
    const before = await figure.status.textContent();
    await figure.guidance.fill('5');
    await expect(guidance).toHaveText('5.0');
    await figure.generate.click();
    await expect(figure.status).not.toHaveText(before ?? '');
    await expect(figure.status).toHaveText(/^Done in [^]*\ss on [^]*$/, { timeout: PATIENCE });
    await expect(page.getByText('live', { exact: true })).toBeVisible();
    await expect(page.getByText('recorded', { exact: true })).toHaveCount(0);
    await translate(page, translator);
    await figure.scrubber.fill('0');
    const said = await figure.scrubber.getAttribute('aria-valuetext');
    await expect(page.locator('.scrubber')).toContainText(said ?? 'nothing');
  });

  test(`a chapter under a translator that ${name}: live numbers, values and badges move`, async ({
    page,
  }) => {
    await page.goto('noise/');
    const figure = page.locator('#fig-1-1[data-ready]');
    await figure.scrollIntoViewIfNeeded();
    await expect(figure).toBeVisible();
    await translate(page, translator);
    const slider = figure.getByRole('slider', { name: 'Timestep t' });
    for (const t of ['720', '31']) {
      await slider.fill(t);
      await expect(page.locator('main [data-live="1.1.t"]:not(math *)').first()).toHaveText(t);
      await expect(figure.locator('.badge')).toHaveText('live');
      await expect(figure.locator('.sum sub')).toHaveText(t);
      await translate(page, translator);
    }
    await figure.getByRole('button', { name: 'Reset' }).click();
    await expect(figure.locator('.badge')).toHaveText('recorded');
  });
}

test('a figure that starts after the translator has been there says everything once', async ({ page }) => {
  let start: () => void = () => undefined;
  const translated = new Promise<void>((resolve) => (start = resolve));
  await page.route(/\/View\.[^/]*\.js$/, async (route) => {
    await translated;
    await route.continue();
  });
  await page.goto('embed/1-1/', { waitUntil: 'commit' });
  const figure = page.locator('#fig-1-1');
  await expect(figure.locator('.badge')).toHaveText('recorded');
  await page.waitForLoadState('domcontentloaded');
  expect(await figure.getAttribute('data-ready')).toBeNull();
  await translate(page, translators[1]!);
  start();
  await expect(page.locator('#fig-1-1[data-ready]')).toBeVisible();
  await figure.getByRole('slider', { name: 'Timestep t' }).fill('720');
  await expect(figure.locator('.sum sub')).toHaveText('720');
  await expect(figure.locator('.slider .value').first()).toHaveText(/^\D*720\D*$/);
  await expect(figure.locator('.badge')).toHaveText('live');
});

test('texts that a figure takes away go, with their translation; a translator can give the page back', async ({
  page,
}) => {
  await page.goto('embed/1-1/?t=0');
  const figure = page.locator('#fig-1-1[data-ready]');
  await expect(figure).toBeVisible();
  await page.evaluate(() => {
    const place = document.createElement('p');
    place.id = 'place';
    place.append('one', document.createElement('b'), 'two');
    document.body.append(place);
    const [one, two] = [place.firstChild as Text, place.lastChild as Text];
    Object.assign(window, { one, two });
    for (const text of [one, two]) {
      const font = document.createElementNS('http://www.w3.org/1999/xhtml', 'font');
      font.textContent = text.data.toUpperCase();
      text.replaceWith(font);
    }
  });
  const place = page.locator('#place');
  await expect(place).toHaveText('ONETWO');
  await page.evaluate(() => {
    (window as unknown as { one: Text }).one.remove();
  });
  await expect(place).toHaveText('TWO');
  await page.evaluate(() => {
    const { two } = window as unknown as { two: Text };
    document.querySelector('#place font')?.replaceWith(two);
  });
  await expect(place).toHaveText('two');
  await page.evaluate(() => {
    (window as unknown as { two: Text }).two.data = '';
  });
  await expect(place).toHaveText('');
});
