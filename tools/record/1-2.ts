// Records figure 1.2: the cat under four schedules at the same timesteps, and what each leaves of it.
import { noiseFor, valuesOf } from '../../src/components/kit/noise/pixelValues.ts';
import {
  GAIN,
  makeCurves,
  readingAt,
  SIZE,
  STRIP,
  type RecordedSchedules,
} from '../../src/components/figures/1.2-schedules/schedules.ts';
import { forwardJump } from '@noisebook/ldm/numbers';
import { readPicture } from '../lib/pictures.ts';
import { spriteSheet, toRgbImages, type RgbImage } from '../lib/sprite.ts';
import type { RecordContext } from './context.ts';

const [picture, t, seed] = ['cat', 400, 7] as const;

export async function record({ write }: RecordContext): Promise<void> {
  const x0 = valuesOf(await readPicture(picture, SIZE));
  const noise = noiseFor(x0.length, seed);
  const rows = makeCurves().map((curve) => {
    const left = x0.map((value) => GAIN * readingAt(curve, 999).alpha * value);
    const noised = [t, ...STRIP].map((step) => forwardJump(x0, noise, readingAt(curve, step)));
    return [...noised, left].flatMap((values): RgbImage[] => toRgbImages(values, SIZE));
  });
  write('1-2', 'sheet.webp', await spriteSheet(rows, SIZE, 80));
  const result: RecordedSchedules = { t, seed, picture, file: 'sheet.webp' };
  write('1-2', 'recorded.json', { manifests: {}, ...result });
}
