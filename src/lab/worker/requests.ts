// Checks what the page sends about training runs before the worker acts on it.
import * as v from 'valibot';
import { checkRecipe } from '../../lib/ldm/recipe/architecture.ts';
import { DATA_KINDS } from '../../datasets/dataKinds.ts';
import type { Recipe } from '../../lib/ldm/recipe/recipe.ts';
import type { JobName, Jobs } from '../../engine/protocol/messages.ts';
import type { LabDataset } from '../../engine/protocol/lab.ts';

const MAX_IMAGES = 65_536;
const MAX_NAME = 80;
const MAX_TEXT = 300;
const MAX_SAMPLES = 16;

const Whole = (min: number, max: number): v.GenericSchema<unknown, number> =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const Id = v.pipe(v.string(), v.regex(/^[a-z0-9]{6,40}$/, 'expected 6 to 40 lower-case letters and digits'));
const Name = v.pipe(v.string(), v.trim(), v.minLength(1, 'expected a name'), v.maxLength(MAX_NAME));
const Text = v.pipe(v.string(), v.maxLength(MAX_TEXT));

/** The library knows what it can train, and the site from which pictures. */
const RecipeSchema: v.GenericSchema<unknown, Recipe> = v.pipe(
  v.unknown(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return checkRecipe(dataset.value, DATA_KINDS);
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : String(error) });
      return NEVER;
    }
  }),
);

const Bytes = v.custom<Uint8Array<ArrayBuffer>>(
  (value) => value instanceof Uint8Array && value.buffer instanceof ArrayBuffer,
  'expected bytes',
);

const Dataset: v.GenericSchema<unknown, LabDataset> = v.pipe(
  v.object({
    kind: v.picklist(DATA_KINDS),
    title: Text,
    credit: v.exactOptional(v.pipe(v.string(), v.maxLength(1000))),
    count: Whole(1, MAX_IMAGES),
    size: v.picklist([32, 64]),
    pixels: Bytes,
    captions: v.array(v.array(Text)),
    words: v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(40))),
    sampleCaptions: v.pipe(v.array(v.object({ text: Text, label: Text })), v.maxLength(MAX_SAMPLES)),
  }),
  v.check(
    ({ pixels, count, size }) => pixels.length === count * size * size * 3,
    'pixels: expected three bytes for each pixel of each picture',
  ),
  v.check(
    ({ captions, count }) => captions.length === 0 || captions.length === count,
    'captions: expected as many as pictures, or none',
  ),
);

type LabJob = Extract<JobName, `lab-${string}`>;

export const labRequests: { [N in LabJob]: v.GenericSchema<unknown, Jobs[N]['request']> } = {
  'lab-probe': v.object({ recipe: RecipeSchema, steps: v.exactOptional(Whole(1, 20)) }),
  'lab-create': v.pipe(
    v.object({ id: Id, name: Name, recipe: RecipeSchema, dataset: Dataset }),
    v.check(
      ({ recipe, dataset }) => recipe.images <= dataset.count && recipe.imageSize === dataset.size,
      'dataset: expected at least as many pictures as the recipe asks for, of its size',
    ),
    v.check(
      ({ recipe, dataset }) => recipe.conditioning === 'none' || dataset.captions.length > 0,
      'dataset: expected captions, because the recipe is steered by words',
    ),
  ),
  'lab-train': v.object({ runId: Id, mode: v.picklist(['run', 'step', 'slow']) }),
  'lab-export': v.object({
    runId: Id,
    snapshot: v.exactOptional(Whole(0, 1_000_000)),
    weights: v.exactOptional(v.picklist(['averaged', 'latest'])),
  }),
  'lab-memory': v.variant('call', [
    v.object({ call: v.literal('list') }),
    v.object({ call: v.picklist(['history', 'reset', 'remove']), id: Id }),
    v.object({ call: v.literal('rename'), id: Id, name: Name }),
  ]),
};
