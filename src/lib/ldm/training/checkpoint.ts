// A run in one file, to go on exactly where it stood: a safetensors file with the weights, the optimizer's moments and the
// averages; what is no tensor stands in its metadata. Order of the data and random numbers follow from seed and step.
import { ConfigError } from '../config/index.ts';
import { ConfigReader } from '../config/reader.ts';
import {
  parseSafetensors,
  serializeSafetensors,
  type HostTensor,
  type StateDict,
} from '../weights/safetensors.ts';
import { checkRecipe } from '../recipe/architecture.ts';
import type { AutoencoderState } from './autoencoderLoop.ts';
import type { DiffusionState } from './diffusionLoop.ts';
import type { LatentStatistics } from './latentCache.ts';
import type { OptimizerState } from './optimizer.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { StabilityState } from './stability.ts';

export type Checkpoint = { readonly recipe: Recipe } & (
  | { readonly phase: 'autoencoder'; readonly autoencoder: AutoencoderState }
  | {
      readonly phase: 'denoiser';
      /** The finished autoencoder: averaged weights, statistics folded in. */
      readonly vae: StateDict;
      readonly statistics: LatentStatistics;
      readonly denoiser: DiffusionState;
    }
);

const WHERE = 'checkpoint';
const VERSION = 1;
const KEY = 'noisebook';

/** The numbers of a checkpoint. */
interface Head {
  readonly version: number;
  readonly recipe: Recipe;
  readonly phase: Checkpoint['phase'];
  readonly step: number;
  readonly counts: OptimizerState['counts'];
  readonly stability: StabilityState;
  readonly statistics: LatentStatistics | null;
}

function* under(prefix: string, state: StateDict): Iterable<readonly [string, HostTensor]> {
  for (const [name, tensor] of state) yield [`${prefix}/${name}`, tensor];
}

export function writeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { recipe, phase } = checkpoint;
  const loop = phase === 'autoencoder' ? checkpoint.autoencoder : checkpoint.denoiser;
  const head: Head = {
    version: VERSION,
    recipe,
    phase,
    step: loop.step,
    counts: loop.optimizer.counts,
    stability: loop.stability,
    statistics: phase === 'autoencoder' ? null : checkpoint.statistics,
  };
  const weights =
    phase === 'autoencoder'
      ? [...under('vae', checkpoint.autoencoder.vae)]
      : [
          ...under('vae', checkpoint.vae),
          ...under('unet', checkpoint.denoiser.unet),
          ...under('text_encoder', checkpoint.denoiser.textEncoder),
        ];
  // The prefix 'learner' stays: checkpoints that browsers keep have it.
  return serializeSafetensors([...weights, ...under('learner', loop.optimizer.tensors)], {
    metadata: { format: 'pt', [KEY]: JSON.stringify(head) },
  }) as Uint8Array<ArrayBuffer>;
}

/**
 * @throws SafetensorsError for a damaged file, ConfigError for one that is no checkpoint. Whether the tensors fit the
 *   networks turns out when these are made.
 */
export function readCheckpoint(bytes: Uint8Array): Checkpoint {
  const tensors = parseSafetensors(bytes, { name: WHERE });
  const head = readHead(bytes);
  const part = (prefix: string): StateDict =>
    new Map(
      [...tensors].flatMap(([name, tensor]) =>
        name.startsWith(`${prefix}/`) ? [[name.slice(prefix.length + 1), tensor] as const] : [],
      ),
    );
  const { recipe, phase, step, stability, counts, statistics } = head;
  const loop = { step, stability, optimizer: { counts, tensors: part('learner') } };
  if (phase === 'autoencoder') return { recipe, phase, autoencoder: { ...loop, vae: part('vae') } };
  if (statistics === null) throw new ConfigError(WHERE, 'statistics', 'mean and std of the latents', null);
  return {
    recipe,
    phase,
    vae: part('vae'),
    statistics,
    denoiser: { ...loop, unet: part('unet'), textEncoder: part('text_encoder') },
  };
}

/** Call it after the file's header was found to be sound. */
function readHead(bytes: Uint8Array): Head {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as {
    readonly __metadata__?: Readonly<Record<string, string>>;
  };
  const text = header.__metadata__?.[KEY];
  if (text === undefined) {
    throw new ConfigError(WHERE, KEY, 'the state of a training run in the metadata', undefined);
  }
  const reader = new ConfigReader(JSON.parse(text), WHERE);
  const version = reader.integer('version', undefined);
  if (version !== VERSION) reader.fail('version', `${VERSION} (another version of this site wrote the file)`);
  const whole = (from: ConfigReader, key: string): number => from.integer(key, undefined, { min: 0 });
  const counts = new ConfigReader(reader.raw('counts'), `${WHERE}: counts`);
  const stability = new ConfigReader(reader.raw('stability'), `${WHERE}: stability`);
  return {
    version,
    recipe: checkRecipe(reader.raw('recipe')),
    phase: reader.oneOf('phase', undefined, ['autoencoder', 'denoiser']),
    step: whole(reader, 'step'),
    counts: { adamw: whole(counts, 'adamw'), average: whole(counts, 'average') },
    stability: {
      smoothed: stability.number('smoothed', undefined),
      minimum: stability.number('minimum', undefined),
      rising: whole(stability, 'rising'),
      steps: whole(stability, 'steps'),
    },
    statistics: reader.orNull('statistics', (key) => {
      const of = new ConfigReader(reader.raw(key), `${WHERE}: statistics`);
      return { mean: of.numbers('mean'), std: of.numbers('std') };
    }),
  };
}

/** What may be changed between two stretches of one run. */
const CHANGEABLE: readonly (keyof Recipe)[] = [
  'autoencoderSteps',
  'autoencoderLearningRate',
  'klWeight',
  'denoiserSteps',
  'learningRate',
  'conditionDropout',
  'minSnrGamma',
];

/** @throws ConfigError when a run cannot go on with this recipe */
export function checkSameRun(before: Recipe, now: Recipe): void {
  for (const key of Object.keys(before) as (keyof Recipe)[]) {
    if (CHANGEABLE.includes(key) || before[key] === now[key]) continue;
    throw new ConfigError('recipe', key, `${JSON.stringify(before[key])}, as the run began`, now[key]);
  }
}
