// The state of a cell: its values, what it is doing, and the rule that only the newest request counts. No drawing here.
import { onEngineNotice } from '../../../engine/page/pageEngine.ts';
import { isAborted } from '../../../engine/page/errors.ts';
import { readFigure, writeFigure, type Fields, type ValuesOf } from '../../../state/figureAddress.ts';
import { LatestOnly } from '../../../engine/page/latestOnly.ts';
import {
  forgetShared,
  getShared,
  setShared,
  sharedChanges,
  wasMoved,
  type SharedValues,
} from '../../../state/shared.svelte.ts';
import type { LoadEvent } from '../../../engine/protocol/messages.ts';
import { LateAddress } from './lateAddress.ts';
import { isBusy, phaseOf, type Phase } from './phase.ts';
import type { Settable } from './sets.ts';

/** Work that is shorter than this is not announced: no flicker below a slider. Milliseconds. */
const QUIET = 180;
/** Cells are awake this far outside the window, in pixels. */
const MARGIN = '120px';

/** What a task gets from its cell. */
export interface TaskContext {
  /** Aborted by Stop, by Reset and when the cell goes away; with `supersede: 'abort'` also by a newer task. */
  readonly signal: AbortSignal;
  /** To be passed to the engine: downloads and preparations show in the cell. */
  readonly onEvent: (event: LoadEvent) => void;
  readonly progress: (done: number, total: number) => void;
}

/** Does the work; returns the label of the backend that did it, if one did. */
export type Task = (context: TaskContext) => Promise<string | undefined>;

export interface RunOptions {
  /** What a newer task does to the one that is running: lets it finish (default: right for a slider), or stops it. */
  readonly supersede?: 'wait' | 'abort';
  /** Off screen too. */
  readonly awake?: boolean;
  /** False: how long it took is said only where a backend did the work. */
  readonly timed?: boolean;
}

export interface CellOptions {
  /**
   * Whether a shared value that another cell set makes this one live (default). False for a cell whose first touch costs
   * a download: it then keeps its recorded result until it is touched itself.
   */
  readonly follows?: boolean;
}

/** What the frame needs to know of the cell inside it. */
export interface CellView extends Settable {
  readonly live: boolean;
  readonly phase: Phase;
  readonly notices: readonly string[];
  /** The query that reproduces this state. */
  link(): string;
  stop(): void;
  reset(): void;
  /** Whether `undo` has something to take back: what words on the page have set, until a control is touched. */
  readonly undoable?: boolean;
  undo?(): void;
  /** Called with the cell's element once it is on the page; returns what undoes it. */
  mount(element: Element): () => void;
}

/** How a cell was before words set it. */
interface Before<F extends Fields> {
  readonly own: Partial<ValuesOf<F>>;
  readonly shared: Partial<SharedValues>;
  readonly touched: boolean;
}

export class CellState<F extends Fields> implements CellView {
  readonly number: string;
  readonly #fields: F;
  readonly #follows: boolean;
  #own: Partial<ValuesOf<F>> = $state.raw({});
  #touched = $state(false);
  /** Shared values count that were given after this change: those that came before the reader met this figure do not. */
  #since = $state(0);
  #before: Before<F> | undefined = $state.raw();

  /** True while the cell is on screen. */
  visible = $state(false);
  phase: Phase = $state.raw({ kind: 'recorded' });
  notices: readonly string[] = $state.raw([]);

  readonly #following = $derived.by(
    () => this.#follows && this.#sharedNames().some((name) => getShared(name, this.#since) !== undefined),
  );
  /** False while the cell shows its recorded result. */
  readonly live = $derived.by(() => this.#touched || this.#following);
  readonly values: ValuesOf<F> = $derived.by(() => this.#current());

  #controller: AbortController | undefined;
  readonly #queue = new LatestOnly();
  /** Counts requests: only the newest one may start. */
  #newest = 0;
  #wake = Promise.withResolvers<undefined>();
  readonly #address = new LateAddress(() => this.#query());

  constructor(number: `${number}.${number}`, fields: F, { follows = true }: CellOptions = {}) {
    this.number = number;
    this.#fields = fields;
    this.#follows = follows;
  }

  readonly busy = $derived.by(() => isBusy(this.phase));

  /** A control was touched: the cell is live from now on, and the address follows a moment later. */
  set(change: Partial<ValuesOf<F>>): void {
    this.#before = undefined;
    this.#change(change);
  }

  readonly undoable = $derived.by(() => this.#before !== undefined);

  /** Words on the page set it: `query` says to what, as an address does. */
  apply(query: string): void {
    const { given, notices } = readFigure(query, this.number, this.#fields);
    this.notices = notices;
    const shared = this.#sharedNames().map((name) => [name, getShared(name, this.#since)]);
    this.#before = {
      own: this.#own,
      shared: Object.fromEntries(shared.filter(([, value]) => value !== undefined)) as Partial<SharedValues>,
      touched: this.#touched,
    };
    this.#change(given);
  }

  /** Takes back what words have set. */
  undo(): void {
    const before = this.#before;
    if (before === undefined) return;
    this.#before = undefined;
    this.#own = before.own;
    forgetShared(this.#sharedNames());
    if (Object.keys(before.shared).length > 0) setShared(before.shared);
    if (before.touched) this.#address.follow();
    else this.#rest();
  }

  #change(change: Partial<ValuesOf<F>>): void {
    const own: Record<string, unknown> = { ...this.#own };
    const common: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(change)) {
      if (this.#fields[name]?.shared === true) common[name] = value;
      else own[name] = value;
    }
    this.#own = own as Partial<ValuesOf<F>>;
    if (Object.keys(common).length > 0) setShared(common);
    this.touch();
    this.#address.follow();
  }

  /** Makes the cell live without a change of its values. */
  touch(): void {
    this.#touched = true;
    if (this.phase.kind === 'recorded') this.phase = { kind: 'live' };
  }

  /** Adds a sentence below the figure, once. */
  notice(sentence: string): void {
    if (!this.notices.includes(sentence)) this.notices = [...this.notices, sentence];
  }

  clearNotices(): void {
    this.notices = [];
  }

  /**
   * Runs `task` when the cell is on screen, or at once if it is `awake`. Of tasks that come while one is running only the newest is kept, so that a
   * slider can't queue. Never rejects: what goes wrong is shown in the cell.
   */
  run(task: Task, { supersede = 'wait', awake = false, timed = true }: RunOptions = {}): Promise<void> {
    const request = ++this.#newest;
    if (supersede === 'abort') this.#controller?.abort();
    const dropped = (): void => undefined;
    return this.#queue
      .run(async () => {
        if (!awake) await this.#wake.promise;
        // A newer request may have come, or Stop, while the cell was off screen.
        if (request === this.#newest) await this.#perform(task, timed);
      })
      .catch(dropped);
  }

  stop(): void {
    this.#newest++;
    this.#controller?.abort();
    if (isBusy(this.phase)) this.phase = { kind: 'stopped' };
  }

  reset(): void {
    this.#own = {};
    this.#before = undefined;
    forgetShared(this.#sharedNames());
    this.notices = [];
    this.#rest();
  }

  /** Back to the recorded result. */
  #rest(): void {
    this.stop();
    this.#touched = false;
    this.phase = { kind: 'recorded' };
    this.#address.write();
  }

  link(): string {
    return writeFigure(window.location.search, this.number, this.#fields, this.values, { all: true });
  }

  mount(element: Element): () => void {
    const { given, notices } = readFigure(window.location.search, this.number, this.#fields);
    this.notices = notices;
    this.#since = sharedChanges();
    this.#adopt(given);
    const observer = new IntersectionObserver(
      ([entry]) => {
        this.visible = entry?.isIntersecting ?? true;
        if (this.visible) this.#wake.resolve(undefined);
        else this.#wake = Promise.withResolvers();
      },
      { rootMargin: MARGIN },
    );
    observer.observe(element);
    // A fallback, a lost device, a full disk: said where the reader waits.
    const forget = onEngineNotice((message) => {
      if (this.busy) this.notice(message);
    });
    return () => {
      forget();
      observer.disconnect();
      this.#address.cancel();
      this.stop();
    };
  }

  /**
   * Takes over what the address said when the page was opened: what a cell has put there since is not meant for this one.
   * Shared values alone do not wake a cell whose first touch costs a download.
   */
  #adopt(given: Partial<ValuesOf<F>>): void {
    const entries = Object.entries(given);
    const own = entries.filter(([name]) => this.#fields[name]?.shared !== true);
    const common = entries.filter(([name]) => this.#fields[name]?.shared === true && !wasMoved(name));
    if (common.length > 0) setShared(Object.fromEntries(common), { moved: false });
    // Without a reason nothing changes: charts would be drawn anew, and fetch what they draw with.
    if (own.length > 0) this.#own = Object.fromEntries(own) as Partial<ValuesOf<F>>;
    const meant = this.#follows || window.location.hash === this.#hash;
    if (own.length > 0 || (common.length > 0 && meant)) this.touch();
  }

  get #hash(): string {
    return `#fig-${this.number.replace('.', '-')}`;
  }

  #sharedNames(): (keyof SharedValues)[] {
    return Object.keys(this.#fields).filter(
      (name) => this.#fields[name]?.shared === true,
    ) as (keyof SharedValues)[];
  }

  #current(): ValuesOf<F> {
    const heeds = this.live;
    const values = Object.entries(this.#fields).map(([name, field]) => {
      const own = (this.#own as Record<string, unknown>)[name];
      if (field.shared !== true) return [name, own ?? field.fallback];
      const common = heeds ? getShared(name as keyof SharedValues, this.#since) : undefined;
      // Another cell may know values that this one does not.
      const usable = common === undefined ? undefined : field.parse(field.format(common));
      return [name, usable ?? field.fallback];
    });
    return Object.fromEntries(values) as ValuesOf<F>;
  }

  /** The page's query with what was changed here. */
  #query(): string {
    const set = this.#sharedNames().map((name) => [name, getShared(name)]);
    const values = { ...this.values, ...Object.fromEntries(set) } as ValuesOf<F>;
    return writeFigure(window.location.search, this.number, this.#fields, values);
  }

  async #perform(task: Task, timed: boolean): Promise<void> {
    const controller = (this.#controller = new AbortController());
    const { signal } = controller;
    const say = (phase: Phase): void => {
      if (!signal.aborted) this.phase = phase;
    };
    const announce = setTimeout(() => {
      if (!isBusy(this.phase)) say({ kind: 'busy', done: 0, total: 1 });
    }, QUIET);
    const begin = performance.now();
    try {
      const backend = await task({
        signal,
        onEvent: (event) => say(phaseOf(event)),
        progress: (done, total) => say({ kind: 'busy', done, total }),
      });
      const ms = performance.now() - begin;
      const answered = backend !== undefined;
      say({ kind: 'live', ...((timed || answered) && { ms }), ...(answered && { backend }) });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      say(isAborted(error) ? { kind: 'live' } : { kind: 'error', message });
    } finally {
      clearTimeout(announce);
      this.#controller = undefined;
    }
  }
}
