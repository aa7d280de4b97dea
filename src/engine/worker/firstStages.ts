// First stages in memory without the rest of their models: as many as fit.
import type { VaeConfig } from '../../lib/ldm/config/index.ts';
import { FirstStage } from '../../lib/ldm/pipeline/firstStage.ts';
import type { HostPart } from '../../lib/ldm/pipeline/modelFolder.ts';
import { ReadyCache, type OnBackend } from './modelCache.ts';

/** A first stage that is ready to compute: one of these, or that of the whole model in memory. */
export interface ReadyStage extends OnBackend {
  readonly stage: FirstStage;
}

/** Weights of about ten first stages of the size that the site ships. */
const MAX_BYTES = 64e6;

export class FirstStages extends ReadyCache<HostPart<VaeConfig>, ReadyStage> {
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
