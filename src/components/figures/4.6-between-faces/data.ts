// What figure 4.6 says of figure 4.9: how decoded noise comes back after one more turn through the autoencoder.
import { readRecording } from '../../../siteData/recordings.ts';

export default function read(): unknown {
  /** The median, in decibels, is the second of three. */
  const { study } = readRecording('4-9') as { study: { noiseAgain: readonly [number, number, number] } };
  return { noiseError: 255 / 10 ** (study.noiseAgain[1] / 20) };
}
