// What holds for every page: axe, keyboard, quiet, small before it is touched, still while it loads, fits, prints.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { dist, isEmbedded, pages } from './lib/pages.ts';
import { expect, test } from './lib/site.ts';

/** Script that a page may ask for before anything is touched, gzipped, in bytes. */
const MOST_SCRIPT = 150_000;
/** Share of the window that may move by itself: a centred word that changes counts, with some millionths. */
const MOST_SHIFT = 0.002;
const WIDTHS = [320, 390, 600, 820, 1024, 1200, 1440];

const fileOf = (path: string): string =>
  path.endsWith('.html') ? path : `${path.replace(/^\.\//, '')}index.html`;

/** What depends on the colours and on the width: the other rules need to be asked only once. */
const BY_VIEW = ['color-contrast', 'target-size', 'scrollable-region-focusable', 'link-in-text-block'];

/** What a page owes besides its figure. */
const OF_PAGES = [
  ...['document-title', 'html-has-lang', 'meta-viewport', 'landmark-one-main', 'region', 'bypass'],
  ...['page-has-heading-one', 'heading-order', 'duplicate-id-aria', 'color-contrast', 'target-size'],
];

/** The axe rules that a page breaks, each with the element; a figure in a frame has a page of its own. */
async function violations(page: Page, rules: readonly string[] = []): Promise<string[]> {
  const axe = new AxeBuilder({ page }).exclude('iframe');
  const { violations: found } = await (
    rules.length > 0
      ? axe.withRules([...rules])
      : axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
  ).analyze();
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary = '' }) => `${id}: ${help}: ${target.join(' ')}: ${failureSummary}`),
  );
}

/** Watches what a page asks for and what moves by itself; call it before the page is opened. */
async function watch(page: Page): Promise<{ scripts: () => Promise<number>; paths: string[] }> {
  const pending: Promise<number>[] = [];
  const paths: string[] = [];
  page.on('request', (request) => paths.push(new URL(request.url()).pathname));
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'script') return;
    pending.push(response.body().then((body) => gzipSync(body).length));
  });
  await page.addInitScript(() => {
    const shifts: string[] = [];
    Object.assign(window, { shifts, shifted: 0 });
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} stopped ${event.blockedURI}`);
    });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
        sources: { node?: Node }[];
      })[]) {
        if (entry.hadRecentInput) continue;
        const page = window as unknown as { shifted: number };
        page.shifted += entry.value;
        shifts.push(
          `${entry.value.toFixed(5)} ${entry.sources
            .map(({ node }) => (node instanceof Element ? node.outerHTML.slice(0, 100) : node?.nodeName))
            .join(' | ')}`,
        );
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  return { scripts: async () => (await Promise.all(pending)).reduce((sum, bytes) => sum + bytes, 0), paths };
}

/** Scrolls to the end, so that figures further down come alive, and tells what moved by itself since the page was opened. */
async function scrollThrough(page: Page): Promise<{ sum: number; what: string[] }> {
  const height = await page.evaluate(() => document.body.scrollHeight);
  for (let y = 0; y < height; y += 600) {
    await page.evaluate((to) => scrollTo({ top: to, behavior: 'instant' }), y);
    await page.waitForTimeout(60);
  }
  await page.waitForTimeout(200);
  return page.evaluate(() => {
    const { shifted, shifts } = window as unknown as { shifted: number; shifts: string[] };
    return { sum: shifted, what: shifts };
  });
}

test('the list of pages has what the notebook is made of', () => {
  for (const path of [
    './',
    'noise/',
    'compression/',
    'model/',
    'glossary/',
    'references/',
    'how/',
    'library/',
    'teach/',
    '404.html',
  ]) {
    expect(pages).toContain(path);
  }
  const figures = pages.filter(isEmbedded);
  expect(figures).toContain('embed/0-1/');
  // Each figure of a page has a page of its own.
  const placed = pages
    .filter((path) => !isEmbedded(path))
    .flatMap((path) => [...readFileSync(join(dist, fileOf(path)), 'utf8').matchAll(/id="fig-(\d+-\d+)"/g)])
    .map((match) => `embed/${match[1] ?? ''}/`);
  expect([...figures].sort()).toEqual([...placed].sort());
});

for (const path of pages) {
  test(`${path}: quiet, small, still, and wide enough for any window`, async ({ page }) => {
    const { scripts, paths } = await watch(page);
    await page.setViewportSize({ width: isEmbedded(path) ? 820 : 1280, height: 900 });
    const response = await page.goto(path);
    expect(response?.status()).toBe(200);
    await page.waitForLoadState('networkidle');
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);

    let moved = await scrollThrough(page);

    const inline = await page.evaluate(() =>
      [...document.scripts].filter(({ src }) => src === '').map(({ textContent }) => textContent),
    );
    const bytes = (await scripts()) + gzipSync(inline.join('')).length;
    test.info().annotations.push({ type: 'script', description: `${path} ${(bytes / 1000).toFixed(1)} kB` });
    // The page for teachers shows a figure in a frame: its own script and the figure's.
    expect(bytes).toBeLessThan(path === 'teach/' ? 2 * MOST_SCRIPT : MOST_SCRIPT);
    expect(paths.filter((asked) => /\/weights\/.*safetensors|\.wasm$|\/_worker\//.test(asked))).toEqual([]);

    // On a busy machine a typeface may come a moment after the first paint, once; what moves every time is a fault.
    if (moved.sum >= MOST_SHIFT) {
      await page.reload({ waitUntil: 'networkidle' });
      moved = await scrollThrough(page);
    }
    expect(moved.sum, moved.what.join('\n')).toBeLessThan(MOST_SHIFT);

    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      const scroll = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(scroll, `scroll width at ${String(width)}`).toBeLessThanOrEqual(width);
    }

    await page.setViewportSize({ width: 390, height: 844 });
    const small = await page
      .locator('button, select, textarea, summary, input:not([type=checkbox], [type=radio], [type=file])')
      .evaluateAll((elements) =>
        elements
          .filter((element) => element.checkVisibility({ visibilityProperty: true }))
          .filter((element) => element.getBoundingClientRect().height < 43.5)
          .map((element) => `${element.outerHTML.slice(0, 100)} ${String(element.clientHeight)}`),
      );
    expect(small, 'lower than a thumb').toEqual([]);

    await page.emulateMedia({ reducedMotion: 'reduce' });
    const longest = await page.evaluate(() =>
      Math.max(
        ...[...document.querySelectorAll('*')].flatMap((element) => {
          const { transitionDuration, animationDuration } = getComputedStyle(element);
          return [transitionDuration, animationDuration].flatMap((list) => list.split(', ')).map(parseFloat);
        }),
      ),
    );
    expect(longest, 'seconds of motion where none is wanted').toBe(0);

    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await page.setViewportSize({ width: 660, height: 900 });
    const paper = await page.evaluate(() => ({
      scroll: document.documentElement.scrollWidth,
      pressed: [
        ...document.querySelectorAll('.quiet-button, input, textarea, .site-header, .contents'),
      ].filter((element) => element.checkVisibility()).length,
      ink: getComputedStyle(document.body).color,
    }));
    expect(paper.scroll).toBeLessThanOrEqual(660);
    expect(paper.pressed, 'controls on paper').toBe(0);
    expect(paper.ink, 'dark ink on paper, whatever the theme').toMatch(/rgb\((\d|[1-4]\d), /);
  });
}

for (const path of pages) {
  test(`${path}: axe finds nothing, light and dark, narrow and wide`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await page.setViewportSize({ width: 390, height: 900 });
    await page.goto(path);
    await page.waitForLoadState('networkidle');
    // A figure alone is what it is on its page: here it is the page around it that is looked at.
    expect(await violations(page, isEmbedded(path) ? OF_PAGES : []), 'light, 390 pixels').toEqual([]);
    if (isEmbedded(path)) return;
    for (const { colorScheme, width } of [
      { colorScheme: 'dark', width: 390 },
      { colorScheme: 'dark', width: 1280 },
      { colorScheme: 'light', width: 1280 },
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect(await violations(page, BY_VIEW), `${colorScheme}, ${String(width)} pixels`).toEqual([]);
    }
  });
}

for (const path of pages.filter((candidate) => !isEmbedded(candidate))) {
  test(`${path}: the Tab key reaches everything that can be pressed, and leaves it again`, async ({
    page,
  }) => {
    await page.goto(path);
    await page.waitForLoadState('networkidle');
    await page.evaluate(() => {
      document.querySelectorAll('iframe').forEach((frame) => frame.remove());
      const wanted = [
        ...document.querySelectorAll<HTMLElement>(
          'a[href], button, input, select, textarea, summary, [tabindex]',
        ),
      ]
        .filter((element) => element.tabIndex >= 0 && !element.matches(':disabled'))
        .filter((element) => element.checkVisibility({ visibilityProperty: true }))
        // Of a group of radio buttons Tab reaches the chosen one, the arrows reach the others.
        .filter((element) => !element.matches('input[type=radio]'));
      wanted.forEach((element, index) => (element.dataset['wanted'] = String(index)));
      const reached = new Set<string>();
      const hidden: string[] = [];
      document.addEventListener('focusin', ({ target }) => {
        if (!(target instanceof HTMLElement)) return;
        if (target.dataset['wanted'] !== undefined) reached.add(target.dataset['wanted']);
        const { width, height } = target.getBoundingClientRect();
        if (width < 1 || height < 1) hidden.push(target.outerHTML.slice(0, 120));
      });
      Object.assign(window, { reached, hidden, wanted });
    });
    const state = () =>
      page.evaluate(() => {
        const seen = window as unknown as { reached: Set<string>; hidden: string[]; wanted: HTMLElement[] };
        return {
          missed: seen.wanted
            .filter((element) => element.isConnected && !seen.reached.has(element.dataset['wanted'] ?? ''))
            .map((element) => element.outerHTML.slice(0, 120)),
          hidden: seen.hidden,
          count: seen.wanted.length,
        };
      });
    const { count } = await state();
    expect(count).toBeGreaterThan(3);
    for (let i = 0; i < count + 120; i++) {
      await page.keyboard.press('Tab');
      if (i >= count && i % 10 === 0 && (await state()).missed.length === 0) break;
    }
    const { missed, hidden } = await state();
    expect(missed).toEqual([]);
    expect(hidden, 'focused, but not to be seen').toEqual([]);
  });
}

test('no link of the site leads nowhere, and no part of a page that it names is missing', () => {
  const html = new Map(pages.map((path) => [fileOf(path), readFileSync(join(dist, fileOf(path)), 'utf8')]));
  const broken: string[] = [];
  let count = 0;
  for (const [file, text] of html) {
    const here = new URL(file.replace(/(^|\/)index\.html$/, '$1'), 'http://site/');
    for (const [, , address = ''] of text.matchAll(/\s(href|src)="([^"]*)"/g)) {
      const url = new URL(address.replaceAll('&amp;', '&').replaceAll('&#38;', '&'), here);
      if (url.host !== 'site') continue;
      count++;
      const path = decodeURIComponent(url.pathname.slice(1));
      const target = path === '' || path.endsWith('/') ? `${path}index.html` : path;
      if (!existsSync(join(dist, target))) broken.push(`${file}: ${address}`);
      const id = decodeURIComponent(url.hash.slice(1));
      if (id !== '' && html.has(target) && !html.get(target)?.includes(`id="${id}"`)) {
        broken.push(`${file}: ${address} (no such part)`);
      }
    }
  }
  expect(count).toBeGreaterThan(500);
  expect(broken).toEqual([]);
});

test('without scripts every figure of every page shows its recorded result', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, ...(baseURL && { baseURL }) });
  const page = await context.newPage();
  for (const path of ['./', 'noise/', 'compression/']) {
    await page.goto(path);
    const figures = page.locator('figure.cell');
    const count = await figures.count();
    expect(count, path).toBeGreaterThan(0);
    for (let i = 0; i < count; i++) {
      const figure = figures.nth(i);
      await figure.scrollIntoViewIfNeeded();
      const drawn = figure.locator('.body').locator('img, svg');
      const sizes = await drawn.evaluateAll((elements) =>
        elements.map((element) => {
          const { width, height } = element.getBoundingClientRect();
          return width * height;
        }),
      );
      expect(Math.max(0, ...sizes), `${path} ${(await figure.getAttribute('id')) ?? ''}`).toBeGreaterThan(
        2000,
      );
    }
  }
  await context.close();
});

test('the contents are a drawer on a phone: it opens, closes with Escape, and closes behind a link', async ({
  page,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('compression/');
  const button = page.getByRole('button', { name: 'Contents' });
  const drawer = page.getByRole('navigation', { name: 'Contents' });
  await expect(drawer).toBeHidden();
  await button.focus();
  await page.keyboard.press('Enter');
  await expect(drawer).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(drawer).toBeHidden();
  await expect(button).toBeFocused();
  await button.click();
  const section = drawer.getByRole('link', { name: 'Learning what to keep' });
  await section.click();
  await expect(drawer).toBeHidden();
  await expect(page).toHaveURL(/#learning-what-to-keep$/);
  await expect(page.getByRole('heading', { name: 'Learning what to keep' })).toBeInViewport();
});

test('the gallery of the kit is for those who build figures: the site has none', () => {
  expect(pages.length).toBeGreaterThan(20);
  expect(pages.filter((path) => path.includes('gallery'))).toEqual([]);
  expect(existsSync(join(dist, 'gallery'))).toBe(false);
});

test('a chart stands in the page, and answers to the arrow keys once Plot has come', async ({ page }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto('compression/');
  const chart = page.locator('#fig-4-1').getByRole('slider', { name: /Arrow keys read the values/ });
  await chart.scrollIntoViewIfNeeded();
  await expect(chart.locator('svg path').first()).toBeAttached();
  await page.waitForLoadState('networkidle');
  expect(asked.filter((path) => path.includes('chartDraw'))).toEqual([]);
  await expect(page.locator('#fig-4-1[data-ready]')).toBeAttached();
  await chart.press('ArrowRight');
  await chart.press('Home');
  await expect(chart).toHaveAttribute('aria-valuenow', '0');
  await chart.press('ArrowRight');
  await expect(chart).toHaveAttribute('aria-valuenow', '1');
  const first = await chart.getAttribute('aria-valuetext');
  await chart.press('End');
  expect(await chart.getAttribute('aria-valuetext')).not.toBe(first);
  await expect.poll(() => asked.filter((path) => path.includes('chartDraw')).length).toBe(1);
  await expect(chart.locator('.still')).toHaveCount(0);
  await expect(chart.locator('.tip')).toBeVisible();
  // What the eye gets, the table has too.
  const rows = page.locator('#fig-4-1').getByRole('table').first().getByRole('row');
  expect(await rows.count()).toBeGreaterThan(5);
});

test('a live formula has the same numbers for eyes and for screen readers', async ({ page }) => {
  await page.goto('noise/');
  const numbers = () =>
    page.locator('.formula [data-live]').evaluateAll((elements) =>
      elements.map((element) => ({
        name: element.getAttribute('data-live') ?? '',
        read: element.closest('math') !== null,
        text: element.textContent,
      })),
    );
  const before = await numbers();
  expect(before.some(({ read }) => read)).toBe(true);
  await page.locator('#fig-1-1').scrollIntoViewIfNeeded();
  await page.locator('#fig-1-1[data-ready]').waitFor();
  const slider = page.locator('#fig-1-1').getByRole('slider', { name: /^Timestep/ });
  await slider.focus();
  await slider.press('End');
  await expect.poll(async () => (await numbers())[0]?.text).not.toBe(before[0]?.text);
  const after = await numbers();
  for (const { name, text } of after.filter(({ read }) => read)) {
    const seen = after.filter((number) => number.name === name && !number.read);
    expect(seen.map((number) => number.text)).toEqual(seen.map(() => text));
  }
});

test('the page for teachers frames the figure that is chosen, as tall as it is', async ({ page }) => {
  await page.goto('teach/');
  const frame = page.locator('iframe');
  await page.getByRole('combobox', { name: 'Figure' }).selectOption('0-1');
  await page.getByRole('checkbox', { name: 'caption' }).check();
  await expect(frame).toHaveAttribute('src', /\/embed\/0-1\/\?hide=caption$/);
  const inside = page.frameLocator('iframe');
  await expect(inside.getByRole('button', { name: 'Generate' })).toBeVisible();
  await expect(inside.locator('figcaption .caption')).toBeHidden();
  await expect(page.locator('#embed-snippet')).toContainText('/embed/0-1/?hide=caption"');
  await expect
    .poll(async () => {
      const body = await inside.locator('body').evaluate((element) => element.scrollHeight);
      return Math.abs(body - ((await frame.boundingBox())?.height ?? 0));
    })
    .toBeLessThan(4);
});
