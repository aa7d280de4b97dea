// Every figure that has a page of its own, by its number in addresses.
import FaceCell from '../../components/cells/FaceCell.astro';
import Autoencoder from '../../components/cells/compression/Autoencoder.astro';
import BetweenFaces from '../../components/cells/compression/BetweenFaces.astro';
import DecodeNoise from '../../components/cells/compression/DecodeNoise.astro';
import OutOfDistribution from '../../components/cells/compression/OutOfDistribution.astro';
import LatentMap from '../../components/cells/compression/LatentMap.astro';
import PokeLatent from '../../components/cells/compression/PokeLatent.astro';
import Jpeg from '../../components/cells/compression/Jpeg.astro';
import SameError from '../../components/cells/compression/SameError.astro';
import Checkerboard from '../../components/cells/compression/Checkerboard.astro';
import SixNumbers from '../../components/cells/compression/SixNumbers.astro';
import Lab from '../../components/cells/train/Lab.astro';
import AddNoise from '../../components/cells/noise/AddNoise.astro';
import OneJump from '../../components/cells/noise/OneJump.astro';
import PointsToNoise from '../../components/cells/noise/PointsToNoise.astro';
import Schedules from '../../components/cells/noise/Schedules.astro';

export const figures = {
  '0-1': FaceCell,
  '1-1': AddNoise,
  '1-2': Schedules,
  '1-3': OneJump,
  '1-4': PointsToNoise,
  '4-1': Jpeg,
  '4-2': SameError,
  '4-3': Autoencoder,
  '4-4': PokeLatent,
  '4-5': LatentMap,
  '4-6': BetweenFaces,
  '4-7': SixNumbers,
  '4-8': OutOfDistribution,
  '4-9': DecodeNoise,
  '4-10': Checkerboard,
  '8-1': Lab,
} as const;
