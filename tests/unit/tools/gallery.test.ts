// The gallery of the kit is there for developers, and no page of the built site.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { HookParameters } from 'astro';
import { expect, it } from 'vitest';
import { siteIntegration } from '../../../tools/site/integration.ts';

/** Routes that the integration adds when Astro is started with `command`. */
function routes(command: 'dev' | 'build'): { pattern: string; entrypoint: string | URL }[] {
  const added: { pattern: string; entrypoint: string | URL }[] = [];
  const parameters: Pick<HookParameters<'astro:config:setup'>, 'command' | 'injectRoute' | 'updateConfig'> = {
    command,
    injectRoute: (route) => added.push(route),
    updateConfig: () => ({}) as ReturnType<HookParameters<'astro:config:setup'>['updateConfig']>,
  };
  void siteIntegration().hooks['astro:config:setup']?.(parameters as HookParameters<'astro:config:setup'>);
  return added;
}

it('stands at /gallery/ while somebody develops', () => {
  const [route, ...others] = routes('dev');
  expect(others).toEqual([]);
  expect(route?.pattern).toBe('/gallery/');
  expect(existsSync(fileURLToPath(route?.entrypoint ?? ''))).toBe(true);
});

it('is not there when the site is built', () => {
  expect(routes('build')).toEqual([]);
});
