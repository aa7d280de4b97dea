// The packed digits (tools/pack-digits.ts) as files of the site: written into the build, or made when the dev server is asked.
import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { digitFiles, packDigits, type PackedDigits } from '../pack-digits.ts';

/** Writes the files below `dist/pictures/`. */
export async function writeDigits(dist: string): Promise<void> {
  for (const [path, content] of await packDigits()) {
    const file = join(dist, 'pictures', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

/** Middleware that answers for these files below `base`; they are packed once, when first asked for. */
export function serveDigits(
  base: string,
): (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void {
  let packed: Promise<PackedDigits> | undefined;
  return (request, response, next) => {
    const path = digitFiles.find((file) => request.url?.split('?')[0] === `${base}pictures/${file}`);
    if (path === undefined) {
      next();
      return;
    }
    packed ??= packDigits();
    packed.then((files) => {
      response.setHeader('Content-Type', 'image/webp');
      response.end(files.get(path));
    }, next);
  };
}
