// Finds Firefox and WebKit for the smoke tests, and installs them where Debian's packages can be had.
import { existsSync } from 'node:fs';
import { failureOf, installsPackages, onPath } from './browser.ts';

export type OtherBrowser = 'firefox' | 'webkit';

export interface FirefoxPrograms {
  readonly firefox: string;
}

export interface WebkitPrograms {
  readonly driver: string;
  readonly miniBrowser: string;
  readonly xvfb: string;
}

const PATH = (): string => `${process.env['PATH'] ?? ''}:/usr/bin`;
const folders = ['4.1', '4.0', '6.0'].flatMap((version) =>
  ['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu/webkit2gtk-${version}/MiniBrowser`),
);

/** FIREFOX, or the system's; undefined where there is none. */
export function findFirefox(): FirefoxPrograms | undefined {
  const named = process.env['FIREFOX'];
  const firefox =
    named !== undefined && named !== ''
      ? named
      : (onPath('firefox-esr', PATH()) ?? onPath('firefox', PATH()));
  return firefox === undefined ? undefined : { firefox };
}

/** WebKitGTK's small browser, its driver and a display without a screen; undefined where one of them is missing. */
export function findWebkit(): WebkitPrograms | undefined {
  const driver = onPath('WebKitWebDriver', PATH());
  const xvfb = onPath('Xvfb', PATH());
  const miniBrowser = folders.find((path) => existsSync(path));
  if (driver === undefined || xvfb === undefined || miniBrowser === undefined) return undefined;
  return { driver, miniBrowser, xvfb };
}

const packages: Readonly<Record<OtherBrowser, readonly string[]>> = {
  firefox: ['firefox-esr'],
  webkit: ['webkit2gtk-driver', 'xvfb', 'xauth'],
};

/** Finds the browser; where it is missing and packages can be installed, installs it first. */
export function findOrInstall<T>(
  browser: OtherBrowser,
  find: () => T | undefined,
  log: (line: string) => void,
): T | undefined {
  const found = find();
  if (found !== undefined || !installsPackages()) return found;
  const commands = [
    ['apt-get', 'update'],
    ['apt-get', 'install', '-y', '--no-install-recommends', ...packages[browser]],
  ];
  for (const command of commands) {
    log(`No ${browser} here: ${command.join(' ')}`);
    const failure = failureOf(command);
    if (failure !== undefined) {
      log(failure);
      return undefined;
    }
  }
  return find();
}
