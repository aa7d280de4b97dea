// Records figure 1.1: the cat at t = 400, as the sum of its parts, with the histogram of its values.
import sharp from 'sharp';
import { noised, noiseFor, SIZE, type RecordedNoise } from '../../src/components/cells/noise/addNoise.ts';
import { valuesOf } from '../../src/components/cells/noise/pixelValues.ts';
import { makeAlphasCumprod } from '../../src/lib/ldm/schedules/alphas.ts';
import { shippedBetas } from '../lib/noiseSchedule.ts';
import { readPicture } from '../lib/pictures.ts';
import { toRgbImages } from '../lib/sprite.ts';
import type { RecordContext } from './context.ts';

const [picture, t, seed] = ['cat', 400, 7] as const;

/** Noise lives in single pixels, which lossy files smear. */
async function crisp(values: Float32Array): Promise<Buffer> {
  const [image = new Uint8Array()] = toRgbImages(values, SIZE);
  const raw = { width: SIZE, height: SIZE, channels: 3 as const };
  return sharp(image, { raw }).webp({ nearLossless: true, quality: 40, effort: 6 }).toBuffer();
}

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
    write('1-1', files[part], await crisp(pictures[part]));
  }
  const result: RecordedNoise = { ...numbers, t, seed, picture, files };
  write('1-1', 'recorded.json', { manifests: {}, ...result });
}
