// A training run in Node, seen as the page would see it: steps, and pictures at milestones.
import { milestones } from '../../src/lab/worker/previewSchedule.ts';
import { RunPreviews } from '../../src/lab/worker/previews.ts';
import { libraryRuns } from '../../src/lab/worker/libraryRuns.ts';
import type { Recipe } from '@noisebook/ldm/numbers';
import type { LabDataset, LabEvent } from '../../src/engine/protocol/lab.ts';

/** RunPreviews at each phase. */
const PREVIEWS = 12;

export interface TrainedRun {
  readonly events: readonly LabEvent[];
  /** Milliseconds of training, the previews not counted. */
  readonly ms: number;
}

/** Trains both phases to the end; the last step with its trace. */
export async function trainAndLook(
  recipe: Recipe,
  dataset: LabDataset,
  log: (line: string) => void,
): Promise<TrainedRun> {
  const { images, imageSize, denoiserSteps } = recipe;
  const bytes = 3 * images * imageSize * imageSize;
  const data = {
    ...dataset,
    count: images,
    pixels: dataset.pixels.subarray(0, bytes),
    captions: dataset.captions.slice(0, images),
  };
  const run = await libraryRuns.create(recipe, data);
  const previews = new RunPreviews(recipe, dataset);
  const events: LabEvent[] = [];
  const { signal } = new AbortController();
  const at = {
    autoencoder: new Set([1, ...milestones(recipe.autoencoderSteps, PREVIEWS)]),
    denoiser: new Set([1, ...milestones(denoiserSteps, PREVIEWS)]),
  };
  let ms = 0;
  const train = async (trace: boolean, until: number): Promise<void> => {
    for await (const event of run.train({ signal, trace })) {
      events.push(event);
      if (event.type !== 'step') continue;
      const { phase, step, steps, loss } = event;
      ms += event.ms;
      if (step % 50 === 0)
        log(`${phase} ${step} of ${steps}: ${loss.toFixed(4)}, ${Math.round(ms / 1000)} s`);
      if (at[phase].has(step)) {
        if (phase === 'autoencoder') events.push(await previews.pictures(run, step));
        else events.push(await previews.guess(run, step), await previews.samples(run, step, signal));
      }
      if (phase === 'denoiser' && step >= until) return;
    }
  };
  try {
    await train(false, denoiserSteps - 1);
    await train(true, denoiserSteps);
    return { events, ms };
  } finally {
    run.dispose();
  }
}
