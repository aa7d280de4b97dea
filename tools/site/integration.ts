// The last step of a build, as an Astro integration: the headers with the hashes of the inline scripts, the service worker.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';
import { formatHeaders, siteHeaders } from './headers.ts';
import { inlineHandlers, inlineScripts, scriptHash } from './inlineScripts.ts';
import { buildServiceWorker } from './buildServiceWorker.ts';

/** A base path with a slash at both ends. */
const withSlashes = (path: string): string => `/${path}/`.replace(/\/+/g, '/');

/** Hashes of all inline scripts of the built pages. @throws when a page has an inline event handler */
export function hashesOf(dist: string): string[] {
  const hashes = new Set<string>();
  for (const page of globSync('**/*.html', { cwd: dist })) {
    const html = readFileSync(join(dist, page), 'utf8');
    const [handler] = inlineHandlers(html);
    if (handler !== undefined)
      throw new Error(`${page} has an inline ${handler} handler, which the security policy forbids.`);
    for (const text of inlineScripts(html)) hashes.add(scriptHash(text));
  }
  return [...hashes].sort();
}

export function siteIntegration(): AstroIntegration {
  let base = '/';
  return {
    name: 'noisebook-site',
    hooks: {
      'astro:config:done': ({ config }) => {
        base = withSlashes(config.base);
      },
      'astro:build:done': async ({ dir, logger }) => {
        const dist = fileURLToPath(dir);
        await buildServiceWorker(dist, base);
        const hashes = hashesOf(dist);
        writeFileSync(join(dist, '_headers'), formatHeaders(siteHeaders(base, hashes)));
        logger.info(`_headers with ${hashes.length} inline script hashes, sw.js`);
      },
    },
  };
}
