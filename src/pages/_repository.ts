// What the pages say about the project itself, read from the repository at build time; no number is typed by hand.
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = process.cwd();

interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** The project's own package.json. */
export function readPackage(): PackageFile {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageFile;
}

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly home?: string;
}

/**
 * A package as it is installed.
 * @throws when it isn't: run npm ci
 */
export function installed(name: string): InstalledPackage {
  const file = join(root, 'node_modules', name, 'package.json');
  if (!existsSync(file)) throw new Error(`${name} is not installed: expected ${file}. Run "npm ci".`);
  const { version, license, homepage } = JSON.parse(readFileSync(file, 'utf8')) as {
    version: string;
    license?: string;
    homepage?: string;
  };
  const usable = homepage !== undefined && /^https?:\/\//.test(homepage);
  return { name, version, license: license ?? 'see its files', ...(usable && { home: homepage }) };
}

export interface Amount {
  readonly files: number;
  readonly lines: number;
  readonly bytes: number;
}

/** How much there is that fits a pattern such as "src/lib/ldm/**\/*.ts". */
export function amountOf(pattern: string): Amount {
  const files = globSync(pattern, { cwd: root }).filter((file) => statSync(join(root, file)).isFile());
  let lines = 0;
  let bytes = 0;
  for (const file of files) {
    const path = join(root, file);
    bytes += statSync(path).size;
    if (/\.(ts|mjs|js|svelte|astro|css|py|mdx)$/.test(file)) {
      lines += readFileSync(path, 'utf8').split('\n').length - 1;
    }
  }
  return { files: files.length, lines, bytes };
}
