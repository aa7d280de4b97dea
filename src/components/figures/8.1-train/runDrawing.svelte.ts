// Draws with a stored moment of a run: the reader's words, seed and guidance.
import { grouped } from '../../../writing/numbers.ts';
import type { PromptWord } from '../../../engine/protocol/messages.ts';
import { isAborted } from '../../../engine/page/errors.ts';
import { pageEngine } from '../../../engine/page/pageEngine.ts';
import { loadPart } from '../../../loading/loadPart.ts';
import { pickImage } from '../../kit/pictures/draw.ts';
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

export class RunDrawing {
  readonly #stage: LabStage;
  /** Newest; of the moment that is looked at. */
  images: readonly ImageData[] = $state.raw([]);
  /** Words of the prompt that this run has never been taught. */
  unknown: readonly string[] = $state.raw([]);
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

  /** A run on faces that is steered by facts reads fact words: what a sentence says, and by chance what it leaves open. */
  async #wordsFor(typed: string, seed: number): Promise<string> {
    const { data, conditioning } = this.#stage.view.about.recipe;
    if (data !== 'faces' || conditioning !== 'facts') return typed;
    const read = await loadPart(
      import('../../../datasets/factsFromPrompt.ts').then(({ factsPrompt }) => factsPrompt),
      'the code that reads prompts',
    );
    const { caption, notUnderstood } = read(typed, seed);
    this.unknown = notUnderstood;
    return caption;
  }

  stop(): void {
    this.#controller?.abort();
  }

  async draw({ prompt: typed, seed, guidance, steps }: Asked): Promise<void> {
    const { snapshot } = this;
    const { id } = this.#stage.view.about;
    if (snapshot === undefined || id === undefined || this.busy) return;
    const controller = (this.#controller = new AbortController());
    this.busy = true;
    this.failed = false;
    this.said = 'Opening the model …';
    this.progress = undefined;
    try {
      const prompt = await this.#wordsFor(typed, seed);
      const model = (await this.#stage.lab()).modelOf(id, snapshot.index);
      const result = await (
        await pageEngine()
      ).call(
        'generate',
        { model, prompt, seed, guidanceScale: guidance, numInferenceSteps: steps, numImages: COUNT },
        {
          signal: controller.signal,
          onEvent: (event) => {
            if (event.type !== 'step') return;
            this.said = `Step ${event.index + 1} of ${event.total}`;
            this.progress = (event.index + 1) / event.total;
          },
        },
      );
      if (prompt === typed) this.unknown = unknownOf(result.words);
      this.images = Array.from({ length: COUNT }, (_, i) => pickImage(result.images, i, result.sizes));
      this.said = `Drawn with the weights of step ${grouped(snapshot.step)}, seed ${seed}.`;
    } catch (error) {
      this.failed = !isAborted(error);
      this.said = isAborted(error) ? 'Stopped.' : error instanceof Error ? error.message : String(error);
    } finally {
      this.busy = false;
      this.#controller = undefined;
    }
  }
}

const unknownOf = (words: readonly PromptWord[]): string[] =>
  words.filter(({ known }) => !known).map(({ text }) => text);
