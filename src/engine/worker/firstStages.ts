// First stages in memory without the rest of their models: as many as fit.
import type { VaeConfig } from '@noisebook/ldm/numbers';
import { FirstStage, type HostPart } from '@noisebook/ldm';
import { ModelCache, type OnBackend } from './modelCache.ts';

/** A loaded first stage: one of these, or that of a whole model in memory. */
export interface LoadedStage extends OnBackend {
  readonly stage: FirstStage;
}

/** Weights of about ten first stages of the size that the site ships. */
const MAX_BYTES = 64e6;

export class FirstStages extends ModelCache<HostPart<VaeConfig>, LoadedStage> {
  constructor(maxBytes = MAX_BYTES) {
    super({
      maxBytes,
      maxCount: Infinity,
      states: ({ state }) => [state],
      build: (_name, part, backend) => ({ stage: new FirstStage(part), backend, compiled: new Set() }),
      dispose: ({ stage }) => stage.dispose(),
    });
  }
}
