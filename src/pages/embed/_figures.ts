// Every figure that has a page of its own, by its number in addresses.
import { definitions } from '../../components/figures/definitions.ts';
import { slugOf } from '../../components/kit/frame/placing.ts';
import BetweenFaces from '../../components/figures/4.6-between-faces/BetweenFaces.astro';
import DecodeNoise from '../../components/figures/4.9-decode-noise/DecodeNoise.astro';
import LatentMap from '../../components/figures/4.5-latent-map/LatentMap.astro';
import PokeLatent from '../../components/figures/4.4-poke-latent/PokeLatent.astro';
import Jpeg from '../../components/figures/4.1-jpeg/Jpeg.astro';
import SameError from '../../components/figures/4.2-same-error/SameError.astro';
import Checkerboard from '../../components/figures/4.10-checkerboard/Checkerboard.astro';
import SixNumbers from '../../components/figures/4.7-six-numbers/SixNumbers.astro';
import Lab from '../../components/figures/8.1-train/Lab.astro';
import AddNoise from '../../components/figures/1.1-add-noise/AddNoise.astro';
import OneJump from '../../components/figures/1.3-one-jump/OneJump.astro';
import PointsToNoise from '../../components/figures/1.4-points/PointsToNoise.astro';
import Schedules from '../../components/figures/1.2-schedules/Schedules.astro';

/** Those that Figure.astro does not know yet. */
export const others = {
  '1-1': AddNoise,
  '1-2': Schedules,
  '1-3': OneJump,
  '1-4': PointsToNoise,
  '4-1': Jpeg,
  '4-2': SameError,
  '4-4': PokeLatent,
  '4-5': LatentMap,
  '4-6': BetweenFaces,
  '4-7': SixNumbers,
  '4-9': DecodeNoise,
  '4-10': Checkerboard,
  '8-1': Lab,
} as const;

/** In the order of the notebook. */
export const figures: readonly string[] = [
  ...Object.keys(others),
  ...[...definitions.keys()].map(slugOf),
].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
