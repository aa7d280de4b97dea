// The last steps of a build, as an Astro integration: the packed digits, the service worker, the headers with the hashes of
// the inline scripts.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';
import { formatHeaders, siteHeaders, type BuiltPage } from './headers.ts';
import { inlineHandlers, inlineScripts, scriptHash } from './inlineScripts.ts';
import { buildServiceWorker } from './buildServiceWorker.ts';
import { serveDigits, writeDigits } from './digits.ts';
import { workerBuild } from './workerBuild.ts';

/** A base path with a slash at both ends. */
const withSlashes = (path: string): string => `/${path}/`.replace(/\/+/g, '/');

/** The built pages with the hashes of their inline scripts. @throws when a page has an inline event handler */
export function builtPages(dist: string): BuiltPage[] {
  return globSync('**/*.html', { cwd: dist })
    .map((file) => file.split(sep).join('/'))
    .sort()
    .map((file) => {
      const html = readFileSync(join(dist, file), 'utf8');
      const [handler] = inlineHandlers(html);
      if (handler !== undefined) {
        throw new Error(`${file} has an inline ${handler} handler, which the security policy forbids.`);
      }
      const path = file.replace(/(^|\/)index\.html$/, '$1');
      return { path, scriptHashes: [...new Set(inlineScripts(html).map(scriptHash))].sort() };
    });
}

export function siteIntegration(): AstroIntegration {
  let base = '/';
  return {
    name: 'noisebook-site',
    hooks: {
      'astro:config:setup': ({ updateConfig }) => {
        updateConfig({ vite: { worker: workerBuild } });
      },
      'astro:config:done': ({ config }) => {
        base = withSlashes(config.base);
      },
      'astro:server:setup': ({ server }) => {
        server.middlewares.use(serveDigits(base));
      },
      'astro:build:done': async ({ dir, logger }) => {
        const dist = fileURLToPath(dir);
        await writeDigits(dist);
        await buildServiceWorker(dist, base);
        const pages = builtPages(dist);
        writeFileSync(join(dist, '_headers'), formatHeaders(siteHeaders(base, pages)));
        logger.info(`_headers for ${pages.length} pages, sw.js`);
      },
    },
  };
}
