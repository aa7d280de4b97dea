// What the lab is doing, in one line: where the run stands, how fast, how long still, where it computes, what is saved.
import { fixed, grouped as count } from '../../../writing/numbers.ts';
import type { Phase } from '@noisebook/ldm';
import { describePhase, progressOf } from '../../kit/frame/phase.ts';
import type { RunView } from './runView.svelte.ts';
import { forPeople } from './speed.ts';
import type { Activity, Trainer } from './trainer.svelte.ts';

export const phaseNames = { autoencoder: 'Phase one', denoiser: 'Phase two' } as const satisfies Record<
  Phase,
  string
>;
export const stepsOf = (view: RunView, phase: Phase): number =>
  phase === 'autoencoder' ? view.about.recipe.autoencoderSteps : view.about.recipe.denoiserSteps;

const parts: Readonly<Record<string, string>> = {
  encode: 'Encoding every picture once, for phase two',
  sample: 'Drawing samples',
  save: 'Saving',
  read: 'Reading what is stored',
};

/** "step 312 of phase two" */
const placeName = ({ phase, step }: { readonly phase: Phase; readonly step: number }): string =>
  `step ${count(step)} of ${phaseNames[phase].toLowerCase()}`;

/** "Phase two, step 312 of 1,500" */
export const whereOf = (view: RunView): string =>
  `${phaseNames[view.phase]}, step ${count(view.step)} of ${count(stepsOf(view, view.phase))}`;

/** The parts of the status line, most important first. */
export function statusParts(view: RunView, trainer: Trainer): string[] {
  const { activity, lasting } = trainer;
  const saved = view.saved && lasting ? `saved at ${placeName(view.saved)}` : undefined;
  const fellBack =
    view.fellBack &&
    `${placeName(view.fellBack.from)} could not be used, so it went on from ${placeName(view.fellBack.to)}`;
  switch (activity.kind) {
    case 'preparing':
      return [activity.text];
    case 'loading':
      return [describePhase(activity.phase)];
    case 'error':
    case 'stopped':
      return [activity.message];
    case 'finished':
      return [`Done: ${whereOf(view).toLowerCase()}`, fellBack, saved].filter((part) => part !== undefined);
    case 'paused':
      return [
        `${activity.stepped ? 'One step done' : 'Paused'}: ${lower(whereOf(view))}`,
        fellBack,
        activity.stepped && view.phase === 'autoencoder' ? 'the six moves come with phase two' : undefined,
        saved,
      ].filter((part) => part !== undefined);
    case 'training':
      return training(view, activity, trainer, [fellBack, saved]);
    case 'idle':
      if (view.recorded) return [];
      return [view.finished ? `Finished: ${lower(whereOf(view))}` : `Stands at ${lower(whereOf(view))}`];
  }
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function training(
  view: RunView,
  { mode }: Extract<Activity, { kind: 'training' }>,
  { status, backend, lasting }: Trainer,
  kept: readonly (string | undefined)[],
): string[] {
  if (status?.state === 'pausing') return [lasting ? 'Pausing: saving where it stands …' : 'Pausing …'];
  if (status?.state === 'waiting') return ['Waiting: another figure of this page computes'];
  const { part } = view;
  if (part !== undefined && (lasting || part.what !== 'save'))
    return [`${parts[part.what] ?? part.what}: ${Math.round(100 * part.share)} %`];
  const speed = status?.stepsPerSecond ?? view.speed.perSecond(view.phase);
  const left = mode === 'run' ? view.speed.left(view.about.recipe, view.phase, view.step) : undefined;
  return [
    whereOf(view),
    status?.throttled !== undefined &&
      `this tab is hidden, so the browser slows it down ${fixed(status.throttled, 0)} times`,
    mode === 'slow' && 'slow motion',
    mode === 'run' && speed !== undefined && `${fixed(speed, speed < 10 ? 1 : 0)} steps/s`,
    left !== undefined && `about ${forPeople(left)} left`,
    backend !== undefined && `on ${backend}`,
    ...kept,
  ].filter((text) => typeof text === 'string');
}

/** How far the whole run is, 0 to 1: each phase by its share of the time, as far as that is known. */
export function shareOf(view: RunView, activity: Activity): number {
  if (activity.kind === 'preparing') return activity.share ?? 0;
  if (activity.kind === 'loading') return progressOf(activity.phase) ?? 0;
  return placeOf(view, view.phase, view.step);
}

/** Where phase two begins on the time line, 0 to 1. */
export function border(view: RunView): number {
  const { autoencoderSteps, denoiserSteps } = view.about.recipe;
  const share = autoencoderSteps / (autoencoderSteps + denoiserSteps);
  return Math.min(0.6, Math.max(0.3, share));
}

/** Where a step stands on the time line, 0 to 1. */
export function placeOf(view: RunView, phase: Phase, step: number): number {
  const part = Math.min(1, step / stepsOf(view, phase));
  const start = border(view);
  return phase === 'autoencoder' ? part * start : start + part * (1 - start);
}
