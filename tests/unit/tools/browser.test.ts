// How the tests find their browser.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findBrowser, installCommands } from '../../../tools/lib/browser.ts';

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
  const lines = (root: boolean, debian: boolean): string[] =>
    installCommands({ root, debian }).map((command) => command.join(' '));
  expect(lines(true, true)).toEqual([
    'apt-get update',
    'apt-get install -y --no-install-recommends chromium',
  ]);
  expect(lines(false, true)).toEqual(['npx --no-install playwright install chromium']);
  expect(lines(true, false)[0]).toMatch(/playwright install .*chromium$/);
});
