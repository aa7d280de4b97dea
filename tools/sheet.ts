// `npm run sheet`: every figure at rest, light and dark, on one sheet, and which of them look otherwise than what is kept.
// `npm run sheet -- --keep` keeps what it sees (tests/looks/); `--only 4-3,1-1` does so for some.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { launchArgs, requireBrowser } from './lib/browser.ts';
import { compareLooks, contactSheet, figureSlugs, keepLook, lookAt, lookFile, schemes } from './lib/looks.ts';
import { listen } from './site/listen.ts';
import { createSiteServer } from './site/server.ts';

const { values } = parseArgs({
  options: { keep: { type: 'boolean', default: false }, only: { type: 'string' } },
});
const root = join(import.meta.dirname, '..');
const out = join(root, '.cache/sheet');
mkdirSync(out, { recursive: true });

const all = figureSlugs();
const only = values.only?.split(',') ?? all;
const unknown = only.filter((slug) => !all.includes(slug));
if (unknown.length > 0) {
  console.error(`There is no figure ${unknown.join(', ')}: expected some of ${all.join(', ')}.`);
  process.exit(2);
}

const { server, base } = createSiteServer(join(root, 'dist'));
const port = await listen(server, { host: '127.0.0.1', port: 4472, tries: 20 });
const browser = await chromium.launch({ executablePath: requireBrowser(), args: [...launchArgs] });
try {
  const page = await browser.newPage();
  const pictures: { light: Buffer; dark: Buffer }[] = [];
  for (const slug of only) {
    const pair: Partial<Record<(typeof schemes)[number], Buffer>> = {};
    for (const scheme of schemes) {
      const picture = await lookAt(page, `http://127.0.0.1:${port}${base}`, slug, scheme);
      pair[scheme] = picture;
      if (values.keep) await keepLook(slug, scheme, picture);
      const kept = lookFile(slug, scheme);
      const { worst } = existsSync(kept) ? await compareLooks(kept, picture) : { worst: NaN };
      console.log(`${slug} ${scheme}: ${Number.isNaN(worst) ? 'new' : `differs by ${worst} of 255`}`);
    }
    pictures.push(pair as { light: Buffer; dark: Buffer });
  }
  const sheet = join(out, 'sheet.png');
  writeFileSync(sheet, await contactSheet(pictures));
  console.log(`The sheet is ${sheet}`);
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
}
