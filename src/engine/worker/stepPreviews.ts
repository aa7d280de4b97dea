// The picture that goes with each step: decoded while there is time, else the quick linear one.
import type { StableDiffusionPipeline } from '@noisebook/ldm';
import type { Sizes, StepEvent } from '../protocol/messages.ts';
import { LinearPreview } from './linearPreview.ts';
import { pictures } from './pictures.ts';
import { PreviewBudget } from './previewBudget.ts';
import type { StepNumbers } from './stepNumbers.ts';

type Preview = Required<Pick<StepEvent, 'preview' | 'previewKind'>>;

export class StepPreviews {
  readonly #pipeline: StableDiffusionPipeline;
  readonly #shows: 'predX0' | 'latents';
  readonly #linear: LinearPreview;
  readonly #budget: PreviewBudget;
  #lastStep: number;
  #final: Uint8ClampedArray<ArrayBuffer> | undefined;

  /**
   * The clock of the first step starts now.
   * @param total number of steps to come
   */
  constructor(pipeline: StableDiffusionPipeline, sizes: Sizes, shows: 'predX0' | 'latents', total: number) {
    this.#pipeline = pipeline;
    this.#shows = shows;
    this.#linear = new LinearPreview(sizes);
    this.#budget = new PreviewBudget(total);
    this.#lastStep = performance.now();
  }

  /** The decoded final latents, once the last step's preview has shown them. */
  get final(): Uint8ClampedArray<ArrayBuffer> | undefined {
    return this.#final;
  }

  /** The preview of a step. */
  async make(isLast: boolean, step: StepNumbers): Promise<Preview> {
    const start = performance.now();
    this.#budget.stepTook(start - this.#lastStep);
    const values = await step.of(this.#shows);
    // Where the last step ends at the model's guess, its preview is the result.
    const isResult = isLast && nearlyEqual(values, await step.of('latents'));
    let made: Preview;
    if (isResult || this.#budget.allows() || !this.#linear.isReady) {
      const preview = await pictures(this.#pipeline, step.tensor(this.#shows));
      this.#budget.decodeTook(performance.now() - start);
      this.#linear.learn(values, preview);
      if (isResult) this.#final = preview.slice();
      made = { preview, previewKind: 'decoded' };
    } else {
      made = { preview: this.#linear.draw(values), previewKind: 'linear' };
    }
    this.#lastStep = performance.now();
    return made;
  }
}

/** True when two pictures from these latents could not be told apart. */
function nearlyEqual(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => Math.abs(value - (b[i] ?? Infinity)) < 1e-4);
}
