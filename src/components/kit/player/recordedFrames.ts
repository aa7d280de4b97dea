// The frames of a recorded generation: fetched once, then it is a generation like any.
import { bitmapInTime } from '../../../loading/decodeInTime.ts';
import { fetchInTime } from '../../../loading/fetchInTime.ts';
import type { Rgba } from '../latents/firstStage.ts';
import { mapRange, type Frame, type Generation, type RecordedGeneration } from './generation.ts';

/** Their name in the sentence that says what did not come. */
const STEPS = 'the recorded steps';

/** Reads a sprite into RGBA pictures of all images, one for each column. */
async function readColumns(url: string, { sizes, timesteps }: RecordedGeneration): Promise<Rgba[]> {
  const bitmap = await bitmapInTime(await fetchInTime(url, STEPS), STEPS);
  const { imageWidth: w, imageHeight: h, numImages } = sizes;
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('This browser gives no 2d canvas.');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return [...timesteps.keys(), timesteps.length].map(
    (column) => new Uint8ClampedArray(context.getImageData(column * w, 0, w, h * numImages).data),
  );
}

/** @throws where a file is missing; the page's own picture then stays */
export async function loadFrames(recording: RecordedGeneration): Promise<Generation> {
  const { request, sizes, timesteps, latentRange, files } = recording;
  const [bytes, decoded, predicted] = await Promise.all([
    fetchInTime(files.latents, STEPS).then((file) => file.arrayBuffer()),
    readColumns(files.decoded, recording),
    readColumns(files.predicted, recording),
  ]);
  const values = Float32Array.from(new Int8Array(bytes), (byte) => (byte / 127) * latentRange);
  const { numImages, latentWidth, latentHeight, latentChannels } = sizes;
  const length = numImages * latentWidth * latentHeight * latentChannels;
  const frames = decoded.map((rgba, k): Frame => ({
    latents: values.slice(k * length, (k + 1) * length),
    decoded: { rgba, exact: true },
    predicted: { rgba: predicted[k]!, exact: true },
  }));
  return { recorded: true, request, sizes, timesteps, frames, range: mapRange(latentRange) };
}
