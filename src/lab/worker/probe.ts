// What a run will take: a few steps of each phase on random numbers, timed.
import { typicalTextSize } from '../../datasets/dataKinds.ts';
import { estimate, type Recipe, yieldToEventLoop } from '@noisebook/ldm/numbers';
import type { Phase } from '@noisebook/ldm';
import type { LoadEvent } from '../../engine/protocol/messages.ts';
import type { LabProbeResult } from '../../engine/protocol/lab.ts';
import type { LabProbeRequest } from '../../engine/protocol/labJobs.ts';
import { throwIfAborted } from '../../engine/worker/errors.ts';
import type { JobContext, Reply } from '../../engine/worker/job.ts';
import type { Session } from '../../engine/worker/session.ts';
import { libraryRuns } from './libraryRuns.ts';
import type { RunData, RunMaker } from './trainingRun.ts';

/** Not timed: the first step of a phase compiles and fills caches. */
const WARM_UP = 1;
const STEPS = 2;
/** Words a caption: as many as there are facts of a face. */
const WORDS = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven'];

export type Timings = Pick<LabProbeResult, 'msPerAutoencoderStep' | 'msPerDenoiserStep' | 'msEncodeAll'>;

export async function labProbe(
  session: Session,
  { recipe, steps = STEPS }: LabProbeRequest,
  { signal, emit }: JobContext<LoadEvent>,
): Promise<Reply<LabProbeResult>> {
  return session.enqueue({ signal, emit }, () =>
    session.onBackend(signal, async (backend, lost) => {
      const timings = await timeSteps(libraryRuns, recipe, steps, AbortSignal.any([signal, lost]));
      const { parameters, memoryBytes, storageBytes } = estimate(recipe, typicalTextSize(recipe));
      return { result: { backend, ...timings, parameters, memoryBytes, storageBytes }, transfer: [] };
    }),
  );
}

/** Trains a run of this recipe, cut down to `steps` steps a phase and a few pictures. */
export async function timeSteps(
  maker: RunMaker,
  recipe: Recipe,
  steps: number,
  signal: AbortSignal,
): Promise<Timings> {
  const images = Math.min(recipe.images, Math.max(recipe.batch, recipe.autoencoderBatch));
  const number = WARM_UP + steps;
  const short = { ...recipe, images, autoencoderSteps: number, denoiserSteps: number };
  const run = await maker.create(short, noise(recipe, images));
  const ms: Record<Phase, number[]> = { autoencoder: [], denoiser: [] };
  let msEncode = 0;
  try {
    let before = performance.now();
    for await (const event of run.train({ signal })) {
      throwIfAborted(signal);
      if (event.type === 'step' && event.step > WARM_UP) ms[event.phase].push(event.ms);
      if (event.type === 'encoded') msEncode = performance.now() - before;
      await yieldToEventLoop();
      throwIfAborted(signal);
      before = performance.now();
    }
  } finally {
    run.dispose();
  }
  return {
    msPerAutoencoderStep: Math.min(...ms.autoencoder),
    msPerDenoiserStep: Math.min(...ms.denoiser),
    msEncodeAll: (msEncode * recipe.images) / images,
  };
}

/** Pictures of no sense, the same each time. */
function noise({ imageSize: size, conditioning }: Recipe, count: number): RunData {
  const pixels = Uint8Array.from({ length: count * size * size * 3 }, (_, i) => (i * 2654435761) >>> 24);
  const captions = conditioning === 'none' ? [] : Array.from({ length: count }, () => [WORDS.join(' ')]);
  return { count, size, pixels, captions, words: conditioning === 'none' ? [] : [...WORDS].sort() };
}
