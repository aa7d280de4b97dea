// The licences of everything that the built site hands out, as one text beside it: what was bundled, fonts, pictures.
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';

const root = join(import.meta.dirname, '../..');
const licenceFile = /^(licen[cs]e|copying|notice)(\.(md|txt))?$/i;

/**
 * Handed out without being a module of a script: fonts, styles, the islands' loader, the packed digits, and internmap, which
 * lies inside d3-array's one file.
 */
const besides = ['@fontsource-variable/*', 'astro', 'internmap', 'katex', 'mnist'];

interface PackageFile {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly author?: string | { readonly name?: string };
}

const packageAt = (folder: string): PackageFile =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageFile;

/** The folder of the package that a module belongs to; undefined for a module of the project, or of the bundler. */
export function packageFolder(module: string): string | undefined {
  return /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module.replaceAll('\\', '/'))?.[1];
}

/** A bundler plugin that notes the packages whose code ends up in what the reader's browser loads. */
export function notePackages(folders: Set<string>): Plugin {
  return {
    name: 'noisebook-note-packages',
    generateBundle(_options, bundle) {
      // Pages are rendered while building, by code that stays here.
      if (this.environment.name !== 'client') return;
      for (const chunk of Object.values(bundle)) {
        for (const module of chunk.type === 'chunk' ? chunk.moduleIds : []) {
          const folder = packageFolder(module);
          if (folder !== undefined) folders.add(folder);
        }
      }
    },
  };
}

/** The text of a package's licence: its own files, else the licence's common text with its author's name. */
function textOf(folder: string, { name, license, author }: PackageFile): string {
  const own = readdirSync(folder)
    .filter((file) => licenceFile.test(file))
    .sort();
  if (own.length > 0) return own.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
  const by = typeof author === 'string' ? author : author?.name;
  const whose = `Copyright (c) ${by ?? `the authors of ${name ?? folder}`}`;
  if (license === 'MIT') {
    const common = readFileSync(join(root, 'LICENSE'), 'utf8').trim();
    return common.replace(/^Copyright .*$/m, whose);
  }
  if (license === 'Apache-2.0') return `${whose}\nApache License, version 2.0: the text is at the end.`;
  throw new Error(
    `${folder}: expected a licence file, or "MIT" or "Apache-2.0" in its package.json, came "${license ?? 'none'}". Add its text in tools/site/licences.ts.`,
  );
}

/**
 * The licences of the site and of the packages in `folders`.
 * @throws when a package names no licence that has a text
 */
export function licenceText(folders: Iterable<string>): string {
  const more = globSync(besides, { cwd: join(root, 'node_modules') }).map((name) =>
    join(root, 'node_modules', name),
  );
  const entries = new Map<string, string>();
  for (const folder of [...folders, ...more]) {
    if (!existsSync(join(folder, 'package.json'))) continue;
    const about = packageAt(folder);
    const title = `${about.name ?? dirname(folder)} ${about.version ?? ''}`.trim();
    entries.set(title, `${title} (${about.license ?? 'see below'})\n\n${textOf(folder, about)}`);
  }
  const read = (file: string): string => readFileSync(join(root, file), 'utf8').trim();
  return `${[
    `Noisebook (MIT)\n\n${read('LICENSE')}`,
    read('CREDITS.md'),
    ...[...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text),
    read('tools/site/apache-2.0.txt'),
  ].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
