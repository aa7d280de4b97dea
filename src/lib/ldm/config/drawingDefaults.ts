// What is drawn with where nothing else is said, and the pictures that a page can draw.

/** Steps of the sampler, and w of classifier-free guidance. */
export const DEFAULT_SAMPLING = { numInferenceSteps: 12, guidanceScale: 3 } as const;

/** The largest pictures and latents that the models of a page may have, and the largest factor f between them. */
export const PICTURE_LIMITS = { side: 256, latentSide: 64, latentChannels: 16, factor: 16 } as const;
