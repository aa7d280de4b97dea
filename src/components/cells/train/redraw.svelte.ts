// When charts may be drawn again: a few times a second at most, in a frame of its own, and not while nobody looks.

/** Milliseconds between two drawings. */
const PACE = 250;

export class Redraw {
  /** Goes up when it is time; read it where something that is no state is drawn. */
  version = $state(0);
  #awake = true;
  #asked = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = -Infinity;

  /** Something is new. */
  ask(): void {
    this.#asked = true;
    if (!this.#awake || this.#timer !== undefined) return;
    const wait = Math.max(0, this.#last + PACE - performance.now());
    this.#timer = setTimeout(() => requestAnimationFrame(() => this.#draw()), wait);
  }

  /** On screen or not. */
  set awake(awake: boolean) {
    this.#awake = awake;
    if (awake && this.#asked) this.ask();
  }

  #draw(): void {
    this.#timer = undefined;
    this.#asked = false;
    this.#last = performance.now();
    this.version++;
  }
}
