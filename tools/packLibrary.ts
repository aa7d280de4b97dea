// What `npm pack` in src/lib/ldm does before and after. In the house the library's doors lead to its TypeScript, which the
// site compiles; in the package they lead to dist/. npm has no setting for that, so package.json is rewritten meanwhile.
//
// When packing was interrupted, the next run puts the house's package.json back first; so does
// `node tools/packLibrary.ts postpack`.
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const library = join(import.meta.dirname, '../src/lib/ldm');
const dist = join(library, 'dist');
const manifest = join(library, 'package.json');
/** The house's package.json, while the package's lies in its place. */
const kept = join(library, '.package.house.json');

interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
  readonly scripts?: unknown;
}

/** The package's package.json: every door leads to JavaScript with its declarations; no scripts of the house. */
function published({ scripts: _, exports: doors, ...rest }: Manifest): object {
  const exports = Object.entries(doors).map(([door, file]) => {
    if (!file.endsWith('.ts')) return [door, file] as const;
    const built = `./dist/${file.slice('./'.length, -'.ts'.length)}`;
    return [door, { types: `${built}.d.ts`, default: `${built}.js` }] as const;
  });
  return { ...rest, exports: Object.fromEntries<string | object>(exports) };
}

function restore(): void {
  if (existsSync(kept)) renameSync(kept, manifest);
  rmSync(dist, { recursive: true, force: true });
}

/** The types are checked with all others: `npm run check:types`. */
function build(): void {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  for (const project of ['.', 'node']) {
    const options = [
      '--noEmit',
      'false',
      '--noCheck',
      '--declaration',
      '--outDir',
      dist,
      '--rootDir',
      library,
    ];
    execFileSync(process.execPath, [tsc, '--project', join(library, project), ...options], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  }
  // The compiler rewrites './x.ts' in what runs, and leaves it in declarations.
  for (const file of globSync('**/*.d.ts', { cwd: dist })) {
    const path = join(dist, file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/((?:from |import\()(['"])\.[^'"]*)\.ts\2/g, '$1.js$2'));
  }
}

const step = process.argv[2];
if (step === 'prepack') {
  restore();
  build();
  const text = readFileSync(manifest, 'utf8');
  // Complete beside it before anything is replaced: at no moment is there no package.json.
  writeFileSync(kept, text);
  writeFileSync(`${manifest}.new`, `${JSON.stringify(published(JSON.parse(text) as Manifest), null, 2)}\n`);
  renameSync(`${manifest}.new`, manifest);
} else if (step === 'postpack') {
  restore();
} else {
  console.error('Usage: node tools/packLibrary.ts prepack|postpack. It is run by "npm pack" in src/lib/ldm.');
  process.exitCode = 2;
}
