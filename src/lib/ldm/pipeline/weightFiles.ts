// What the weight files of a model's parts are called, in the order in which they are looked for.

/** The networks of a model, and the names that diffusers and transformers give their weights. */
const WEIGHTS = {
  vae: 'diffusion_pytorch_model',
  unet: 'diffusion_pytorch_model',
  text_encoder: 'model',
} as const;

export type Part = keyof typeof WEIGHTS;
export const PARTS: readonly Part[] = ['vae', 'unet', 'text_encoder'];

/** The standard file, then the variants: half precision, and 8 bits (see weights/int8.ts). */
const VARIANTS = ['', '.fp16', '.int8'] as const;

/** Paths inside the model folder. The first that is there holds the part's weights, others are second copies. */
export const weightFiles = (part: Part): string[] =>
  VARIANTS.map((variant) => `${part}/${WEIGHTS[part]}${variant}.safetensors`);
