// The library's own training runs; their code comes with the first.
import type { RunMaker, TrainingRun } from './trainingRun.ts';

const load = (): Promise<typeof import('../../lib/ldm/training/run.ts')> =>
  import('../../lib/ldm/training/run.ts');

export const libraryRuns: RunMaker = {
  create: async (recipe, data): Promise<TrainingRun> => (await load()).Run.create(recipe, data),
  restore: async (recipe, data, checkpoint): Promise<TrainingRun> =>
    (await load()).Run.restore(recipe, data, checkpoint),
};
