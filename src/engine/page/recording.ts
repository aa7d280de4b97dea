// Collects the events of one generation into its result.
import type {
  GenerateEvent,
  GenerateResult,
  GenerateSummary,
  PromptWord,
  StartEvent,
  StepEvent,
} from '../protocol/messages.ts';
import { EngineError } from './errors.ts';

export class Recording {
  #words: readonly PromptWord[] = [];
  #start: StartEvent | undefined;
  #steps: StepEvent[] = [];

  add(event: GenerateEvent): void {
    if (event.type === 'prompt') this.#words = event.words;
    if (event.type === 'step') this.#steps.push(event);
    if (event.type === 'start') {
      this.#start = event;
      this.#steps = []; // a lost graphics device makes the worker start again
    }
  }

  /** The whole result, once the worker has sent its last part. */
  finish(summary: GenerateSummary): GenerateResult {
    const start = this.#start;
    if (start?.timesteps.length !== this.#steps.length) {
      throw new EngineError({
        code: 'failed',
        message: `The compute worker finished after ${this.#steps.length} steps of ${start?.timesteps.length ?? 'none'}. Try again.`,
      });
    }
    return {
      ...summary,
      sizes: start.sizes,
      words: this.#words,
      initialLatents: start.latents,
      steps: this.#steps,
    };
  }
}
