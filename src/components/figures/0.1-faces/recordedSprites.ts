// The recorded result of figure 0.1, made by tools/record.ts with the shipped model: fetched once, then a run like any.
import type { GenerateRequest, Sizes } from '../../../engine/protocol/messages.ts';
import type { FaceRun, Frame } from './faceRun.ts';

/** What public/recorded/home/recorded.json says. */
export interface RecordingInfo {
  /** sha256 of the manifest of the model that drew it: a stale recording fails a test. */
  readonly manifestSha256: string;
  readonly request: GenerateRequest;
  readonly sizes: Sizes;
  readonly timesteps: readonly number[];
  /** How long it took where it was recorded, in milliseconds, and on what. */
  readonly ms: number;
  readonly backend: string;
  /** latents.bin holds bytes from -127 to 127; 127 stands for this value. [steps + 1, n, height, width, channels] */
  readonly latentRange: number;
  /** Sprites: a column for each position 0 to steps, a row for each image. */
  readonly files: { readonly latents: string; readonly decoded: string; readonly predicted: string };
}

async function fetchOk(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: expected the recorded result, got status ${response.status}.`);
  return response;
}

/** Reads a sprite into RGBA pictures, one for each column. */
async function readSprite(url: string, info: RecordingInfo): Promise<Uint8ClampedArray<ArrayBuffer>[]> {
  const bitmap = await createImageBitmap(await (await fetchOk(url)).blob());
  const { imageWidth: w, imageHeight: h, numImages } = info.sizes;
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('This browser gives no 2d canvas.');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return [...info.timesteps.keys(), info.timesteps.length].map(
    (column) => new Uint8ClampedArray(context.getImageData(column * w, 0, w, h * numImages).data),
  );
}

/** The frames of the recording. Throws when a file is missing; the page's own picture then stays. */
export async function loadRecording(info: RecordingInfo, folder: string): Promise<FaceRun> {
  const [bytes, decoded, predicted] = await Promise.all([
    fetchOk(folder + info.files.latents).then((response) => response.arrayBuffer()),
    readSprite(folder + info.files.decoded, info),
    readSprite(folder + info.files.predicted, info),
  ]);
  const values = Float32Array.from(new Int8Array(bytes), (byte) => (byte / 127) * info.latentRange);
  const { numImages, latentWidth, latentHeight, latentChannels } = info.sizes;
  const length = numImages * latentWidth * latentHeight * latentChannels;
  const frames = decoded.map((rgba, k): Frame => ({
    latents: values.slice(k * length, (k + 1) * length),
    decoded: { rgba, exact: true },
    predicted: { rgba: predicted[k]!, exact: true },
  }));
  const range = Math.max(0.5, Math.ceil(info.latentRange * 2) / 2);
  const { request, sizes, timesteps } = info;
  return { recorded: true, request, sizes, timesteps, frames, range };
}
