// Records figure 4.10: test faces through three decoders, their spectra, and how far the marked periods stand out.
import { axisProfile, peakHeight, powerSpectrum, rgbOf, toDecibels } from '@noisebook/ldm/numbers';
import {
  KINDS,
  MODELS,
  PERIODS,
  SIZE,
  spectralOf,
  spectrumImage,
  type Kind,
} from '../../src/components/figures/4.10-checkerboard/checkerboard.ts';
import { openFirstStage } from '../lib/firstStages.ts';
import { decibels, losslessSprite, rounded, testFace, type Rgba } from '../lib/latentRecording.ts';
import { manifestHash, type RecordContext } from './context.ts';

/** The face that the page shows first. */
const FACE = 53;
/** Test faces that the means are over. */
const FACES = 200;
/** Ends of the colour map of spectra, in decibels. */
const RANGE = { low: -70, high: 0 };

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Mean power over pictures as a profile in decibels, and the spread of each peak. */
function summary(pictures: readonly Rgba[]) {
  const profiles = pictures.map((picture) =>
    axisProfile(
      powerSpectrum(
        Float64Array.from(rgbOf(picture), (byte) => byte / 255),
        SIZE,
      ),
      SIZE,
    ),
  );
  const profile = Array.from({ length: SIZE / 2 + 1 }, (_, i) => mean(profiles.map((each) => each[i]!)));
  return {
    profile: rounded(toDecibels(profile), 2),
    peaks: PERIODS.map((period) => {
      const heights = profiles.map((each) => peakHeight(each, period));
      const middle = mean(heights);
      const sd = Math.sqrt(mean(heights.map((height) => (height - middle) ** 2)));
      return { mean: Number(middle.toFixed(2)), sd: Number(sd.toFixed(2)) };
    }),
  };
}

export async function record({ modelFolder, write }: RecordContext): Promise<void> {
  const real = Array.from({ length: FACES }, (_, i) => testFace(i));
  const first = await openFirstStage(modelFolder(MODELS.full));
  const latents = await first.encode(real);
  first.dispose();
  const pictures: Partial<Record<Kind, Rgba[]>> = { real };
  for (const [kind, model] of Object.entries(MODELS) as [Kind, string][]) {
    const stage = await openFirstStage(modelFolder(model));
    pictures[kind] = await stage.decode(latents, 8);
    stage.dispose();
  }

  const shown = KINDS.map((kind) => pictures[kind]![FACE]!);
  const spectra = shown.map(spectralOf);
  const maps = spectra.map(({ map }) => spectrumImage(map, RANGE));
  write('4-10', 'pictures.webp', await losslessSprite([...shown, ...maps], KINDS.length));
  const each = <T>(value: (kind: Kind, i: number) => T) =>
    Object.fromEntries(KINDS.map((kind, i) => [kind, value(kind, i)]));
  write('4-10', 'recorded.json', {
    manifests: Object.fromEntries(Object.values(MODELS).map((model) => [model, manifestHash(model)])),
    picture: `face-${FACE}`,
    count: FACES,
    range: RANGE,
    shown: each((_, i) => ({
      profile: rounded(spectra[i]!.profile, 2),
      peaks: rounded(spectra[i]!.peaks, 2),
    })),
    mean: each((kind) => ({
      ...summary(pictures[kind]!),
      ...(kind !== 'real' && {
        psnr: Number(mean(pictures[kind]!.map((picture, i) => decibels(real[i]!, picture))).toFixed(2)),
      }),
    })),
  });
}
