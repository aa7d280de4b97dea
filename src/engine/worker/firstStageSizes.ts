// The sizes that a request to the first stage means, checked against the model's own.
import type { VaeConfig } from '@noisebook/ldm/numbers';
import { MAX_SIDE, type DecodeRequest, type EncodeRequest } from '../protocol/messages.ts';
import { WorkerError } from './errors.ts';

/** Sides of one picture and of its latents. */
export interface StageSizes {
  readonly width: number;
  readonly height: number;
  readonly latentWidth: number;
  readonly latentHeight: number;
}

type Needed = Pick<VaeConfig, 'latentChannels' | 'downsamplingFactor' | 'inChannels' | 'outChannels'>;

const refuse = (expected: string): WorkerError => new WorkerError('bad-request', `Expected ${expected}.`);

/** Width and height of `area` cells: as given, or the sides of a square. */
function sides(area: number, what: string, width?: number, height?: number): [number, number] {
  const side = Math.sqrt(area);
  const w = width ?? (height === undefined ? side : area / height);
  const h = height ?? (width === undefined ? side : area / width);
  if (!Number.isInteger(w) || !Number.isInteger(h) || w * h !== area) {
    const asked =
      width === undefined && height === undefined ? 'square ones' : `${width ?? '?'} x ${height ?? '?'}`;
    throw refuse(`${what} to be ${asked}, got ${area} places each`);
  }
  return [w, h];
}

const checkSides = (width: number, height: number): void => {
  if (Math.max(width, height) > MAX_SIDE) {
    throw refuse(`pictures of at most ${MAX_SIDE} x ${MAX_SIDE}, got ${width} x ${height}`);
  }
};

/** @throws WorkerError 'bad-request' when the pictures are not ones that the model can encode */
export function encodeSizes(
  { pixels, count, width, height }: Pick<EncodeRequest, 'pixels' | 'count' | 'width' | 'height'>,
  { downsamplingFactor: factor, inChannels }: Needed,
): StageSizes {
  if (inChannels !== 3) throw refuse(`a model of colour pictures, got one with ${inChannels} channels`);
  const [w, h] = sides(pixels.length / 4 / count, 'pictures', width, height);
  checkSides(w, h);
  if (w % factor !== 0 || h % factor !== 0) {
    throw refuse(`pictures whose sides are multiples of ${factor}, got ${w} x ${h}`);
  }
  return { width: w, height: h, latentWidth: w / factor, latentHeight: h / factor };
}

/** @throws WorkerError 'bad-request' when the latents are not ones that the model can decode */
export function decodeSizes(
  request: Pick<DecodeRequest, 'latents' | 'count' | 'latentWidth' | 'latentHeight'>,
  { downsamplingFactor: factor, latentChannels, outChannels }: Needed,
): StageSizes {
  const { latents, count } = request;
  if (outChannels !== 3) throw refuse(`a model of colour pictures, got one with ${outChannels} channels`);
  const area = latents.length / count / latentChannels;
  if (!Number.isInteger(area)) {
    throw refuse(
      `latents with ${latentChannels} channels for each of ${count}, got ${latents.length} numbers`,
    );
  }
  const [latentWidth, latentHeight] = sides(area, 'latents', request.latentWidth, request.latentHeight);
  const [width, height] = [latentWidth * factor, latentHeight * factor];
  checkSides(width, height);
  return { width, height, latentWidth, latentHeight };
}

/** Pictures computed at once: as many as 16 of 64 x 64, or one. Between two batches the worker listens. */
export function batchSize({ width, height }: StageSizes): number {
  return Math.max(1, Math.floor((16 * 64 * 64) / (width * height)));
}
