// Records figure 1.1: the cat at t = 400, as the sum of its parts, with the histogram of its values.
import {
  noised,
  noiseFor,
  SIZE,
  type RecordedNoise,
} from '../../src/components/figures/1.1-add-noise/addNoise.ts';
import { valuesOf } from '../../src/components/kit/noise/pixelValues.ts';
import { makeAlphasCumprod } from '@noisebook/ldm/numbers';
import { crispPicture } from '../lib/crispPicture.ts';
import { shippedBetas } from '../lib/noiseSchedule.ts';
import { readPicture } from '../lib/pictures.ts';
import type { RecordContext } from './context.ts';

const [picture, t, seed] = ['cat', 400, 7] as const;

export async function record({ write }: RecordContext): Promise<void> {
  const x0 = valuesOf(await readPicture(picture, SIZE));
  const noise = noiseFor(x0.length, seed);
  const { level, x, ...numbers } = noised(x0, noise, makeAlphasCumprod(shippedBetas())[t] ?? 1);
  const pictures = {
    signal: x0.map((value) => level.alpha * value),
    noise: noise.map((value) => level.sigma * value),
    sum: x,
  };
  const files = { signal: 'signal.webp', noise: 'noise.webp', sum: 'sum.webp' };
  for (const part of ['signal', 'noise', 'sum'] as const) {
    write('1-1', files[part], await crispPicture(pictures[part], SIZE));
  }
  const result: RecordedNoise = { ...numbers, t, seed, picture, files };
  write('1-1', 'recorded.json', { manifests: {}, ...result });
}
