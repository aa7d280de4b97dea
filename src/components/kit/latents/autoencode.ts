// A picture through both halves of an autoencoder, as figures 4.3 and 4.8 show it.
import * as v from 'valibot';
import { differenceMap } from '@noisebook/ldm/numbers';
import type { FigureEngine } from '../frame/defineFigure.ts';
import { floats, live, picture } from '../frame/result.ts';
import { magnitudeImage } from '../pictures/magnitude.ts';
import { decibels, type Rgba } from './firstStage.ts';

/** A picture, its latents, what comes out of them, and where the two pictures differ. */
export const through = v.object({
  input: picture(),
  latents: floats(),
  output: picture(),
  /** |in − out| of each pixel, in colours. */
  difference: picture(),
  /** In decibels, of the two pictures of bytes. */
  psnr: v.number(),
});
export type Through = v.InferOutput<typeof through>;

/** @param range differences of this size and beyond, of 255, get the darkest colour */
export async function autoencode(engine: FigureEngine, input: Rgba, range: number): Promise<Through> {
  const latents = await engine.encode([input]);
  const [output] = await engine.decode(latents);
  return {
    input: live(input),
    latents: latents[0]!,
    output: live(output!),
    difference: live(magnitudeImage(differenceMap(input, output!), range)),
    psnr: decibels(input, output!),
  };
}
