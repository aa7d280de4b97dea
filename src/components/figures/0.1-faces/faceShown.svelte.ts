// What there is to see in figure 0.1: a run of pictures, where the scrubber stands in it, which view is shown.
import type { Engine } from '../../../engine/page/engineTypes.ts';
import { NUM_IMAGES } from './faceRequest.ts';
import { nextMissing, reached, totalSteps, type FaceRun, type View } from './faceRun.ts';

export class FaceShown {
  view: View = $state('decoded');
  position = $state(0);
  /** What there is to scrub: four pictures, or the first alone, drawn while the reader typed. */
  run: FaceRun | undefined = $state.raw();
  /** Where `run` has the first picture alone: the run whose other pictures stay beside it. */
  before: FaceRun | undefined = $state.raw();
  /** Goes up whenever `run` has something new to draw. */
  version = $state(0);
  /** What is below the pointer, in words. */
  probe = $state('');
  /** True where `run` has the first picture alone. */
  partial = $derived(this.run !== undefined && this.run.request.numImages < NUM_IMAGES);

  #following = true;
  #filling = false;

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

  /** The run whose steps the filmstrip shows: while those of a quick picture are decoded, still the one before. */
  get strip(): FaceRun | undefined {
    const { run } = this;
    const ready = run === undefined || !this.partial || nextMissing(run, this.view, 0) === undefined;
    return this.version >= 0 && ready ? run : this.before;
  }

  /** Shows a recorded run, unless something live is there already. */
  showRecording(run: FaceRun): void {
    if (this.run !== undefined) return;
    this.run = run;
    this.position = totalSteps(run);
  }

  setView(view: View): void {
    this.view = view;
    if (this.run !== undefined) this.scrub(this.#following ? reached(this.run, view) : this.position);
  }

  /** Moves all pictures to `position`, as far as there is something to see. */
  scrub(position: number): void {
    if (this.run === undefined) return;
    const furthest = reached(this.run, this.view);
    this.position = Math.max(0, Math.min(position, furthest));
    this.#following = position >= furthest;
  }

  /** From now on the scrubber goes where the drawing is. */
  protected follow(): void {
    this.#following = true;
  }

  /** Shows a run, or what is new in it. */
  protected draw(live: FaceRun): void {
    const { run } = this;
    if (live.request.numImages === NUM_IMAGES) this.before = undefined;
    else if (run?.request.numImages === NUM_IMAGES) this.before = run;
    this.run = live;
    this.version++;
    if (this.#following) this.position = reached(live, this.view);
  }

  protected forget(): void {
    this.run = undefined;
    this.before = undefined;
  }

  /**
   * Decodes what the current view lacks, nearest to the scrubber first, until `isBusy` says that something else runs.
   * Rejects when a picture can't be decoded.
   */
  protected async decodeMissing(engine: Promise<Engine>, isBusy: () => boolean): Promise<void> {
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
