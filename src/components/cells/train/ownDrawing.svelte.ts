// Draws with a stored moment of a run: the reader's words, seed and guidance.
import type { PromptWord } from '../../../protocol.ts';
import { isAborted } from '../../../client/errors.ts';
import { pageEngine } from '../../../client/pageEngine.ts';
import { pickImage } from '../../figures/draw.ts';
import type { LabStage } from './labStage.svelte.ts';
import { lastIndexWithFiles } from './moments.ts';

/** Pictures a drawing has. */
export const COUNT = 4;

export interface Asked {
  readonly prompt: string;
  readonly seed: number;
  readonly guidance: number;
  readonly steps: number;
}

export class OwnDrawing {
  readonly #stage: LabStage;
  /** Newest; of the moment that is looked at. */
  images: readonly ImageData[] = $state.raw([]);
  words: readonly PromptWord[] = $state.raw([]);
  said = $state('');
  progress: number | undefined = $state();
  busy = $state(false);
  failed = $state(false);
  #controller: AbortController | undefined;

  constructor(stage: LabStage) {
    this.#stage = stage;
  }

  /** The stored snapshot that would draw; undefined before there is one. */
  readonly snapshot: { readonly index: number; readonly step: number } | undefined = $derived.by(() => {
    const { moments, position } = this.#stage.view;
    const at = lastIndexWithFiles(moments, position);
    const moment = moments[at];
    return moment?.files === undefined ? undefined : { index: moment.files, step: moment.step };
  });

  stop(): void {
    this.#controller?.abort();
  }

  async draw({ prompt, seed, guidance, steps }: Asked): Promise<void> {
    const { snapshot } = this;
    const { id } = this.#stage.view.about;
    if (snapshot === undefined || id === undefined || this.busy) return;
    const controller = (this.#controller = new AbortController());
    this.busy = true;
    this.failed = false;
    this.said = 'Opening the model …';
    this.progress = undefined;
    try {
      const model = (await this.#stage.lab()).modelOf(id, snapshot.index);
      const result = await (
        await pageEngine()
      ).generate(
        { model, prompt, seed, guidanceScale: guidance, numInferenceSteps: steps, numImages: COUNT },
        {
          signal: controller.signal,
          onEvent: (event) => {
            if (event.type === 'prompt') this.words = event.words;
            if (event.type !== 'step') return;
            this.said = `Step ${event.index + 1} of ${event.total}`;
            this.progress = (event.index + 1) / event.total;
          },
        },
      );
      this.words = result.words;
      this.images = Array.from({ length: COUNT }, (_, i) => pickImage(result.images, i, result.sizes));
      this.said = `Drawn with the weights of step ${snapshot.step.toLocaleString('en')}, seed ${seed}.`;
    } catch (error) {
      this.failed = !isAborted(error);
      this.said = isAborted(error) ? 'Stopped.' : error instanceof Error ? error.message : String(error);
    } finally {
      this.busy = false;
      this.#controller = undefined;
    }
  }
}
