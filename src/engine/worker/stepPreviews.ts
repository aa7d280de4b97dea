// The picture that goes with each step: decoded while there is time, else the quick linear one.
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { StableDiffusionPipeline } from '@noisebook/ldm';
import type { GenerateRequest, Sizes, StepEvent } from '../protocol/messages.ts';
import { LinearPreview } from './linearPreview.ts';
import { pictures } from './pictures.ts';
import { PreviewBudget } from './previewBudget.ts';

type Preview = Required<Pick<StepEvent, 'preview' | 'previewKind'>>;

export class StepPreviews {
  readonly #pipeline: StableDiffusionPipeline;
  readonly #shows: 'predX0' | 'latents';
  readonly #total: number;
  readonly #linear: LinearPreview;
  readonly #budget: PreviewBudget;
  #lastStep = 0;
  #final: Uint8ClampedArray<ArrayBuffer> | undefined;

  constructor(pipeline: StableDiffusionPipeline, sizes: Sizes, request: GenerateRequest) {
    this.#pipeline = pipeline;
    this.#shows = request.previewOf === 'latents' ? 'latents' : 'predX0';
    this.#total = request.numInferenceSteps;
    this.#linear = new LinearPreview(sizes);
    this.#budget = new PreviewBudget(request.numInferenceSteps);
  }

  /** The decoded final latents, once the last step's preview has shown them. */
  get final(): Uint8ClampedArray<ArrayBuffer> | undefined {
    return this.#final;
  }

  /** Starts the clock of the first step. */
  begin(): void {
    this.#lastStep = performance.now();
  }

  /**
   * The preview of a step.
   * @param shown the tensor that the preview shows; borrowed
   */
  async make(step: Pick<StepEvent, 'index' | 'latents' | 'predX0'>, shown: Tensor4D): Promise<Preview> {
    const start = performance.now();
    this.#budget.stepTook(start - this.#lastStep);
    const values = this.#shows === 'latents' ? step.latents : step.predX0;
    // Where the last step ends at the model's guess, its preview is the result.
    const isResult = step.index === this.#total - 1 && nearlyEqual(values, step.latents);
    let made: Preview;
    if (isResult || this.#budget.allows() || !this.#linear.isReady) {
      const preview = await pictures(this.#pipeline, shown);
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
