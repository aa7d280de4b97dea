// A figure at work: what is shown, recorded or live; what is asked for and not here yet; the newest request counts.
import { untrack } from 'svelte';
import type { Snippet } from 'svelte';
import type { Fields, ValuesOf } from '../../../state/figureAddress.ts';
import { superseded } from '../../../engine/page/errors.ts';
import { publish } from '../../../state/live.ts';
import { chosenModel } from '../../../storage/modelChoice.svelte.ts';
import { userPicture } from '../../../userContent/pictures/index.ts';
import { isAwaited, shipped, stageOf, type StageModel } from '../latents/firstStage.ts';
import { CellState, type TaskContext } from './cellState.svelte.ts';
import type { FigureDefinition, FigureTask, Shown } from './defineFigure.ts';
import { engineFor } from './pageFigureEngine.ts';
import { picturesPng } from './picturesPng.ts';
import type { Placing } from './placing.ts';
import { Recent } from './recent.ts';
import type { Downloads } from './save.ts';

/** Results that are kept, so that going back to one is instant. */
const KEPT = 6;
/** Steps of computations that are kept; one computation may have several. */
const KEPT_STEPS = 24;
/** Milliseconds without a change of values before a figure that is awake off screen follows. */
const AWAKE_REST = 200;
/** Milliseconds without a change before what comes afterwards is computed. */
const REST = 350;

/** What a page gives to a figure that it places. */
export interface Placed<R, S, D> {
  readonly placing: Placing;
  readonly recorded: R;
  readonly study: S;
  readonly data: D;
  /** The drawer with the library's own lines. */
  readonly code?: Snippet;
}

/** The props of a figure's View.svelte. */
export type FigureProps<Definition> =
  Definition extends FigureDefinition<infer _F, infer R, infer S, infer D, infer _M>
    ? Placed<R, S, D>
    : never;

/** A result, or what `at` makes one of. */
type Made<R, M> = { readonly result: R } | { readonly made: M };

interface Computed<F extends Fields, R, M> {
  readonly key: string;
  readonly of: Made<R, M>;
  readonly values: ValuesOf<F>;
  readonly model: StageModel;
  /** False where something comes afterwards. */
  readonly whole: boolean;
}

/** Each file of the reader's is another picture under the same name. */
const revisions = new WeakMap<object, number>();
let lastRevision = 0;
function revisionOf(file: object | undefined): number {
  if (file === undefined) return 0;
  const known = revisions.get(file) ?? ++lastRevision;
  revisions.set(file, known);
  return known;
}

/** To be made while a component is set up. */
export class FigureState<F extends Fields, R, S, D, M = R> {
  readonly definition: FigureDefinition<F, R, S, D, M>;
  readonly #placed: () => Placed<R, S, D>;
  readonly cell: CellState<F>;
  #computed: Computed<F, R, M> | undefined = $state.raw();
  /** The values that are drawn where `at` draws them: off screen they stay behind. */
  #drawn: ValuesOf<F> | undefined = $state.raw();
  readonly #results: Recent<Computed<F, R, M>>;
  readonly #steps = new Recent<unknown>(KEPT_STEPS);
  /** Counts requests; results of an older one than is on show come too late. */
  #newest = 0;
  #onShow = 0;
  /** Aborted by whatever comes next: what is computed afterwards is dropped. */
  #rest = new AbortController();

  /** Whose model answers now. */
  readonly model: StageModel = $derived.by(() =>
    this.definition.model === 'chosen' ? stageOf(chosenModel()) : shipped,
  );
  readonly #key = $derived.by(() =>
    JSON.stringify([
      this.#inputs(this.values),
      this.model.name,
      this.model.isUserModel,
      revisionOf(userPicture()),
    ]),
  );
  readonly shown: Shown<F, R, S, D> = $derived.by(() => {
    const { study, data, recorded } = this.placed;
    const now = this.cell.live ? this.#computed && this.#result(this.#computed) : undefined;
    return now === undefined
      ? { result: recorded, values: this.#recordedValues(), model: shipped, live: false, study, data }
      : { ...now, live: true, study, data };
  });
  #asked = $state(false);
  /** Whether the recorded result does, and nothing has to be computed. */
  readonly #spared = $derived.by(
    () =>
      this.definition.keepsRecorded === true &&
      !this.#asked &&
      JSON.stringify(this.#inputs()) === JSON.stringify(this.#inputs(this.#fallbacks())),
  );
  /** True while what is shown is not what the controls say, and the right result is on its way. */
  readonly pending = $derived.by(
    () => isAwaited(this.cell) && !this.#spared && this.#computed?.key !== this.#key,
  );
  readonly title = $derived.by(() => {
    const { title } = this.definition;
    return typeof title === 'string' ? title : title(this.shown);
  });

  /** @param placed the component's props */
  constructor(definition: FigureDefinition<F, R, S, D, M>, placed: () => Placed<R, S, D>) {
    this.definition = definition;
    this.#placed = placed;
    const { number, fields, follows, awake = false } = definition;
    this.#results = new Recent(definition.at === undefined ? KEPT : 1);
    this.cell = new CellState(number, fields, follows === undefined ? {} : { follows });
    if (definition.at !== undefined) {
      $effect.pre(() => {
        const next = this.values;
        if (this.cell.visible) {
          this.#drawn = next;
          return;
        }
        const timer = awake ? setTimeout(() => (this.#drawn = next), AWAKE_REST) : undefined;
        return () => clearTimeout(timer);
      });
    }
    $effect(() => {
      const key = this.#key;
      if (this.cell.live && !this.#spared) untrack(() => this.#ask(key));
    });
    $effect(() => {
      if (!this.cell.live) this.#rest.abort();
      return () => this.#rest.abort();
    });
    $effect(() => {
      for (const [name, value] of Object.entries(definition.numbers?.(this.shown, this.values) ?? {})) {
        publish(`${number}.${name}`, value);
      }
    });
  }

  get placed(): Placed<R, S, D> {
    return this.#placed();
  }

  /** What the controls say. */
  get values(): ValuesOf<F> {
    return this.cell.values;
  }

  /** A control was touched. */
  set(change: Partial<ValuesOf<F>>): void {
    this.cell.set(change);
  }

  /** What the foot offers. */
  get downloads(): Downloads {
    const { png, csv } = this.definition.files ?? {};
    return {
      ...(png && {
        png: async () => {
          const made = png(this.shown, this.values);
          return made instanceof Promise ? made : made && picturesPng(made);
        },
      }),
      ...(csv && { csv: () => csv(this.shown, this.values) }),
    };
  }

  /** Those that `compute` looks at. */
  #inputs(values = this.values): Partial<ValuesOf<F>> {
    const { inputs } = this.definition;
    return inputs === undefined
      ? values
      : (Object.fromEntries(inputs.map((name) => [name, values[name]])) as Partial<ValuesOf<F>>);
  }

  /** What was computed, or what `at` makes of it for the values that are drawn now. */
  #result({
    of,
    values: asked,
    model,
  }: Computed<F, R, M>): Pick<Shown<F, R, S, D>, 'result' | 'values' | 'model'> {
    const { definition } = this;
    if ('result' in of || definition.at === undefined)
      return {
        result: (of as { result: R }).result,
        values: { ...this.values, ...this.#inputs(asked) },
        model,
      };
    const values = { ...(this.#drawn ?? asked), ...this.#inputs(asked) };
    return { result: definition.at(of.made, values), values, model };
  }

  /** What the recorded result is of; what it does not depend on is as the controls say. */
  #recordedValues(): ValuesOf<F> {
    const fallbacks = this.#fallbacks();
    return this.definition.at === undefined ? { ...this.values, ...this.#inputs(fallbacks) } : fallbacks;
  }

  #fallbacks(): ValuesOf<F> {
    const fields = Object.entries(this.definition.fields);
    return Object.fromEntries(fields.map(([name, { fallback }]) => [name, fallback])) as ValuesOf<F>;
  }

  #ask(key: string): void {
    const request = ++this.#newest;
    this.#asked = true;
    const { model, values } = this;
    const { definition } = this;
    const { study, data } = this.placed;
    const { supersede = 'wait', awake = false } = definition;
    const file = revisionOf(userPicture());
    const show = (computed: Computed<F, R, M>): void => {
      if (request < this.#onShow) return;
      this.#onShow = request;
      this.#computed = computed;
    };
    const keep = (of: Made<R, M>, whole: boolean): void => {
      const computed = { key, of, values, model, whole };
      this.#results.set(key, computed);
      show(computed);
    };
    const taskOf = ({ signal, progress }: TaskContext, key: string): FigureTask<R, S, D> => ({
      study,
      data,
      signal,
      progress,
      shown: this.shown.result,
      giveWay: () => {
        if (request !== this.#newest) throw superseded();
      },
      show: (result) => show({ key, of: { result }, values, model, whole: false }),
      memo: (step, compute) => this.#memo(`${model.name} ${file} ${step}`, compute),
    });
    const more = definition.afterwards !== undefined;
    this.#rest.abort();
    const rest = (this.#rest = new AbortController());
    const complete = async (result: R): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, REST));
      if (rest.signal.aborted) return;
      const quiet = { signal: rest.signal, onEvent: () => undefined, progress: () => undefined };
      const whole = await definition.afterwards?.(result, engineFor(model, quiet), taskOf(quiet, key));
      if (whole !== undefined) keep({ result: whole }, true);
    };
    const begin = (of: Made<R, M>): void => {
      // What goes wrong here goes wrong with the result itself too, and that says it.
      if (more && 'result' in of && !rest.signal.aborted) complete(of.result).catch(() => undefined);
    };
    const known = this.#results.get(key);
    if (known !== undefined) {
      show(known);
      if (!known.whole) begin(known.of);
    }
    void this.cell.run(
      async (task) => {
        if (known !== undefined) return undefined;
        const engine = engineFor(model, task);
        const made = await definition.compute(values, engine, taskOf(task, ''));
        // Without `at` what is made is the result: the types of defineFigure say so.
        const of = definition.at === undefined ? { result: made as unknown as R } : { made };
        keep(of, !more);
        begin(of);
        return engine.label;
      },
      // What `at` draws follows the controls within a frame: there is no time to tell.
      {
        awake,
        timed: definition.at === undefined,
        supersede: typeof supersede === 'function' ? supersede(values) : supersede,
      },
    );
  }

  async #memo<T>(step: string, compute: () => Promise<T>): Promise<T> {
    const known = this.#steps.get(step) as T | undefined;
    const value = known ?? (await compute());
    this.#steps.set(step, value);
    return value;
  }
}
