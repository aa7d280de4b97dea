// The library's own training runs; their code comes with the first.
import { loadPart } from '../../loading/loadPart.ts';
import type { RunMaker, TrainingRun } from './trainingRun.ts';

const load = (): Promise<typeof import('@noisebook/ldm/training')> =>
  loadPart(import('@noisebook/ldm/training'), 'the code that trains');

export const libraryRuns: RunMaker = {
  create: async (recipe, data): Promise<TrainingRun> => (await load()).Run.create(recipe, data),
  restore: async (recipe, data, checkpoint): Promise<TrainingRun> =>
    (await load()).Run.restore(recipe, data, checkpoint),
};
