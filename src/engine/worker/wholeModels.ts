// Whole models in memory: as many as fit.
import { type ModelFolder, StableDiffusionPipeline } from '@noisebook/ldm';
import type { Manifest } from './download/manifest.ts';
import type { MemoryBudget } from './memoryBudget.ts';
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

export class WholeModels extends ModelCache<HostModel, LoadedModel> {
  /** @param onChange hears the names whenever a model comes or leaves */
  constructor(budget: MemoryBudget, onChange?: (names: readonly string[]) => void) {
    super(
      {
        kind: 'model',
        states: ({ folder: { vae, unet, textEncoder } }) =>
          [vae, unet, textEncoder].map(({ state }) => state),
        build: (name, host, backend) => {
          const pipeline = new StableDiffusionPipeline(host.folder);
          return { name, ...host, pipeline, backend, compiled: new Set() };
        },
        dispose: ({ pipeline }) => pipeline.dispose(),
        ...(onChange && { onChange }),
      },
      budget,
    );
  }
}
