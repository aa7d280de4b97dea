// The lab on the bare page: runs of a tiny recipe on made-up pictures, told in values that can be handed to a test.
import type { Engine } from '../../../src/engine/page/engineTypes.ts';
import { EngineError } from '../../../src/engine/page/errors.ts';
import { PageLab } from '../../../src/lab/page/lab.ts';
import type { ListedRun } from '../../../src/lab/page/types.ts';
import type { Recipe } from '@noisebook/ldm/numbers';
import type { TrainingStepEvent as StepEvent } from '@noisebook/ldm';
import type { ErrorCode } from '../../../src/engine/protocol/transport.ts';
import type { LabDataset, LabEvent, LabTrainResult } from '../../../src/engine/protocol/lab.ts';
import type { LabTrainRequest } from '../../../src/engine/protocol/labJobs.ts';
import { openStore } from '../../../src/storage/index.ts';

const tiny: Recipe = {
  data: 'digits',
  images: 8,
  imageSize: 32,
  factor: 8,
  latentChannels: 4,
  autoencoderWidth: 4,
  width: 8,
  conditioning: 'facts',
  prediction: 'v_prediction',
  minSnrGamma: null,
  conditionDropout: 0.1,
  autoencoderSteps: 12,
  autoencoderBatch: 2,
  autoencoderLearningRate: 2e-3,
  klWeight: 1e-6,
  denoiserSteps: 24,
  batch: 4,
  learningRate: 2e-3,
  seed: 5,
};
const WORDS = ['left', 'right'];

/** Bright squares, left or right; two more than are trained on. */
function squares({ imageSize: size, images }: Recipe): LabDataset {
  const count = images + 2;
  const pixels = new Uint8Array(count * size * size * 3);
  for (let i = 0; i < pixels.length; i++) {
    const pixel = Math.floor(i / 3);
    const picture = Math.floor(pixel / (size * size));
    const right = pixel % size >= size / 2;
    pixels[i] = right === (picture % 2 === 1) ? 180 + 8 * (picture % 8) : 40;
  }
  return {
    kind: 'digits',
    title: 'squares',
    count,
    size,
    pixels,
    captions: Array.from({ length: count }, (_, i) => [WORDS[i % 2]!]),
    words: WORDS,
    sampleCaptions: WORDS.map((text) => ({ text, label: text })),
  };
}

export interface TrainAsk {
  readonly mode?: LabTrainRequest['mode'];
  /** Pause, lose the device, after so many steps of this call, both phases together. */
  readonly pauseAfter?: number;
  readonly loseAfter?: number;
  /** Resolve then, while training goes on. */
  readonly leaveAfter?: number;
}

/** A call of `train` in short. */
export interface Trained {
  readonly outcome: LabTrainResult['ended'] | ErrorCode | 'left';
  readonly message: string;
  readonly label: string;
  readonly types: readonly LabEvent['type'][];
  /** Where it resumed, each time. */
  readonly resumed: readonly string[];
  /** Losses by phase and step, the last where a step was done twice. */
  readonly losses: Record<string, number>;
  /** The losses of steps that were done twice: the first and the second time. */
  readonly repeated: readonly (readonly [first: number, second: number])[];
  readonly checkpoints: readonly string[];
  readonly batches: number;
  /** Milliseconds from the pause to the answer. */
  readonly msToPause: number;
}

const nameOf = ({ phase, step }: { readonly phase: string; readonly step: number }): string =>
  `${phase} ${step}`;
const lossesOf = (steps: readonly StepEvent[]): Record<string, number> =>
  Object.fromEntries(steps.map((step) => [nameOf(step), step.loss]));

export async function labHarness(engine: Engine): Promise<{
  lab: PageLab;
  create: (change?: Partial<Recipe>) => Promise<string>;
  train: (id: string, ask?: TrainAsk) => Promise<Trained>;
  curve: (id: string) => Promise<Record<string, number>>;
  find: (id: string) => Promise<ListedRun | undefined>;
  refusal: (call: 'remove' | 'reset', id: string) => Promise<string>;
  paths: (runId: string, snapshot?: number) => Promise<string[]>;
}> {
  const lab = new PageLab(() => Promise.resolve(engine), await openStore());

  async function train(id: string, ask: TrainAsk = {}): Promise<Trained> {
    const controller = new AbortController();
    const events: LabEvent[] = [];
    let batches = 0;
    let steps = 0;
    let pausedAt = 0;
    const left = Promise.withResolvers<undefined>();
    const pause = (): void => {
      pausedAt = performance.now();
      controller.abort();
    };
    const call = lab
      .train(id, ask.mode ?? 'run', {
        signal: controller.signal,
        onEvents: (batch) => {
          batches++;
          events.push(...batch);
          const before = steps;
          steps += batch.filter(({ type }) => type === 'step').length;
          const passed = (at = Infinity): boolean => before < at && steps >= at;
          if (passed(ask.pauseAfter)) pause();
          if (passed(ask.loseAfter)) void engine.call('lose-device', null);
          if (passed(ask.leaveAfter)) left.resolve(undefined);
        },
      })
      .catch((error: unknown) => {
        if (!(error instanceof EngineError)) throw error;
        return error;
      });
    const result = await Promise.race([call, left.promise]);
    const done = events.filter((event) => event.type === 'step');
    return {
      outcome: result instanceof EngineError ? result.code : (result?.ended ?? 'left'),
      message: result?.message ?? '',
      label: result instanceof EngineError ? '' : (result?.backend.label ?? ''),
      types: events.map(({ type }) => type).filter((type, i, all) => type !== all[i - 1]),
      resumed: events.flatMap((event) => (event.type === 'resumed' ? [nameOf(event)] : [])),
      losses: lossesOf(done),
      repeated: done.flatMap((step, i) => {
        const again = done.slice(i + 1).find((later) => nameOf(later) === nameOf(step));
        return again === undefined ? [] : [[step.loss, again.loss] as const];
      }),
      checkpoints: events.flatMap((event) => (event.type === 'checkpoint' ? [nameOf(event)] : [])),
      batches,
      msToPause: pausedAt === 0 ? 0 : performance.now() - pausedAt,
    };
  }

  return {
    lab,
    train,
    create: async (change = {}) => {
      const recipe = { ...tiny, ...change };
      return (await lab.create({ name: 'Squares', recipe, dataset: squares(recipe) })).id;
    },
    curve: async (id) => lossesOf((await lab.open(id)).steps),
    find: async (id) => (await lab.list()).find((run) => run.id === id),
    paths: async (runId, snapshot) => {
      const request = { runId, ...(snapshot !== undefined && { snapshot }) };
      const { files } = await engine.call('lab-export', request);
      return files.map(([path]) => path).sort();
    },
    refusal: async (call, id) => {
      try {
        await lab[call](id);
        return '';
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  };
}
