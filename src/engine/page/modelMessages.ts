// The shapes of what the worker answers about the reader's own models.
import * as v from 'valibot';
import type { Jobs } from '../protocol/messages.ts';
import type { OwnModel } from '../../storage/types.ts';
import { Count } from './messageParts.ts';

type Answers = Pick<Jobs, 'model-open' | 'model-export' | 'model-zip'>;

const Name = v.custom<`own-${string}`>((value) => typeof value === 'string' && value.startsWith('own-'));

const Model: v.GenericSchema<unknown, OwnModel> = v.object({
  id: v.string(),
  name: Name,
  title: v.string(),
  created: v.string(),
  bytes: Count,
  hash: v.string(),
  image: v.object({ size: Count, f: Count, latentChannels: Count, latentSize: Count }),
  sampling: v.object({ numInferenceSteps: Count, guidanceScale: v.number() }),
  knownWords: v.array(v.string()),
  examples: v.array(v.string()),
  facePixels: v.exactOptional(v.boolean()),
  origin: v.picklist(['run', 'opened']),
  runId: v.exactOptional(v.string()),
  step: v.exactOptional(Count),
});
const Packed = v.object({ zip: v.blob(), fileName: v.string() });

export const ModelProgress = v.object({
  type: v.literal('model-progress'),
  what: v.picklist(['read', 'check', 'try', 'try-slowly', 'store', 'pack']),
  share: v.number(),
});

export const modelResults: { [N in keyof Answers]: v.GenericSchema<unknown, Answers[N]['result']> } = {
  'model-open': v.object({ model: Model, notes: v.array(v.string()) }),
  'model-export': v.object({ model: Model, packed: v.exactOptional(Packed) }),
  'model-zip': Packed,
};
