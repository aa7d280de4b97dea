// Recorded results, read when the site is built.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Reads a JSON file below public/. @throws saying how to make it */
export function readPublic(path: string, hint: string): unknown {
  const file = join(process.cwd(), 'public', path);
  if (!existsSync(file)) throw new Error(`Expected public/${path}, which is not there. ${hint}`);
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** What public/recorded/<name>/recorded.json says. */
export function readRecording(name: string): unknown {
  return readPublic(`recorded/${name}/recorded.json`, `Make it with: npm run record -- --only ${name}.`);
}
