// Whole models in memory: the last two, as long as both fit.
import { type ModelFolder, StableDiffusionPipeline } from '@noisebook/ldm';
import type { Manifest } from './download/manifest.ts';
import { ModelCache, type OnBackend } from './modelCache.ts';

/** What a model is rebuilt from. */
export interface HostModel {
  readonly manifest: Manifest;
  /** Settings and weights in host memory. */
  readonly folder: ModelFolder;
}

/** A model whose weights are on the backend. */
export interface LoadedModel extends HostModel, OnBackend {
  readonly name: string;
  readonly pipeline: StableDiffusionPipeline;
}

/** Two models of the size that the site ships. */
const MAX_BYTES = 100e6;

interface WholeModelsOptions {
  readonly maxBytes?: number;
  readonly onChange?: (names: readonly string[]) => void;
}

export class WholeModels extends ModelCache<HostModel, LoadedModel> {
  /** @param options `onChange` hears the names whenever a model comes or leaves */
  constructor({ maxBytes = MAX_BYTES, onChange }: WholeModelsOptions = {}) {
    super({
      maxBytes,
      maxCount: 2,
      states: ({ folder: { vae, unet, textEncoder } }) => [vae, unet, textEncoder].map(({ state }) => state),
      build: (name, host, backend) => {
        const pipeline = new StableDiffusionPipeline(host.folder);
        return { name, ...host, pipeline, backend, compiled: new Set() };
      },
      dispose: ({ pipeline }) => pipeline.dispose(),
      ...(onChange && { onChange }),
    });
  }
}
