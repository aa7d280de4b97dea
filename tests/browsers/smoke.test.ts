// The built site in Firefox and WebKit: the first figure draws, a figure answers, the lab trains and is there after a reload.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFirefox, findOrInstall, findWebkit } from '../../tools/lib/otherBrowsers.ts';
import { createSiteServer, listen } from '../../tools/site/server.ts';
import type { BrowserPage } from './lib/browserPage.ts';
import { openFirefox } from './lib/firefox.ts';
import { openWebkit } from './lib/webkit.ts';

const dist = join(import.meta.dirname, '../../dist');
/** A run of some seconds: the smallest networks, few steps. */
const TINY = '8.1.with=n-64_aw-8_w-16_as-24_s-16_ab-4_b-8_alr-0.005_lr-0.003';
const PATIENCE_MS = 50_000;

let server: Server | undefined;
let site = '';

beforeAll(async () => {
  if (!existsSync(join(dist, 'index.html'))) {
    throw new Error(
      'Expected the built site in dist/. Run "npm run build", or this stage by "npm test -- browsers".',
    );
  }
  const made = createSiteServer(dist);
  server = made.server;
  site = `http://127.0.0.1:${await listen(server, { host: '127.0.0.1', port: 4471 })}${made.base}`;
});

afterAll(() => {
  server?.close();
  server?.closeAllConnections();
});

interface Kind {
  readonly name: string;
  readonly open: () => Promise<BrowserPage> | undefined;
}

const log = (line: string): void => console.log(line);
const kinds: readonly Kind[] = [
  {
    name: 'Firefox',
    open: () => {
      const programs = findOrInstall('firefox', findFirefox, log);
      return programs && openFirefox(programs);
    },
  },
  {
    name: 'WebKit',
    open: () => {
      const programs = findOrInstall('webkit', findWebkit, log);
      return programs && openWebkit(programs);
    },
  },
];

const textOf = (selector: string): string =>
  `[...document.querySelectorAll(${JSON.stringify(selector)})].map((e) => e.textContent).join(' | ')`;

/** Waits until the text at `selector` is as expected. */
async function says(page: BrowserPage, selector: string, expected: RegExp): Promise<string> {
  let text = '';
  const latest = performance.now() + PATIENCE_MS;
  while (performance.now() < latest) {
    text = String(await page.evaluate(textOf(selector)));
    if (expected.test(text)) return text;
    await new Promise((wake) => setTimeout(wake, 150));
  }
  throw new Error(`Expected ${String(expected)} at ${selector}, it says ${JSON.stringify(text)}.`);
}

/** Clicks the button of that name as soon as it is there and may be used. */
async function click(page: BrowserPage, name: RegExp): Promise<void> {
  const button = `[...document.querySelectorAll('[data-ready] button')].find((b) =>
    ${String(name)}.test((b.getAttribute('aria-label') ?? b.textContent).trim()) && !b.disabled)`;
  await expect
    .poll(() => page.evaluate(`((b) => b ? (b.click(), true) : false)(${button})`), { timeout: PATIENCE_MS })
    .toBe(true);
}

describe.each(kinds)('$name', ({ name, open }) => {
  let page: BrowserPage | undefined;

  beforeAll(async () => {
    page = await open();
    if (page === undefined) console.log(`No ${name} here, and none could be installed: it was not tried.`);
  });
  afterAll(() => page?.close());

  /** The browser; where there is none, that is a failure only where everything is expected to be there. */
  function browser(): BrowserPage | undefined {
    if (page === undefined && process.env['CI'] !== undefined) {
      throw new Error(
        `Expected ${name}, found none. Install it (Debian: firefox-esr; webkit2gtk-driver, xvfb).`,
      );
    }
    return page;
  }

  test('the first figure draws', async () => {
    const here = browser();
    if (here === undefined) return;
    await here.goto(site);
    await click(here, /^Generate/);
    await says(here, '[role=status]', /Done in [\d.]+\sm?s on (wasm|webgl|webgpu)/);
  });

  test('figure 4.3 answers', async () => {
    const here = browser();
    if (here === undefined) return;
    await here.goto(`${site}embed/4-3/?4.3.picture=new&4.3.seed=77`);
    await says(here, '#fig-4-3[data-ready] .state [role=status]', /[\d.]+\sm?s on (wasm|webgl|webgpu)/);
    expect(
      Number(await here.evaluate(`document.querySelector('[data-testid=psnr]').dataset.value`)),
    ).toBeGreaterThan(20);
  });

  test('the lab trains ten steps, and they are there after a reload', async () => {
    const here = browser();
    if (here === undefined) return;
    const said = '#fig-8-1 .transport .said p';
    await here.goto(`${site}embed/8-1/?${TINY}`);
    await click(here, /^Start training$/);
    await says(here, said, /Phase one, step (1\d|2\d) of 24|[Pp]hase two/);
    await click(here, /^Pause$/);
    await says(here, said, /(Paused|Done): .*saved at step/);
    await here.goto(`${site}embed/8-1/`);
    await says(here, '#fig-8-1[data-ready] button', /Go on from step \d+|Rename Faces 1/);
  });
});
