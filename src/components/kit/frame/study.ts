// What a figure's study.ts is given when it is recorded: measured once, over more than a reader would wait for.
import type { Face } from '../../../datasets/faceAttributes.ts';
import type { Latents, Rgba } from '../latents/firstStage.ts';
import type { FigureEngine } from './defineFigure.ts';

export interface StudyTools {
  /** The shipped models, in Node. */
  readonly engine: FigureEngine;
  /** Test face `index` at 64 x 64 pixels. */
  readonly testFace: (index: number) => Rgba;
  /** A face in layers, some of them on nothing: all of it, what is drawn before its left eye, that eye, what comes after. */
  readonly faceLayers: (
    face: Face,
    size: number,
  ) => Readonly<Record<'whole' | 'below' | 'eye' | 'over', Rgba>>;
  /** The value below which a part `p` (0 to 1) of the values lies. */
  readonly quantile: (values: readonly number[], p: number) => number;
  /** What the shipped model makes of the noise of a seed, as its makers recommend. */
  readonly sample: (
    prompt: string,
    seed: number,
  ) => Promise<{
    readonly latents: Latents;
    readonly numInferenceSteps: number;
    readonly guidanceScale: number;
  }>;
  /**
   * How far a picture is from the nearest of the first `count` training faces: the root mean square difference, of 255,
   * at 16 x 16 pixels, where a hair's breadth does not count.
   */
  readonly distanceToFaces: (count: number) => (picture: Rgba) => number;
  /** A WebP file of pictures of one size, `columns` in a row. @param quality 1 to 100 */
  readonly sheet: (
    pictures: readonly Rgba[],
    columns: number,
    quality: number,
  ) => Promise<Uint8Array<ArrayBuffer>>;
  /**
   * A square WebP file on which pictures of one size lie with their middles at their places, on nothing.
   * @param places from 0 to 1, across and down
   * @param side of the file, in pixels
   * @param small side of a picture on it
   */
  readonly scatter: (
    pictures: readonly Rgba[],
    places: readonly { readonly x: number; readonly y: number }[],
    side: number,
    small: number,
  ) => Promise<Uint8Array<ArrayBuffer>>;
}
