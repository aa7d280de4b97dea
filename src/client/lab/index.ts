// The lab's calls, for components.
export type {
  Lab,
  ListedRun,
  OpenRun,
  Room,
  RunHistory,
  RunRecord,
  RunState,
  Snapshot,
  TrainingStatus,
  TrainOptions,
} from './types.ts';
