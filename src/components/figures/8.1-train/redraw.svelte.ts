// When a growing run may be drawn again: lines of text a few times a second, a chart once a second, never all of it in one
// frame, and nothing while nobody looks.

/** Milliseconds between two drawings, and drawings after which a chart has its turn again. */
const INTERVAL_MS = 250;
const TURNS = 4;

export class Redraw {
  /** Goes up when text and time line may be drawn again; read it where something that is no state is drawn. */
  version = $state(0);
  /** The same for the chart of the loss, and for the chart by timestep: each in a frame of its own. */
  loss = $state(0);
  timesteps = $state(0);
  #awake = true;
  #asked = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = -Infinity;
  /** Charts that have something new to show. */
  #owed = { loss: false, timesteps: false };

  /** Something is new. */
  ask(): void {
    this.#asked = true;
    this.#owed = { loss: true, timesteps: true };
    this.#plan();
  }

  /** On screen or not. */
  set awake(awake: boolean) {
    this.#awake = awake;
    if (awake) this.#plan();
  }

  #plan(): void {
    const needed = this.#asked || this.#owed.loss || this.#owed.timesteps;
    if (!needed || !this.#awake || this.#timer !== undefined) return;
    const wait = Math.max(0, this.#last + INTERVAL_MS - performance.now());
    this.#timer = setTimeout(() => requestAnimationFrame(() => this.#draw()), wait);
  }

  #draw(): void {
    this.#timer = undefined;
    this.#last = performance.now();
    this.#asked = false;
    const turn = this.version++ % TURNS;
    if (turn === 1 && this.#owed.loss) {
      this.#owed.loss = false;
      this.loss++;
    } else if (turn === 3 && this.#owed.timesteps) {
      this.#owed.timesteps = false;
      this.timesteps++;
    }
    this.#plan();
  }
}
