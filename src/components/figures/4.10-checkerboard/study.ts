// Measured for figure 4.10: mean spectra of test faces through every decoder, and how far the marked periods stand out.
import { peakHeight, toDecibels } from '@noisebook/ldm/numbers';
import type { StudyTools } from '../../kit/frame/study.ts';
import { decibels, type Rgba } from '../../kit/latents/firstStage.ts';
import { decoders, PERIODS, profileOf, SIZE } from './figure.ts';

/** Test faces. */
const COUNT = 200;

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Mean power over pictures as a profile in decibels, and the spread of each peak. */
function summary(pictures: readonly Rgba[]) {
  const profiles = pictures.map((picture) => profileOf(picture).profile);
  const profile = Array.from({ length: SIZE / 2 + 1 }, (_, i) => mean(profiles.map((each) => each[i]!)));
  return {
    profile: [...toDecibels(profile)],
    peaks: PERIODS.map((period) => {
      const heights = profiles.map((each) => peakHeight(each, period));
      const middle = mean(heights);
      return { mean: middle, sd: Math.sqrt(mean(heights.map((height) => (height - middle) ** 2))) };
    }),
  };
}

export default async function measure({ engine, testFace }: StudyTools): Promise<unknown> {
  const real = Array.from({ length: COUNT }, (_, i) => testFace(i));
  const latents = await engine.encode(real);
  const all: Record<string, unknown> = { real: summary(real) };
  for (const [kind, model] of Object.entries(decoders)) {
    const pictures = await engine.decode(latents, model);
    all[kind] = {
      ...summary(pictures),
      psnr: mean(pictures.map((picture, i) => decibels(real[i]!, picture))),
    };
  }
  return { count: COUNT, mean: all };
}
