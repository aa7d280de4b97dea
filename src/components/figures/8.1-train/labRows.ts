// The numbers of a run as rows of a file.
import type { Rows } from '../../kit/frame/save.ts';
import { phaseNames } from './labStatus.ts';
import type { RunView } from './runView.svelte.ts';

/** Loss by step of both phases (means of neighbours in long runs), then the denoiser's error by timestep. */
export function labRows(view: RunView): Rows {
  const losses = (['autoencoder', 'denoiser'] as const).flatMap((phase) =>
    view.curves[phase].points().map(({ x, y }) => [phaseNames[phase], 'step', x, 'loss', y]),
  );
  const errors = view.bins
    .points()
    .map(({ x, y }) => [phaseNames.denoiser, 'timestep', x, 'squared error', y]);
  return [['phase', 'of', 'at', 'what', 'value'], ...losses, ...errors];
}
