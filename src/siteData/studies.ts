// What the studies of training/studies measured, checked as it is read while the site is built.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { parseUnetConfig, parseVaeConfig } from '@noisebook/ldm/numbers';

/** Where `training/studies/run.py` writes, seen from the repository's root. */
export const STUDY_RESULTS = 'training/studies/results';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const positive = v.pipe(v.number(), v.minValue(0));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
/** A mean or a distance, and how sure it is. */
const measured = v.strictObject({ value: v.number(), standardError: positive });
/** A share, and where 95 of 100 bootstraps lie. */
const shareMeasured = v.strictObject({ value: share, interval: v.tuple([share, share]) });
const factors = v.picklist([1, 2, 4, 8, 16, 32]);

/** What every result says of itself. */
const origin = {
  item: v.string(),
  recipe: v.record(v.string(), v.unknown()),
  commit: v.string(),
  date: v.pipe(v.string(), v.isoDate()),
  machine: v.string(),
};
const unetConfig = v.pipe(
  v.record(v.string(), v.unknown()),
  v.check(
    (config) => parseUnetConfig(config, 'unet').inChannels > 0,
    'expected settings of a UNet2DConditionModel',
  ),
);
const vaeConfig = v.pipe(
  v.record(v.string(), v.unknown()),
  v.check(
    (config) => parseVaeConfig(config, 'vae').latentChannels > 0,
    'expected settings of an AutoencoderKL',
  ),
);
const denoiserCosts = v.strictObject({ parameters: count, call: count });
/** A denoiser that was measured once, at the end of its training. */
const trained = {
  config: unetConfig,
  costs: denoiserCosts,
  step: count,
  seconds: positive,
  coreSeconds: positive,
  images: count,
};

/** The network whose features the studies' Fréchet distance is measured in, and what that makes of known harm. */
const features = v.strictObject({
  ...origin,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  parameters: count,
  coreMinutes: positive,
  found: share,
  sensitivity: v.array(v.strictObject({ kind: v.string(), what: v.string(), ...measured.entries })),
});

/** A first stage; `psnr` is null, and there are no costs, where there is none (f = 1). */
const firstStage = v.strictObject({
  ...origin,
  f: factors,
  channels: count,
  faces: count,
  steps: v.optional(count),
  images: v.optional(count),
  seconds: v.optional(positive),
  coreSeconds: v.optional(positive),
  config: v.optional(vaeConfig),
  costs: v.optional(v.strictObject({ parameters: count, encoder: count, decoder: count })),
  pixels: v.optional(
    v.strictObject({ mean: v.array(v.number()), deviation: v.array(v.pipe(v.number(), v.gtValue(0))) }),
  ),
  tested: count,
  psnr: v.nullable(measured),
  ssim: measured,
  edgeError: measured,
  frechet: v.strictObject({ count, reference: count, floor: measured, reconstructions: measured }),
  spectra: v.array(v.array(positive)),
});

/** Samples at one step of a training, drawn with so many steps of the sampler. */
const samples = v.strictObject({
  step: count,
  samplingSteps: count,
  guidance: positive,
  seconds: positive,
  coreSeconds: positive,
  coreSecondsPicture: positive,
  frechet: measured,
  accuracy: shareMeasured,
  allRight: shareMeasured,
});

/** The same short training with several learning rates, and the loss on faces that nobody trains on. */
const rates = v.strictObject({
  ...origin,
  f: factors,
  channels: count,
  heldOut: count,
  tried: v.array(
    v.strictObject({
      learningRate: positive,
      step: count,
      seconds: positive,
      coreSeconds: positive,
      loss: positive,
    }),
  ),
});

const denoiser = v.strictObject({
  ...origin,
  f: factors,
  channels: count,
  seed: count,
  firstStage: v.string(),
  config: unetConfig,
  costs: denoiserCosts,
  batch: count,
  faces: count,
  samples: count,
  floor: measured,
  prompts: v.array(v.string()),
  training: v.pipe(v.array(samples), v.nonEmpty()),
  sampling: v.pipe(v.array(samples), v.nonEmpty()),
  lowGuidance: samples,
});

const memoryOne = v.strictObject({
  ...origin,
  half: v.picklist(['a', 'b']),
  facesSeen: count,
  ...trained,
  nearest: v.strictObject({
    samples: measured,
    newFaces: measured,
    copies: share,
    different: count,
    distances: v.array(positive),
    faces: v.array(count),
  }),
});

const memoryPair = v.strictObject({
  ...origin,
  size: count,
  count,
  psnr: measured,
  distance: measured,
  distanceOfOtherNoises: measured,
  nearerThanOthers: share,
});

/** Of `count` drawings, those with light and with dark skin; `share` is that of light among the two, null where both are 0. */
const drawn = v.strictObject({
  prompt: v.string(),
  guidance: positive,
  count,
  light: count,
  dark: count,
  neither: count,
  jackets: count,
  share: v.nullable(share),
  standardError: v.nullable(positive),
});

const bias = v.strictObject({
  ...origin,
  share,
  captions: v.picklist(['named', 'unnamed']),
  ...trained,
  saw: v.strictObject({ jacket: share, others: share, all: share, jackets: count, size: count }),
  prompts: v.record(v.string(), v.array(v.string())),
  drawn: v.array(drawn),
});

const schemas = { features, firstStage, rates, denoiser, memoryOne, memoryPair, bias };

export type FeaturesResult = v.InferOutput<typeof features>;
export type FirstStageResult = v.InferOutput<typeof firstStage>;
export type DenoiserResult = v.InferOutput<typeof denoiser>;

/** Which kind of result an item of this name has. */
export function kindOf(item: string): keyof typeof schemas {
  if (item.startsWith('features/')) return 'features';
  if (/^factor\/.*\/first-stage/.test(item)) return 'firstStage';
  if (/^factor\/.*\/rates$/.test(item)) return 'rates';
  if (/^factor\/.*\/denoiser-\d+$/.test(item)) return 'denoiser';
  if (/^memory\/\d+\/[ab]$/.test(item)) return 'memoryOne';
  if (/^memory\/\d+\/pair$/.test(item)) return 'memoryPair';
  if (item.startsWith('bias/')) return 'bias';
  throw new Error(
    `studies: expected an item of the studies features, factor, memory or bias, got '${item}'.`,
  );
}

/**
 * One stored result.
 * @param text JSON, as `training/studies/run.py` writes it
 * @param item its name, which is the path of its file
 * @throws Error that names the item and the place in it, unless it is such a result
 */
export function parseStudyResult(
  text: string,
  item: string,
): v.InferOutput<(typeof schemas)[keyof typeof schemas]> {
  const parsed = v.safeParse(schemas[kindOf(item)], JSON.parse(text));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new Error(`${STUDY_RESULTS}/${item}.json: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`);
  }
  if (parsed.output.item !== item) {
    throw new Error(
      `${STUDY_RESULTS}/${item}.json: expected the result of ${item}, got that of ${parsed.output.item}.`,
    );
  }
  return parsed.output;
}

/** The items of which there is a result, in `root`. */
export const studyItems = (root: string): readonly string[] =>
  globSync('**/*.json', { cwd: join(root, STUDY_RESULTS) })
    .map((path) => path.replaceAll('\\', '/').replace(/\.json$/, ''))
    .sort();

export const readStudyResult = (root: string, item: string): ReturnType<typeof parseStudyResult> =>
  parseStudyResult(readFileSync(join(root, STUDY_RESULTS, `${item}.json`), 'utf8'), item);
