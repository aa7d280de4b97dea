// How the tests find their browser.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findBrowser, waysToInstall } from '../../../tools/lib/browser.ts';

let folder = '';
const program = (name: string): string => {
  const path = join(folder, name);
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
  return path;
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'browser-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const nowhere = { playwrightPath: '/nowhere/chrome' };

it('takes the variable first, then the system, then Playwright', () => {
  const named = program('my-browser');
  const system = program('chromium');
  const own = program('playwright-chrome');
  expect(findBrowser({ env: { CHROMIUM: named, PATH: folder }, playwrightPath: own })).toBe(named);
  expect(findBrowser({ env: { CHROMIUM: '', PATH: folder }, playwrightPath: own })).toBe(system);
  expect(findBrowser({ env: { PATH: '/nowhere' }, playwrightPath: own })).toBe(own);
});

it('says when a variable names nothing that runs', () => {
  writeFileSync(join(folder, 'text'), 'no program');
  expect(() => findBrowser({ env: { CHROMIUM: join(folder, 'text'), PATH: folder }, ...nowhere })).toThrow(
    /CHROMIUM=.*text/,
  );
  expect(() => findBrowser({ env: { CHROME_PATH: '/nowhere/x' }, ...nowhere })).toThrow(/CHROME_PATH/);
});

it('installs the way the platform allows', () => {
  const ways = (root: boolean, debian: boolean): string[] =>
    waysToInstall({ root, debian }).map((way) => way.map((command) => command.join(' ')).join(' && '));
  expect(ways(true, true)).toEqual([
    'apt-get update && apt-get install -y --no-install-recommends chromium',
    'npx --no-install playwright install --with-deps chromium',
  ]);
  expect(ways(true, false)).toEqual(['npx --no-install playwright install --with-deps chromium']);
  expect(ways(false, true)).toEqual(['npx --no-install playwright install chromium']);
});
