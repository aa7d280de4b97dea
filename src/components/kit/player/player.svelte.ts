// Plays the frames of generations: which is on show, where the scrubber stands in it, which view; what is to be decoded.
import type { Engine } from '../../../engine/page/engineTypes.ts';
import { nextMissing, reached, type Generation, type View } from './generation.ts';

export class Player {
  /** Images of a whole generation; one of fewer stands beside the others of the one before. */
  readonly numImages: number;
  view: View = $state('decoded');
  position = $state(0);
  /** What there is to scrub. */
  run: Generation | undefined = $state.raw();
  /** Where `run` has fewer images than it should: the run whose other images stay beside it. */
  before: Generation | undefined = $state.raw();
  /** Goes up whenever `run` has something new to draw. */
  version = $state(0);
  /** True where `run` has fewer images than a whole generation. */
  readonly partial = $derived.by(() => this.run !== undefined && this.run.request.numImages < this.numImages);

  #following = true;
  #filling = false;

  /** @param position where the scrubber stands before anything is there to scrub */
  constructor({
    numImages = 1,
    position = 0,
  }: { readonly numImages?: number; readonly position?: number } = {}) {
    this.numImages = numImages;
    this.position = position;
  }

  /** True once something was drawn here. */
  get live(): boolean {
    return this.version >= 0 && this.run?.recorded === false;
  }

  /** True while the picture at the scrubber's position is still to be decoded. */
  get waiting(): boolean {
    if (this.version < 0 || this.run === undefined || this.view === 'latents') return false;
    return this.run.frames[this.position]?.[this.view] === undefined;
  }

  /** The last position with something to see in the present view; undefined before there is a run. */
  get reach(): number | undefined {
    return this.version >= 0 && this.run !== undefined ? reached(this.run, this.view) : undefined;
  }

  /** The run whose steps a filmstrip shows: while those of a partial one are decoded, still the one before. */
  get strip(): Generation | undefined {
    const { run } = this;
    const ready = run === undefined || !this.partial || nextMissing(run, this.view, 0) === undefined;
    return this.version >= 0 && ready ? run : this.before;
  }

  /** Shows a recorded run, unless something live is there already. */
  showRecording(run: Generation): void {
    if (this.run !== undefined) return;
    this.run = run;
    this.position = run.timesteps.length;
  }

  setView(view: View): void {
    this.view = view;
    if (this.run !== undefined) this.scrub(this.#following ? reached(this.run, view) : this.position);
  }

  /** Moves all images to `position`, as far as there is something to see. */
  scrub(position: number): void {
    if (this.run === undefined) return;
    const furthest = reached(this.run, this.view);
    this.position = Math.max(0, Math.min(position, furthest));
    this.#following = position >= furthest;
  }

  /** From now on the scrubber goes where the drawing is. */
  follow(): void {
    this.#following = true;
  }

  /** Shows a run, or what is new in it. */
  show(run: Generation): void {
    const whole = ({ request }: Generation): boolean => request.numImages >= this.numImages;
    if (whole(run)) this.before = undefined;
    else if (this.run !== undefined && whole(this.run)) this.before = this.run;
    this.run = run;
    this.version++;
    if (this.#following) this.position = reached(run, this.view);
  }

  forget(): void {
    this.run = undefined;
    this.before = undefined;
  }

  /**
   * Decodes what the current view lacks, nearest to the scrubber first, until `isBusy` says that something else runs.
   * Rejects when a picture can't be decoded.
   */
  async decodeMissing(engine: Promise<Engine>, isBusy: () => boolean): Promise<void> {
    if (this.#filling) return;
    this.#filling = true;
    try {
      const decoder = await engine;
      for (;;) {
        const { run, view } = this;
        if (run === undefined || run.recorded || isBusy()) break;
        const missing = nextMissing(run, view, this.position);
        if (missing === undefined || view === 'latents') break;
        const { images: rgba } = await decoder.decodeLatents({
          model: run.request.model,
          latents: missing.latents,
          count: run.sizes.numImages,
        });
        missing.frame[view] = { rgba, exact: true };
        this.version++;
      }
    } finally {
      this.#filling = false;
    }
  }
}
