// Reads the parts of a model folder in the diffusers layout into host memory: settings and weights, not yet on a device.
import { parseConfigJson } from '../config/json.ts';
import {
  chooseScheduler,
  parseClipTextConfig,
  parseModelIndex,
  parseUnetConfig,
  parseVaeConfig,
} from '../config/index.ts';
import type { ClipTextConfig, SchedulerClassName, UnetConfig, VaeConfig } from '../config/index.ts';
import { parseSafetensors, type StateDict } from '../weights/safetensors.ts';
import { CLIPTokenizer } from '../tokenizer/clipTokenizer.ts';
import { isHtmlPage } from '../weights/sniff.ts';
import type { ModelSource } from '../weights/source.ts';
import { withBase } from '../weights/withBase.ts';
import { weightFiles, type Part } from './weightFiles.ts';

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
  /** The sampler that will draw, if not the model's own: then that one has to fit, and its own need not. */
  readonly sampler?: SchedulerClassName;
}

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

export async function readJsonFile(
  source: ModelSource,
  path: string,
  options: LoadOptions = {},
): Promise<unknown> {
  return parseConfigJson(await readFile(source, path, options), path);
}

async function readWeights(source: ModelSource, part: Part, options: LoadOptions): Promise<StateDict> {
  const paths = weightFiles(part);
  for (const path of paths) {
    const bytes = await readOptional(source, path, options);
    if (bytes === undefined) continue;
    // Old text encoders carry their position numbers as integers; they are 0, 1, 2, ... and not needed.
    return parseSafetensors(bytes, { name: path, skip: (key) => key.endsWith('embeddings.position_ids') });
  }
  throw new Error(
    `${source.name}: the file ${paths[0] ?? part} is missing. Weights must be in safetensors files; check that the folder is complete.`,
  );
}

type PartReader<C> = (source: ModelSource, options?: LoadOptions) => Promise<HostPart<C>>;

const partReader =
  <C>(part: Part, parse: (json: unknown, where: string) => C): PartReader<C> =>
  async (source, options = {}) => {
    const path = `${part}/config.json`;
    const config = parse(await readJsonFile(source, path, options), path);
    return { config, state: await readWeights(source, part, options) };
  };

/** For a part alone: what the model lacks is read from its base. */
const fromBase =
  <C>(read: PartReader<C>): PartReader<C> =>
  async (source, options = {}) =>
    read(await withBase(source, options), options);

const vaePart = partReader<VaeConfig>('vae', parseVaeConfig);
const unetPart = partReader<UnetConfig>('unet', parseUnetConfig);
const textPart = partReader<ClipTextConfig>('text_encoder', parseClipTextConfig);

export const readVae = fromBase(vaePart);
export const readUnet = fromBase(unetPart);
export const readTextEncoder = fromBase(textPart);

/** A whole model in host memory: everything needed to start it on a device, as often as needed. */
export interface ModelFolder {
  readonly name: string;
  readonly vae: HostPart<VaeConfig>;
  readonly unet: HostPart<UnetConfig>;
  readonly textEncoder: HostPart<ClipTextConfig>;
  readonly tokenizer: CLIPTokenizer;
  /** scheduler_config.json as it is: `chooseScheduler` reads it, also for another sampler than it names. */
  readonly schedulerJson: unknown;
  /** Sentences for the reader: which sampler stands in for the model's own. */
  readonly notes: readonly string[];
}

/** From tokenizer.json, or from vocab.json and merges.txt, with all that the other files add. */
export async function readTokenizer(source: ModelSource, options: LoadOptions = {}): Promise<CLIPTokenizer> {
  const read = (file: string): Promise<Uint8Array | undefined> =>
    readOptional(source, `tokenizer/${file}`, options);
  // None of these need be there: a web page that was saved in place of one is nothing either.
  const optional = async (file: string): Promise<Uint8Array | undefined> => {
    const bytes = await read(file);
    return bytes === undefined || isHtmlPage(bytes) ? undefined : bytes;
  };
  const [tokenizerJson, config, specialTokensMap, addedTokens] = await Promise.all([
    optional('tokenizer.json'),
    optional('tokenizer_config.json'),
    optional('special_tokens_map.json'),
    optional('added_tokens.json'),
  ]);
  if (tokenizerJson !== undefined)
    return CLIPTokenizer.fromFiles({ tokenizerJson, config, specialTokensMap, addedTokens });
  const [vocab, merges] = await Promise.all([read('vocab.json'), read('merges.txt')]);
  if (vocab === undefined || merges === undefined) {
    const missing = vocab === undefined ? 'vocab.json' : 'merges.txt';
    throw new Error(
      `${source.name}: the file tokenizer/${missing} is missing, and there is no tokenizer/tokenizer.json in its place. Expected a model folder in the diffusers layout; check that it is complete.`,
    );
  }
  return CLIPTokenizer.fromFiles({ vocab, merges, config, specialTokensMap, addedTokens });
}

/**
 * Reads and checks all parts of a text-to-image model; what it lacks comes from the base that its manifest names.
 * @throws naming the file and the key for anything missing, damaged or not implemented
 */
export async function readModelFolder(given: ModelSource, options: LoadOptions = {}): Promise<ModelFolder> {
  const source = await withBase(given, options);
  parseModelIndex(await readJsonFile(source, 'model_index.json', options), 'model_index.json');
  const path = 'scheduler/scheduler_config.json';
  const [schedulerJson, tokenizer, vae, textEncoder, unet] = await Promise.all([
    readJsonFile(source, path, options),
    readTokenizer(source, options),
    vaePart(source, options),
    textPart(source, options),
    unetPart(source, options),
  ]);
  const { note } = chooseScheduler(schedulerJson, path, options.sampler);
  checkFit(source.name, { vae: vae.config, unet: unet.config, text: textEncoder.config });
  checkTokens(source.name, tokenizer, textEncoder.config);
  const notes = note === undefined ? [] : [note];
  return { name: source.name, vae, unet, textEncoder, tokenizer, schedulerJson, notes };
}

/** The parts must fit together: the first stage's latents, the denoiser's input, the text encoder's width. */
function checkFit(
  name: string,
  { vae, unet, text }: { readonly vae: VaeConfig; readonly unet: UnetConfig; readonly text: ClipTextConfig },
): void {
  const fail = (expected: string): never => {
    throw new Error(
      `${name}: the parts of the model do not fit together: expected ${expected}. Check that they belong to the same model.`,
    );
  };
  if (unet.inChannels !== vae.latentChannels) {
    fail(`unet in_channels ${vae.latentChannels} (vae latent_channels), got ${unet.inChannels}`);
  }
  if (unet.outChannels !== vae.latentChannels) {
    fail(`unet out_channels ${vae.latentChannels} (vae latent_channels), got ${unet.outChannels}`);
  }
  if (unet.crossAttentionDim !== null && unet.crossAttentionDim !== text.hiddenSize) {
    fail(
      `unet cross_attention_dim ${text.hiddenSize} (text_encoder hidden_size), got ${unet.crossAttentionDim}`,
    );
  }
}

/** Every token that the tokenizer can give must have its row in the text encoder. */
function checkTokens(name: string, tokenizer: CLIPTokenizer, { vocabSize }: ClipTextConfig): void {
  if (tokenizer.vocabSize > vocabSize) {
    throw new Error(
      `${name}: the tokenizer has ids up to ${tokenizer.vocabSize - 1}, but the text encoder's vocab_size is ${vocabSize}. Check that they belong to the same model.`,
    );
  }
}
