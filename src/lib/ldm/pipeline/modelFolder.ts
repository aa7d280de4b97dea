// Reads the parts of a model folder in the diffusers layout into host memory: settings and weights, not yet on a device.
import { parseClipTextConfig, parseUnetConfig, parseVaeConfig } from '../config.ts';
import type { ClipTextConfig, UnetConfig, VaeConfig } from '../config.ts';
import { parseSafetensors, type StateDict } from '../weights/safetensors.ts';
import type { ModelSource } from '../weights/source.ts';

/** One network of a model: its settings and its weights. */
export interface HostPart<C> {
  readonly config: C;
  readonly state: StateDict;
}

/** Bytes read so far of one file. */
export interface FileProgress {
  readonly path: string;
  readonly loadedBytes: number;
}

export interface LoadOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FileProgress) => void;
}

const DIFFUSERS_WEIGHTS = ['diffusion_pytorch_model.safetensors', 'diffusion_pytorch_model.fp16.safetensors'];
const TRANSFORMERS_WEIGHTS = ['model.safetensors', 'model.fp16.safetensors'];

/** The bytes of a file of the folder, or undefined if it has none of that name. */
export function readOptional(
  source: ModelSource,
  path: string,
  { signal, onProgress }: LoadOptions = {},
): Promise<Uint8Array | undefined> {
  return source.read(path, {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress: (loadedBytes) => onProgress({ path, loadedBytes }) }),
  });
}

/** @throws if the folder has no such file */
export async function readFile(
  source: ModelSource,
  path: string,
  options: LoadOptions = {},
): Promise<Uint8Array> {
  const bytes = await readOptional(source, path, options);
  if (bytes === undefined) {
    throw new Error(
      `${source.name}: the file ${path} is missing. Expected a model folder in the diffusers layout; check that it is complete.`,
    );
  }
  return bytes;
}

/** Decodes a JSON file. @throws naming the file if it is no JSON */
export function parseJsonFile(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    throw new Error(
      `${where}: expected JSON, got something else (${error instanceof Error ? error.message : 'unreadable'})`,
      {
        cause: error,
      },
    );
  }
}

export async function readJsonFile(
  source: ModelSource,
  path: string,
  options: LoadOptions = {},
): Promise<unknown> {
  return parseJsonFile(await readFile(source, path, options), path);
}

async function readWeights(
  source: ModelSource,
  folder: string,
  names: readonly string[],
  options: LoadOptions,
): Promise<StateDict> {
  for (const name of names) {
    const path = `${folder}/${name}`;
    const bytes = await readOptional(source, path, options);
    if (bytes === undefined) continue;
    // Old text encoders carry their position numbers as integers; they are 0, 1, 2, ... and not needed.
    return parseSafetensors(bytes, { name: path, skip: (key) => key.endsWith('embeddings.position_ids') });
  }
  throw new Error(
    `${source.name}: the file ${folder}/${names[0] ?? ''} is missing. Weights must be in safetensors files; check that the folder is complete.`,
  );
}

async function readPart<C>(
  source: ModelSource,
  folder: string,
  parse: (json: unknown, where: string) => C,
  names: readonly string[],
  options: LoadOptions,
): Promise<HostPart<C>> {
  const path = `${folder}/config.json`;
  const config = parse(await readJsonFile(source, path, options), path);
  return { config, state: await readWeights(source, folder, names, options) };
}

export const readVae = (source: ModelSource, options: LoadOptions = {}): Promise<HostPart<VaeConfig>> =>
  readPart(source, 'vae', parseVaeConfig, DIFFUSERS_WEIGHTS, options);

export const readUnet = (source: ModelSource, options: LoadOptions = {}): Promise<HostPart<UnetConfig>> =>
  readPart(source, 'unet', parseUnetConfig, DIFFUSERS_WEIGHTS, options);

export const readTextEncoder = (
  source: ModelSource,
  options: LoadOptions = {},
): Promise<HostPart<ClipTextConfig>> =>
  readPart(source, 'text_encoder', parseClipTextConfig, TRANSFORMERS_WEIGHTS, options);
