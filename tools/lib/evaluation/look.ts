// What is kept of a picture: the classifier's answers, its features, how far periods stand out of the spectrum, how like it is to others.
import * as tf from '@tensorflow/tfjs-core';
import type { AttributeClassifier } from './attributeClassifier.ts';
import { axisProfile, peakHeight, powerSpectrum } from '@noisebook/ldm/numbers';
import { toTensor, type RgbBytes } from './pictures.ts';

/** In pixels: what upsampling by 2, twice and three times would leave. */
export const PERIODS = [2, 4, 8] as const;
const BATCH = 50;

export interface Look {
  /** Number of the value, attribute by attribute. */
  readonly found: readonly number[];
  readonly features: Float32Array;
  /** dB, by period. */
  readonly peaks: readonly number[];
}

/** Looks at pictures of one size. */
export async function look(classifier: AttributeClassifier, pictures: readonly RgbBytes[]): Promise<Look[]> {
  const looks: Look[] = [];
  for (let i = 0; i < pictures.length; i += BATCH) {
    const batch = pictures.slice(i, i + BATCH);
    const x = toTensor(batch);
    const { features, logits } = classifier.forward(x);
    const [seen, said] = await Promise.all([features.data<'float32'>(), logits.data<'float32'>()]);
    tf.dispose([x, features, logits]);
    const [wide, long] = [seen.length / batch.length, said.length / batch.length];
    for (const [n, picture] of batch.entries()) {
      looks.push({
        found: classifier.answers(said.subarray(n * long, (n + 1) * long)),
        features: seen.slice(n * wide, (n + 1) * wide),
        peaks: peaksOf(picture),
      });
    }
  }
  return looks;
}

function peaksOf(picture: RgbBytes): number[] {
  const side = Math.sqrt(picture.length / 3);
  const shades = Float64Array.from(picture, (byte) => byte / 255);
  const profile = axisProfile(powerSpectrum(shades, side), side);
  return PERIODS.map((period) => peakHeight(profile, period));
}
