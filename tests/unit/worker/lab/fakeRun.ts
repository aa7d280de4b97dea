// A training run without tensors: its loss is a sum that remembers every step, so that a lost or repeated one shows.
import type { Recipe } from '@noisebook/ldm/numbers';
import type { Phase, TrainingEvent } from '@noisebook/ldm';
import type { RunMaker, TrainingRun } from '../../../../src/lab/worker/trainingRun.ts';

interface State {
  readonly phase: Phase;
  readonly step: number;
  readonly sum: number;
}

export class FakeRun implements TrainingRun {
  readonly #recipe: Recipe;
  #state: State;
  disposed = false;
  /** Called before each step; it may throw. */
  beforeStep: (state: State) => void | Promise<void> = () => undefined;
  /** Called while samples are drawn. */
  whileSampling: (signal: AbortSignal) => void | Promise<void> = () => undefined;

  /** Called while a checkpoint is read back. */
  whileReading: () => void | Promise<void> = () => undefined;

  constructor(recipe: Recipe, state: State = { phase: 'autoencoder', step: 0, sum: recipe.seed }) {
    this.#recipe = recipe;
    this.#state = state;
  }

  get phase(): Phase {
    return this.#state.phase;
  }
  get step(): number {
    return this.#state.step;
  }
  get numBytes(): number {
    return this.phase === 'autoencoder' ? 400 : 300;
  }
  get finished(): boolean {
    return this.phase === 'denoiser' && this.step >= this.#recipe.denoiserSteps;
  }

  async *train({
    signal,
    trace,
  }: Parameters<TrainingRun['train']>[0]): AsyncGenerator<TrainingEvent, void, undefined> {
    while (!this.finished) {
      if (signal.aborted) return;
      const { phase, step, sum } = this.#state;
      const steps = phase === 'autoencoder' ? this.#recipe.autoencoderSteps : this.#recipe.denoiserSteps;
      if (step >= steps) {
        this.#state = { phase: 'denoiser', step: 0, sum };
        yield { type: 'encoded', count: this.#recipe.images, mean: [sum], std: [1] };
        continue;
      }
      await this.beforeStep(this.#state);
      const next = { phase, step: step + 1, sum: (sum * 31 + step) % 1009 };
      this.#state = next;
      if (trace === true && phase === 'denoiser') yield traceAt(next.step);
      yield {
        type: 'step',
        phase,
        step: next.step,
        steps,
        loss: next.sum,
        parts: {},
        gradientNorm: 1,
        learningRate: 1e-3,
        ms: 1,
      };
    }
  }

  async checkpoint(): Promise<Uint8Array> {
    const state = JSON.stringify(this.#state);
    await this.whileReading();
    return new TextEncoder().encode(state);
  }
  reconstruct(pixels: Uint8Array): Promise<Uint8ClampedArray> {
    return Promise.resolve(new Uint8ClampedArray((pixels.length / 3) * 4).fill(128));
  }
  latentsOf(pixels: Uint8Array): Promise<Float32Array> {
    const side = this.#recipe.imageSize / this.#recipe.factor;
    const count = pixels.length / (3 * this.#recipe.imageSize ** 2);
    const length = count * side * side * this.#recipe.latentChannels;
    return Promise.resolve(Float32Array.from({ length }, (_, i) => Math.sin(i * i)));
  }
  async sample(...[captions, { signal }]: Parameters<TrainingRun['sample']>): Promise<Uint8ClampedArray> {
    await this.whileSampling(signal);
    signal.throwIfAborted();
    return new Uint8ClampedArray(captions.length * this.#recipe.imageSize ** 2 * 4);
  }
  guess(): ReturnType<TrainingRun['guess']> {
    const picture = new Uint8ClampedArray(this.#recipe.imageSize ** 2 * 4);
    return Promise.resolve({ original: picture, noised: picture, guess: picture });
  }
  files(): ReturnType<TrainingRun['files']> {
    return Promise.resolve(new Map([['unet/config.json', Uint8Array.of(this.step)]]));
  }
  dispose(): void {
    this.disposed = true;
  }
}

const traceAt = (step: number): TrainingEvent => ({
  type: 'update-trace',
  step,
  index: 0,
  x0: new Float32Array(1),
  timestep: 1,
  signal: 1,
  sigma: 0,
  noise: new Float32Array(1),
  xt: new Float32Array(1),
  target: new Float32Array(1),
  prediction: new Float32Array(1),
  loss: 1,
  updates: [],
});

/** Makes fake runs; `made` holds them all, the newest last. `prepare` may set their hooks. */
export function fakeMaker(prepare: (run: FakeRun) => void = () => undefined): {
  readonly maker: RunMaker;
  readonly made: FakeRun[];
} {
  const made: FakeRun[] = [];
  const add = (run: FakeRun): FakeRun => {
    prepare(run);
    made.push(run);
    return run;
  };
  return {
    made,
    maker: {
      create: (recipe) => add(new FakeRun(recipe)),
      restore: (recipe, _data, checkpoint) =>
        add(new FakeRun(recipe, JSON.parse(new TextDecoder().decode(checkpoint)) as State)),
    },
  };
}
