// WebKitGTK's small browser on a display without a screen, over plain WebDriver. Its sessions keep nothing afterwards.
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebkitPrograms } from '../../../tools/lib/otherBrowsers.ts';
import type { BrowserPage } from './browserPage.ts';

const PATIENCE_MS = 20_000;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a display; it says its number. */
function startDisplay(xvfb: string): Promise<{ child: ChildProcess; display: string }> {
  const child = spawn(xvfb, ['-displayfd', '1', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${xvfb}: expected a display, none came.`)), PATIENCE_MS);
    child.once('error', reject);
    child.stdout.once('data', (number: Buffer) => {
      clearTimeout(timer);
      resolve({ child, display: `:${number.toString().trim()}` });
    });
  });
}

/** One command of WebDriver. */
async function command(method: string, url: string, body?: object): Promise<unknown> {
  const response = await fetch(url, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(2 * PATIENCE_MS),
  });
  const { value } = (await response.json()) as { readonly value: unknown };
  if (!response.ok) throw new Error(`WebKitWebDriver: ${method} ${url}: ${JSON.stringify(value)}`);
  return value;
}

async function newSession(address: string, binary: string): Promise<string> {
  const options = { binary, args: ['--automation'] };
  const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': options } };
  const latest = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      const value = await command('POST', `${address}/session`, { capabilities });
      return `${address}/session/${(value as { readonly sessionId: string }).sessionId}`;
    } catch (error) {
      // The driver may not listen yet.
      if (!(error instanceof TypeError) || performance.now() > latest) throw error;
      await new Promise((wake) => setTimeout(wake, 100));
    }
  }
}

export async function openWebkit({ driver, miniBrowser, xvfb }: WebkitPrograms): Promise<BrowserPage> {
  const { child: screen, display } = await startDisplay(xvfb);
  const home = mkdtempSync(join(tmpdir(), 'noisebook-webkit-'));
  const port = await freePort();
  const child = spawn(driver, [`--port=${port}`], {
    stdio: 'ignore',
    env: {
      ...process.env,
      DISPLAY: display,
      HOME: home,
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
      WEBKIT_DISABLE_COMPOSITING_MODE: '1',
      LIBGL_ALWAYS_SOFTWARE: '1',
    },
  });
  const end = (): void => {
    child.kill();
    screen.kill();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const session = await newSession(`http://127.0.0.1:${port}`, miniBrowser);
    return {
      goto: async (url) => {
        await command('POST', `${session}/url`, { url });
      },
      evaluate: (expression) =>
        command('POST', `${session}/execute/sync`, { script: `return (${expression});`, args: [] }),
      close: async () => {
        await command('DELETE', session).catch(() => undefined);
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}
