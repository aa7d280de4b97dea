// Checks what the page sends about the reader's own models before the worker acts on it.
import * as v from 'valibot';
import type { Jobs } from '../../protocol/messages.ts';

type Requests = Pick<Jobs, 'model-open' | 'model-export' | 'model-zip'>;

const Title = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const OwnName = v.custom<`own-${string}`>(
  (value) => typeof value === 'string' && /^own-[a-z0-9]{6,40}$/.test(value),
  'expected the name of a model of yours, own- and its id',
);

const ALONE = ": choose the model's folder alone";

export const ownRequests: { [N in keyof Requests]: v.GenericSchema<unknown, Requests[N]['request']> } = {
  'model-open': v.pipe(
    v.object({
      name: v.pipe(v.string(), v.minLength(1), v.maxLength(1000)),
      zip: v.exactOptional(v.blob()),
      files: v.exactOptional(
        v.pipe(
          v.array(
            v.object({
              path: v.pipe(
                v.string(),
                v.maxLength(1000, `expected a path of at most 1000 characters${ALONE}`),
              ),
              file: v.blob(),
            }),
          ),
          v.maxLength(5000, ({ input }) => `expected at most 5000 files, got ${input.length}${ALONE}`),
        ),
      ),
    }),
    v.check(({ zip, files }) => (zip === undefined) !== (files === undefined), 'expected a zip or files'),
  ),
  'model-export': v.object({
    runId: v.pipe(v.string(), v.regex(/^[a-z0-9]{6,40}$/, 'expected the id of a run')),
    snapshot: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
    weights: v.exactOptional(v.picklist(['averaged', 'latest'])),
    title: Title,
    as: v.picklist(['model', 'zip']),
  }),
  'model-zip': v.object({ model: OwnName }),
};
