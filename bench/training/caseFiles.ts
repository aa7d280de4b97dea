// The files of a step's case, fetched and read.
import {
  type ClipTextConfig,
  type HostTensor,
  parseClipTextConfig,
  parseSafetensors,
  parseUnetConfig,
  parseVaeConfig,
  type StateDict,
  type UnetConfig,
  type VaeConfig,
} from '@noisebook/ldm/numbers';
import type { StepCase } from './types.ts';

export type FileReader = (name: string) => Promise<Uint8Array>;

export interface DenoiserFiles {
  readonly unet: { readonly config: UnetConfig; readonly state: StateDict };
  readonly textEncoder: { readonly config: ClipTextConfig; readonly state: StateDict };
}

export interface AutoencoderFiles {
  readonly vae: { readonly config: VaeConfig; readonly state: StateDict };
}

export type StepFiles = { readonly settings: StepCase; readonly batch: StateDict } & (
  ({ readonly kind: 'denoiser' } & DenoiserFiles) | ({ readonly kind: 'autoencoder' } & AutoencoderFiles)
);

/** @throws when a file is missing or is not what it should be */
export async function readStepFiles(read: FileReader): Promise<StepFiles> {
  const json = async (name: string): Promise<unknown> =>
    JSON.parse(new TextDecoder().decode(await read(name)));
  const network = async <C>(
    folder: string,
    file: string,
    parse: (json: unknown, where: string) => C,
  ): Promise<{ config: C; state: StateDict }> => ({
    config: parse(await json(`${folder}/config.json`), folder),
    state: parseSafetensors(await read(`${folder}/${file}`), { name: folder }),
  });
  const settings = (await json('case.json')) as StepCase;
  const batch = parseSafetensors(await read('batch.safetensors'), { name: 'batch' });
  const diffusers = 'diffusion_pytorch_model.safetensors';
  if (settings.kind === 'autoencoder') {
    return { settings, batch, kind: 'autoencoder', vae: await network('vae', diffusers, parseVaeConfig) };
  }
  return {
    settings,
    batch,
    kind: 'denoiser',
    unet: await network('unet', diffusers, parseUnetConfig),
    textEncoder: await network('text_encoder', 'model.safetensors', parseClipTextConfig),
  };
}

/** @throws when the batch has no such tensor */
export function batchTensor(batch: StateDict, name: string): HostTensor {
  const found = batch.get(name);
  if (found === undefined) throw new Error(`batch.safetensors: expected a tensor ${name}, came none.`);
  return found;
}
