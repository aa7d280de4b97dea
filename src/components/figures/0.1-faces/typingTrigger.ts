// When figure 0.1 answers a reader who types: moments after the last key, counted anew with every key.

/** A picture is begun this long after the last key: longer than most keys are apart, shorter than a thought. Milliseconds. */
export const DRAW_AFTER = 200;
/** The words are checked, and said to screen readers, this long after it: not a word that is half there. */
export const READ_AFTER = 700;
/** The other three pictures follow this long after it, or as soon as the first is there. */
export const FOLLOW_AFTER = 1600;

/** Something to be done later, once: starting it again puts it off. */
class Later {
  #timer: ReturnType<typeof setTimeout> | undefined;

  start(ms: number, task: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(task, Math.max(0, ms));
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}

interface TypingTasks {
  readonly draw: () => void;
  readonly read: () => void;
}

export class TypingTrigger {
  readonly #tasks: TypingTasks;
  readonly #draw = new Later();
  readonly #read = new Later();
  readonly #follow = new Later();
  #lastKey = -Infinity;

  constructor(tasks: TypingTasks) {
    this.#tasks = tasks;
  }

  /** A key was pressed, or a sentence was chosen. `draws` is false where only the words are to be checked. */
  key(draws: boolean): void {
    this.#lastKey = performance.now();
    this.#follow.cancel();
    this.#read.start(READ_AFTER, this.#tasks.read);
    if (draws) this.#draw.start(DRAW_AFTER, this.#tasks.draw);
    else this.#draw.cancel();
  }

  /** Does `task` once the reader rests, unless a key or something else comes first. */
  follow(task: () => void): void {
    this.#follow.start(this.#lastKey + FOLLOW_AFTER - performance.now(), task);
  }

  /** The reader does something else: what was to be drawn is not. The words are checked at once. */
  leave(): void {
    this.#draw.cancel();
    this.stay();
    this.#read.start(0, this.#tasks.read);
  }

  /** What was to follow does not. */
  stay(): void {
    this.#follow.cancel();
  }

  /** Ends everything. */
  cancel(): void {
    for (const later of [this.#draw, this.#read, this.#follow]) later.cancel();
  }
}
