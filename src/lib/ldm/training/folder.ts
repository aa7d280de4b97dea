// A trained model as the files of a folder that diffusers' StableDiffusionPipeline opens.
import type { StateDict } from '../weights/safetensors.ts';
import { serializeSafetensors } from '../weights/safetensors.ts';
import { VOCABULARY_FILE_NAMES, type VocabularyFiles } from '../tokenizer/makeVocabulary.ts';
import type { Architecture } from '../recipe/architecture.ts';

export interface FolderWeights {
  readonly vae: StateDict;
  readonly unet: StateDict;
  readonly textEncoder: StateDict;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (value: unknown): Uint8Array => bytesOf(`${JSON.stringify(value, null, 2)}\n`);

/**
 * Paths and bytes.
 * @param dtype how numbers are stored; F16 rounds them and halves the size
 * @throws SafetensorsError when a number does not fit F16
 */
export function modelFolder(
  { vae, unet, textEncoder, scheduler, modelIndex }: Architecture,
  weights: FolderWeights,
  tokenizer: VocabularyFiles,
  dtype: 'F16' | 'F32',
): Map<string, Uint8Array> {
  const tensors = (state: StateDict): Uint8Array =>
    serializeSafetensors(state, { dtype, metadata: { format: 'pt' } });
  const files = new Map([
    ['model_index.json', json(modelIndex)],
    ['vae/config.json', json(vae.json)],
    ['vae/diffusion_pytorch_model.safetensors', tensors(weights.vae)],
    ['unet/config.json', json(unet.json)],
    ['unet/diffusion_pytorch_model.safetensors', tensors(weights.unet)],
    ['text_encoder/config.json', json(textEncoder.json)],
    ['text_encoder/model.safetensors', tensors(weights.textEncoder)],
    ['scheduler/scheduler_config.json', json(scheduler.json)],
  ]);
  for (const part of ['vocab', 'merges', 'config', 'specialTokensMap'] as const) {
    files.set(`tokenizer/${VOCABULARY_FILE_NAMES[part]}`, bytesOf(tokenizer[part]));
  }
  return files;
}
