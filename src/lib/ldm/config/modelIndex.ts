// model_index.json: which class reads which folder of a model.
import { ConfigError, ConfigReader } from './reader.ts';

/** The folders of a text-to-image model, and the classes that this library has for them. */
export type ModelPart = 'vae' | 'unet' | 'text_encoder' | 'tokenizer' | 'scheduler';

export interface ModelIndex {
  /** The pipeline class that saved the folder. */
  readonly className: 'StableDiffusionPipeline';
  /** Class name per part, as in the file: ["diffusers", "AutoencoderKL"] gives "AutoencoderKL". */
  readonly classes: Readonly<Record<ModelPart, string>>;
}

const accepted: Readonly<Record<ModelPart, readonly string[]>> = {
  vae: ['AutoencoderKL'],
  unet: ['UNet2DConditionModel'],
  text_encoder: ['CLIPTextModel'],
  tokenizer: ['CLIPTokenizer', 'CLIPTokenizerFast'],
  // The scheduler's own file says which one it is and is checked there.
  scheduler: [],
};

const parts = Object.keys(accepted) as ModelPart[];

/** @throws ConfigError for another pipeline, a missing part or one of another class. */
export function parseModelIndex(json: unknown, where: string): ModelIndex {
  const reader = new ConfigReader(json, where);
  const pipelines = [
    'StableDiffusionPipeline',
    'StableDiffusionImg2ImgPipeline',
    'StableDiffusionInpaintPipeline',
  ];
  const name = reader.raw('_class_name');
  if (typeof name !== 'string' || !pipelines.includes(name)) {
    reader.fail('_class_name', '"StableDiffusionPipeline" (other pipelines are not implemented)', name);
  }
  const classOf = (part: ModelPart): string => {
    const value = reader.raw(part);
    const className: unknown = Array.isArray(value) && value.length === 2 ? value[1] : undefined;
    const choices = accepted[part];
    if (typeof className !== 'string' || (choices.length > 0 && !choices.includes(className))) {
      const expected = choices.length > 0 ? JSON.stringify(choices[0]) : 'the name of its class';
      throw new ConfigError(where, part, `[library, ${expected}]`, value);
    }
    return className;
  };
  const classes = Object.fromEntries(parts.map((part) => [part, classOf(part)])) as Record<ModelPart, string>;
  // safety_checker, feature_extractor and image_encoder do not change a picture's latents; a model may lack them.
  return { className: 'StableDiffusionPipeline', classes };
}
