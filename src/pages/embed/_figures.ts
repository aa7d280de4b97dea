// Every figure that has a page of its own, by its number in addresses.
import { definitions } from '../../components/figures/definitions.ts';
import { slugOf } from '../../components/kit/frame/placing.ts';
import Lab from '../../components/figures/8.1-train/Lab.astro';

/** Those that Figure.astro does not know yet. */
export const others = {
  '8-1': Lab,
} as const;

/** In the order of the notebook. */
export const figures: readonly string[] = [
  ...Object.keys(others),
  ...[...definitions.keys()].map(slugOf),
].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
