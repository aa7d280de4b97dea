// The training run in this worker's memory, which all jobs of the lab share.
import { libraryRuns } from './libraryRuns.ts';
import { LiveRuns } from './liveRun.ts';

export const workerRuns = new LiveRuns(libraryRuns);
