// Trains a run in headless Chromium by the lab's own buttons, from nothing to a zip, and measures what a reader would feel.
import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright';
import { launchArgs, requireBrowser, webgpuArgs } from './lib/browser.ts';
import { createSiteServer, listen } from './site/server.ts';

const { values } = parseArgs({
  options: {
    /** The built site. */
    dist: { type: 'string', default: join(import.meta.dirname, '../dist') },
    preset: { type: 'string', default: 'five' },
    data: { type: 'string', default: 'faces' },
    /** Other choices, as in the figure's address. */
    with: { type: 'string' },
    backend: { type: 'string', default: 'wasm' },
    /** The zip goes here. */
    out: { type: 'string', default: 'run.zip' },
    minutes: { type: 'string', default: '30' },
  },
});

const LONG_TASK_MS = 50;

interface Watched {
  readonly longTasks: number[];
  readonly started: number;
}
declare global {
  interface Window {
    watched: Watched;
  }
  interface Performance {
    /** Page and workers after a garbage collection, WebAssembly memory included; only in isolated pages. */
    measureUserAgentSpecificMemory(): Promise<{ bytes: number }>;
  }
}

/** The sentence below the buttons. */
const said = (page: Page): Promise<string> => page.locator('#fig-8-1 .said p').first().innerText();

async function train(page: Page): Promise<Record<string, unknown>> {
  const button = page.locator('#fig-8-1 .transport .buttons .main');
  const begun = performance.now();
  await button.click();
  await page.waitForFunction(() => document.querySelector('#fig-8-1 .transport .said.busy') !== null);
  const memory: { line: string; megabytes: number }[] = [];
  let secondPhase: number | undefined;
  let line = '';
  let training = true;
  const watching = (async () => {
    // The browser answers after its next garbage collection, some 20 seconds later.
    while (training) {
      const { bytes } = await page.evaluate(() => performance.measureUserAgentSpecificMemory());
      memory.push({ line: line.split('\n')[0] ?? '', megabytes: Math.round(bytes / 1e5) / 10 });
    }
  })();
  watching.catch(() => undefined); // where training itself fails, that is what to tell
  const limit = begun + Number(values.minutes) * 60_000;
  while ((await page.locator('#fig-8-1 .transport .said.busy').count()) > 0) {
    if (performance.now() > limit) throw new Error(`Not done after ${values.minutes} minutes: ${line}`);
    line = await said(page);
    if (secondPhase === undefined && line.startsWith('Phase two')) secondPhase = performance.now();
    process.stderr.write(`\r\u001b[K${line.replaceAll('\n', ' · ').slice(0, 150)}`);
    await page.waitForTimeout(1000);
  }
  process.stderr.write('\n');
  const seconds = (performance.now() - begun) / 1000;
  training = false;
  await watching;
  const ended = await said(page);
  if (!ended.startsWith('Done')) throw new Error(`The run did not end well: ${ended}`);
  return {
    seconds: Math.round(seconds),
    secondsPhaseOne: secondPhase === undefined ? undefined : Math.round((secondPhase - begun) / 1000),
    ended: ended.replaceAll('\n', ', '),
    memory,
  };
}

const { server, base } = createSiteServer(values.dist);
const port = await listen(server, { host: '127.0.0.1', port: 4600, tries: 50 });
const browser = await chromium.launch({
  executablePath: requireBrowser(),
  args: [...(values.backend === 'wasm' ? launchArgs : webgpuArgs)],
});
try {
  const page = await browser.newPage({ acceptDownloads: true });
  page.on('pageerror', (error) => console.error(error.message));
  await page.addInitScript(() => {
    window.watched = { longTasks: [], started: performance.now() };
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.watched.longTasks.push(Math.round(duration));
    }).observe({ type: 'longtask' });
  });
  const query = new URLSearchParams({
    '8.1.preset': values.preset,
    '8.1.data': values.data,
    ...(values.with !== undefined && { '8.1.with': values.with }),
    backend: values.backend,
  });
  await page.goto(`http://127.0.0.1:${port}${base}embed/8-1/?${query.toString()}`);
  await page.locator('#fig-8-1[data-ready]').waitFor();
  await page.waitForTimeout(2000);
  await page.evaluate(() => void (window.watched.longTasks.length = 0));
  const trained = await train(page);
  const longTasks = await page.evaluate(() => window.watched.longTasks);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download as zip' }).click();
  await (await download).saveAs(values.out);
  console.log(
    JSON.stringify(
      {
        preset: values.preset,
        data: values.data,
        ...trained,
        [`tasksOver${LONG_TASK_MS}Ms`]: longTasks,
        zip: values.out,
      },
      null,
      1,
    ),
  );
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
}
