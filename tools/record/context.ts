// What the makers of recorded results share: the shipped model on wasm, and where results go.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { initBackend, loadPipeline, type StableDiffusionPipeline } from '@noisebook/ldm';
import { nodeFolderSource } from '@noisebook/ldm/node';
import { toRgbImages, type RgbImage } from '../lib/sprite.ts';

/** What the figures of the chapters use: small enough to answer while a slider moves. */
export const USUAL_MODEL = 'faces-64';

const root = join(import.meta.dirname, '../..');

export interface RecordOptions {
  readonly model: string;
  readonly prompt: string;
  readonly seed: number;
  /** Quality of lossy sprites, 1 to 100. */
  readonly quality: number;
}

export interface RecordContext extends RecordOptions {
  readonly pipeline: StableDiffusionPipeline;
  /** Of the files in the model's manifest: a recording that has it can be checked for freshness. */
  readonly manifestSha256: string;
  /** What the model's makers recommend. */
  readonly sampling: { readonly numInferenceSteps: number; readonly guidanceScale: number };
  /** Where it was computed, for people. */
  readonly backend: string;
  /** The folder of another model's weights. */
  readonly modelFolder: (name: string) => string;
  /** Writes public/recorded/<folder>/<name>; anything but bytes and text becomes JSON. */
  readonly write: (folder: string, name: string, content: unknown) => void;
}

/**
 * sha256 of the files that a model's manifest lists, and those of its base: a recording is one of weights, however they
 * were measured since.
 */
export function manifestHash(model: string): string {
  const { files, base } = JSON.parse(readFileSync(join(modelFolder(model), 'manifest.json'), 'utf8')) as {
    readonly files: readonly { readonly path: string; readonly sha256: string }[];
    readonly base?: string;
  };
  const lines = files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).sort();
  if (base !== undefined) lines.push(`${manifestHash(base)}  base\n`);
  return createHash('sha256').update(lines.join('')).digest('hex');
}

const modelFolder = (name: string): string => join(root, 'public/weights', name);

function write(folder: string, name: string, content: unknown): void {
  const plain = typeof content === 'string' || content instanceof Uint8Array;
  const data = plain ? content : `${JSON.stringify(content, null, 1)}\n`;
  mkdirSync(join(root, 'public/recorded', folder), { recursive: true });
  writeFileSync(join(root, 'public/recorded', folder, name), data);
  console.log(`public/recorded/${folder}/${name}: ${data.length} bytes`);
}

/** Starts the backend and loads the model. */
export async function openContext(options: RecordOptions): Promise<RecordContext> {
  const { label } = await initBackend({ backend: 'wasm' });
  const folder = modelFolder(options.model);
  const { sampling } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Pick<
    RecordContext,
    'sampling'
  >;
  return {
    ...options,
    sampling,
    pipeline: await loadPipeline(nodeFolderSource(folder)),
    manifestSha256: manifestHash(options.model),
    backend: `${label}, in Node`,
    modelFolder,
    write,
  };
}

/** Latents as pictures of bytes, one for each image. */
export async function decodeImages(
  pipeline: StableDiffusionPipeline,
  latents: tf.Tensor4D,
): Promise<RgbImage[]> {
  const images = pipeline.decode(latents);
  const pixels = await images.data<'float32'>();
  images.dispose();
  return toRgbImages(pixels, pipeline.sampleSize[0]);
}
