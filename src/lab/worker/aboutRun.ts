// What a run's record and history tell about the model that it made.
import { MAX_TEXT, MAX_WORDS } from '../../storage/modelLimits.ts';
import type { RunHistory, RunRecord } from '../../storage/types.ts';
import type { Phase } from '@noisebook/ldm';
import { PRESET_GUIDANCE } from '../presets.ts';
import type { AboutModel } from '../../engine/worker/userModels/about.ts';

/** Steps at the end whose mean is the loss that is told: one step's loss says little. */
const LAST_STEPS = 50;
/** What presets were measured with. */
const SAMPLING = { numInferenceSteps: 10, guidanceScale: PRESET_GUIDANCE } as const;

/** Mean loss of a phase over its last steps up to `step`; undefined if it has none. */
function lossOf(history: RunHistory, phase: Phase, step: number): number | undefined {
  const losses = history.steps
    .filter((event) => event.phase === phase && event.step <= step)
    .slice(-LAST_STEPS)
    .map(({ loss }) => loss);
  return losses.length === 0 ? undefined : losses.reduce((a, b) => a + b, 0) / losses.length;
}

/**
 * @param at where the weights are from: the run's newest checkpoint or one of its snapshots
 * @param words every word of the captions that it was trained on
 */
export function aboutRun(
  run: RunRecord,
  history: RunHistory,
  at: { readonly phase: Phase; readonly step: number; readonly trainedMs: number },
  { title, words }: { readonly title: string; readonly words: readonly string[] },
): AboutModel {
  const { recipe, data } = run;
  const unlimited = Number.POSITIVE_INFINITY;
  const autoencoder = lossOf(history, 'autoencoder', at.phase === 'autoencoder' ? at.step : unlimited);
  const denoiser = at.phase === 'denoiser' ? lossOf(history, 'denoiser', at.step) : undefined;
  return {
    title,
    created: new Date(run.changed).toISOString(),
    // Without captions there is nothing to be guided to.
    sampling: recipe.conditioning === 'none' ? { ...SAMPLING, guidanceScale: 1 } : SAMPLING,
    knownWords: recipe.conditioning === 'none' ? [] : words.slice(0, MAX_WORDS),
    examples:
      recipe.conditioning === 'none'
        ? ['']
        : [...new Set(data.sampleCaptions.map(({ text }) => text.slice(0, MAX_TEXT)))].slice(0, 6),
    data: {
      title: data.title.slice(0, MAX_TEXT),
      ...(data.credit !== undefined && { credit: data.credit.slice(0, 1000) }),
    },
    training: {
      runId: run.id,
      phase: at.phase,
      step: at.step,
      minutes: at.trainedMs / 60_000,
      ...(run.backend !== undefined && { backend: run.backend }),
      losses: {
        ...(autoencoder !== undefined && { autoencoder }),
        ...(denoiser !== undefined && { denoiser }),
      },
    },
    recipe: { ...recipe },
  };
}
