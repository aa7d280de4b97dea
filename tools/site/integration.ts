// The last steps of a build, as an Astro integration: the packed digits, the licences, the policies with the hashes of the
// inline scripts, the service worker.
import { globSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';
import { formatHeaders, siteHeaders, type BuiltPage } from './headers.ts';
import { inlineHandlers, inlineScripts, scriptHash } from './inlineScripts.ts';
import { buildServiceWorker } from './buildServiceWorker.ts';
import { serveDigits, writeDigits } from './digits.ts';
import { licenceText, notePackages } from './licences.ts';
import { withMetaPolicy } from './metaPolicy.ts';
import { workerBuild, workerPackages } from './workerBuild.ts';

/** A base path with a slash at both ends. */
const withSlashes = (path: string): string => `/${path}/`.replace(/\/+/g, '/');

/** The built files, as paths below the site's root. */
const builtFiles = (dist: string): string[] =>
  globSync('**/*', { cwd: dist })
    .filter((file) => statSync(join(dist, file)).isFile())
    .map((file) => file.split(sep).join('/'))
    .sort();

/**
 * Writes its policy into each built page.
 * @returns the pages with the hashes of their inline scripts
 * @throws when a page has an inline event handler, or no place for the policy
 */
export function finishPages(dist: string, files: readonly string[]): BuiltPage[] {
  return files
    .filter((file) => file.endsWith('.html'))
    .map((file) => {
      const html = readFileSync(join(dist, file), 'utf8');
      const [handler] = inlineHandlers(html);
      if (handler !== undefined) {
        throw new Error(`${file} has an inline ${handler} handler, which the security policy forbids.`);
      }
      const scriptHashes = [...new Set(inlineScripts(html).map(scriptHash))].sort();
      writeFileSync(join(dist, file), withMetaPolicy(html, scriptHashes, file));
      return { path: file.replace(/(^|\/)index\.html$/, '$1'), scriptHashes };
    });
}

/** In one step: a server that runs reads it again as soon as it is there. */
function writeHeaders(dist: string, text: string): void {
  writeFileSync(join(dist, '_headers.new'), text);
  renameSync(join(dist, '_headers.new'), join(dist, '_headers'));
}

/** Cloudflare Pages reads no more rules than this. */
const MOST_RULES = 100;

export function siteIntegration(): AstroIntegration {
  let base = '/';
  const packages = new Set<string>();
  return {
    name: 'noisebook-site',
    hooks: {
      'astro:config:setup': ({ command, injectRoute, updateConfig }) => {
        // For developers alone: the pieces of the kit in their states.
        if (command === 'dev')
          injectRoute({
            pattern: '/gallery/',
            entrypoint: new URL('../gallery/gallery.astro', import.meta.url),
          });
        updateConfig({ vite: { plugins: [notePackages(packages)], worker: workerBuild } });
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
        writeFileSync(join(dist, 'licences.txt'), licenceText([...packages, ...workerPackages]));
        const files = builtFiles(dist);
        const pages = finishPages(dist, files);
        await buildServiceWorker(dist, base, files);
        const rules = siteHeaders(base, pages, [...files, 'sw.js']);
        if (rules.length > MOST_RULES) {
          logger.warn(`_headers has ${rules.length} rules; some hosts read only the first ${MOST_RULES}.`);
        }
        writeHeaders(dist, formatHeaders(rules));
        logger.info(`_headers for ${pages.length} pages, sw.js, licences.txt`);
      },
    },
  };
}
