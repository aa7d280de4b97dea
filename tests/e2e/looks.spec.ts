// Every figure at rest looks as it did when somebody last looked at it: `npm run sheet` shows them all.
import { existsSync } from 'node:fs';
import { compareLooks, figureSlugs, lookAt, lookFile, schemes } from '../../tools/lib/looks.ts';
import { expect, test } from './lib/site.ts';

/** Squares may differ by so much in their mean colours, of 255: letters are drawn otherwise on other machines. */
const TOLERANCE = 20;
/** And heights by this share, for the same reason. */
const HEIGHT = 0.02;
const KEEP = 'If it is meant, look at it (npm run sheet) and keep it: npm run sheet -- --keep --only';

for (const slug of figureSlugs()) {
  for (const scheme of schemes) {
    test(`${slug}, ${scheme}, looks as it did`, async ({ page, baseURL }) => {
      const kept = lookFile(slug, scheme);
      expect(existsSync(kept), `No picture is kept of it. ${KEEP} ${slug}`).toBe(true);
      const { worst, at, heights } = await compareLooks(kept, await lookAt(page, baseURL!, slug, scheme));
      const where = `${Math.round(100 * at[0])} % from the left, ${Math.round(100 * at[1])} % from above`;
      expect(worst, `It differs most at ${where}. ${KEEP} ${slug}`).toBeLessThanOrEqual(TOLERANCE);
      const [before, now] = heights;
      expect(Math.abs(now / before - 1), `Its height changed. ${KEEP} ${slug}`).toBeLessThanOrEqual(HEIGHT);
    });
  }
}
