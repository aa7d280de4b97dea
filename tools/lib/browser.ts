// Finds a Chromium for the tests and the benchmark, installs one where there is none, and knows its launch flags.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { chromium } from 'playwright';

/** Environment variables that may name a Chromium, first one first. */
const variables = ['CHROMIUM', 'PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH', 'CHROME_PATH', 'CHROME_BIN'] as const;

/** What a Chromium is called where the system installs it. */
const systemNames = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const macPaths = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Flags for every headless run; containers run as root and have a small /dev/shm. */
export const launchArgs: readonly string[] = ['--no-sandbox', '--disable-dev-shm-usage'];

/**
 * Flags that give headless Chromium WebGPU, WebGL and canvases on SwiftShader, a GPU in software. Fewer of them look as if
 * they would do, but then presenting any canvas ends the GPU process.
 */
export const webgpuArgs: readonly string[] = [
  ...launchArgs,
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
];

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The program of that name in the folders of `path`. */
export const onPath = (name: string, path: string): string | undefined =>
  path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((candidate) => isAbsolute(candidate) && isExecutable(candidate));

export interface FindOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where Playwright keeps its own browser. */
  readonly playwrightPath?: string;
}

/**
 * Looks for a Chromium: an environment variable, the system's, Playwright's.
 * @returns the path of its executable, or undefined when there is none
 * @throws when a variable is set but names nothing that can be run
 */
export function findBrowser(options: FindOptions = {}): string | undefined {
  const env = options.env ?? process.env;
  for (const variable of variables) {
    const path = env[variable];
    if (path === undefined || path === '') continue;
    if (isExecutable(path)) return path;
    throw new Error(
      `${variable}=${path} is not a program that can be run. Set it to a Chromium, or unset it.`,
    );
  }
  for (const name of systemNames) {
    const path = onPath(name, env['PATH'] ?? '');
    if (path !== undefined) return path;
  }
  const own = options.playwrightPath ?? chromium.executablePath();
  return [...(process.platform === 'darwin' ? macPaths : []), own].find(
    (path) => path !== '' && existsSync(path),
  );
}

/** The browser, or an error that says how to get one. For configurations and tools that must not install anything. */
export function requireBrowser(): string {
  const path = findBrowser();
  if (path !== undefined) return path;
  throw new Error(
    `No Chromium found (looked at ${variables.join(', ')}, at ${systemNames.join(', ')} on the PATH, and for Playwright's). ` +
      'Run "npm test", which installs one, or install Chromium and set CHROMIUM to its path.',
  );
}

/** Debian itself, not Ubuntu, whose chromium package is only a pointer to a snap. */
const isDebian = (): boolean =>
  existsSync('/etc/os-release') && /^ID="?debian"?$/m.test(readFileSync('/etc/os-release', 'utf8'));

/** Whether Debian's packages can be installed here. */
export const installsPackages = (): boolean => process.getuid?.() === 0 && isDebian();

type Command = readonly string[];

/** Ways to install a Chromium here, the best one first; each is a list of commands, one after the other. */
export function waysToInstall(system: { root: boolean; debian: boolean }): readonly (readonly Command[])[] {
  const playwright = ['npx', '--no-install', 'playwright', 'install'];
  if (!system.root) return [[[...playwright, 'chromium']]];
  const withLibraries = [[...playwright, '--with-deps', 'chromium']];
  if (!system.debian) return [withLibraries];
  const apt = [
    ['apt-get', 'update'],
    ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium'],
  ];
  return [apt, withLibraries];
}

/** Runs a command with its output on the terminal. @returns what went wrong, or undefined */
export function failureOf([program = '', ...rest]: Command): string | undefined {
  const { status, error } = spawnSync(program, rest, {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    shell: process.platform === 'win32',
  });
  if (status === 0) return undefined;
  return `"${[program, ...rest].join(' ')}" ended with ${error?.message ?? `exit code ${String(status)}`}`;
}

/** Finds a Chromium, or installs one the way the platform allows; its progress goes to the terminal. */
export function findOrInstallBrowser(log: (line: string) => void): string {
  const failures: string[] = [];
  const found = findBrowser();
  if (found !== undefined) return found;
  for (const way of waysToInstall({ root: process.getuid?.() === 0, debian: isDebian() })) {
    const failure = way.reduce<string | undefined>((failed, command) => {
      if (failed !== undefined) return failed;
      log(`No Chromium here: ${command.join(' ')}`);
      return failureOf(command);
    }, undefined);
    const installed = findBrowser();
    if (installed !== undefined) return installed;
    failures.push(failure ?? `"${way.at(-1)?.join(' ') ?? ''}" installed none that is found`);
  }
  throw new Error(
    `The tests need a Chromium, and installing one failed: ${failures.join('; ')}. ` +
      'Install Chromium or Chrome yourself and set CHROMIUM to the path of its executable.',
  );
}
