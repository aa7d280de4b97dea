// First stages in memory without the rest of their models: as many as fit.
import type { VaeConfig } from '@noisebook/ldm/numbers';
import { FirstStage, type HostPart } from '@noisebook/ldm';
import type { MemoryBudget } from './memoryBudget.ts';
import { ModelCache, type OnBackend } from './modelCache.ts';

/** A loaded first stage: one of these, or that of a whole model in memory. */
export interface LoadedStage extends OnBackend {
  readonly stage: FirstStage;
}

export class FirstStages extends ModelCache<HostPart<VaeConfig>, LoadedStage> {
  constructor(budget: MemoryBudget) {
    super(
      {
        kind: 'first-stage',
        states: ({ state }) => [state],
        build: (_name, part, backend) => ({ stage: new FirstStage(part), backend, compiled: new Set() }),
        dispose: ({ stage }) => stage.dispose(),
      },
      budget,
    );
  }
}
