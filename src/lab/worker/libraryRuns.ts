// The library's own training runs; their code comes with the first.
import type { RunMaker, TrainingRun } from './trainingRun.ts';

const load = (): Promise<typeof import('@noisebook/ldm/training')> => import('@noisebook/ldm/training');

export const libraryRuns: RunMaker = {
  create: async (recipe, data): Promise<TrainingRun> => (await load()).Run.create(recipe, data),
  restore: async (recipe, data, checkpoint): Promise<TrainingRun> =>
    (await load()).Run.restore(recipe, data, checkpoint),
};
