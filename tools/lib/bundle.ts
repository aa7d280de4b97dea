// TypeScript of the page, bundled to run inside a browser that a tool drives.
import { build } from 'esbuild';
import { join } from 'node:path';

/** One script that leaves the file's exports in a global. @param path from the repository's root */
export async function bundleGlobal(path: string, globalName: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '../..', path)],
    bundle: true,
    write: false,
    format: 'iife',
    globalName,
    target: 'es2022',
  });
  return outputFiles[0]?.text ?? '';
}
