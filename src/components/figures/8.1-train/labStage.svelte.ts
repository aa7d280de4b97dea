// The state of figure 8.1: the choices, the run that is shown, the runs that are kept. No drawing here.
import type { Lab, ListedRun, Unkept, Unreadable } from '../../../lab/page/index.ts';
import { dataKindOf } from '../../../datasets/dataKinds.ts';
import type { LabProbeResult } from '../../../engine/protocol/lab.ts';
import type { Recipe } from '@noisebook/ldm/numbers';
import { mayHoldSomething } from '../../../storage/mayHoldSomething.ts';
import type { CellState } from '../../kit/frame/cellState.svelte.ts';
import { phaseOf } from '../../kit/frame/phase.ts';
import { fitted, makeDataset, userPictureCount, userPicturesHaveWords } from './labData.ts';
import { changed, recipeOf, type labFields } from './labFields.ts';
import { openLab } from './labClient.ts';
import { thumbnailsOf } from './mapSheet.svelte.ts';
import { dataNames, problemsOf } from './recipeChoices.ts';
import type { Changes } from './recipeField.ts';
import { RunView } from './runView.svelte.ts';
import { Trainer, type Mode } from './trainer.svelte.ts';

/** Pictures whose thumbnails are kept for the map; it shows no more. */
const MAPPED = 160;

/** A name for a new run: "Faces 3". */
function freshName(recipe: Recipe, runs: readonly ListedRun[]): string {
  const base = dataNames[dataKindOf(recipe)];
  const taken = new Set(runs.map(({ name }) => name));
  let number = 1;
  while (taken.has(`${base} ${number}`)) number++;
  return `${base} ${number}`;
}

export class LabStage {
  readonly cell: CellState<typeof labFields>;
  readonly trainer = new Trainer();
  readonly recorded: RunView;
  view: RunView;
  runs: readonly ListedRun[] = $state.raw([]);
  /** Records of runs that can't be read. */
  unreadable: readonly Unreadable[] = $state.raw([]);
  /** Set where nothing lasts: why, and what is out of reach. */
  unkept: Unkept | undefined = $state.raw();
  /** Why the list could not be read, and the runs that were in it before. */
  unlisted: { readonly why: string; readonly names: readonly string[] } | undefined = $state.raw();
  /** A run beside the one that is shown, to compare. */
  other: RunView | undefined = $state.raw();
  /** What this machine takes for a recipe; for that recipe only. */
  #probed: { readonly recipe: Recipe; readonly result: LabProbeResult } | undefined = $state.raw();
  #lab: Promise<Lab> | undefined;
  /** An earlier visit left something in this browser's storage. */
  #stored = $state(false);

  readonly recipe: Recipe = $derived.by(() => fitted(recipeOf(this.cell.values), this.cell.values.with));
  readonly problems: readonly string[] = $derived.by(() =>
    problemsOf(this.recipe, { count: userPictureCount(), haveWords: userPicturesHaveWords() }),
  );
  readonly probed: LabProbeResult | undefined = $derived.by(() =>
    this.#probed !== undefined && sameRecipe(this.#probed.recipe, this.recipe)
      ? this.#probed.result
      : undefined,
  );
  /** Whether the browser's storage may be looked at: there is something in it, or the reader does something here. */
  readonly awake: boolean = $derived.by(() => this.#stored || this.cell.live || this.runs.length > 0);
  /** The newest run that could go on, while another one is shown. */
  readonly offered: ListedRun | undefined = $derived.by(() =>
    this.view.recorded && !this.trainer.busy
      ? this.runs.find(({ shown }) => shown !== 'finished' && shown !== 'training')
      : undefined,
  );
  /** True while the choices are not those of the run that is shown. */
  readonly differs: boolean = $derived.by(() => !sameRecipe(this.recipe, this.view.about.recipe));

  constructor(cell: CellState<typeof labFields>, recorded: RunView) {
    this.cell = cell;
    this.recorded = recorded;
    this.view = $state.raw(recorded);
  }

  lab(): Promise<Lab> {
    this.#lab ??= openLab().then((lab) => {
      this.unkept = lab.unkept;
      this.trainer.lasting = lab.lasting;
      lab.onChange(() => void this.refresh());
      return lab;
    });
    // Code that did not arrive may arrive next time.
    this.#lab.catch(() => (this.#lab = undefined));
    return this.#lab;
  }

  /** Once, when the figure is on the page: are there runs of an earlier visit, can there be any? */
  async begin(): Promise<void> {
    if (!(await mayHoldSomething())) return;
    this.#stored = true;
    await this.refresh();
  }

  async refresh(): Promise<void> {
    try {
      const lab = await this.lab();
      [this.runs, this.unreadable] = await Promise.all([lab.list(), lab.listUnreadable()]);
      this.unlisted = undefined;
    } catch (error) {
      // Old rows would say "training" of what nobody can see any more.
      const names = this.unlisted?.names ?? this.runs.map(({ name }) => name);
      this.unlisted = { why: messageOf(error), names };
      this.runs = [];
      this.unreadable = [];
    }
  }

  /** One choice, or several, of the next run. */
  choose(more: Changes): void {
    this.cell.set({ with: changed(this.cell.values, more) });
  }

  showRecorded(): void {
    this.trainer.pause();
    this.other = undefined;
    if (!this.trainer.busy) this.trainer.activity = { kind: 'idle' };
    this.view = this.recorded;
    this.view.scrub(Infinity);
  }

  /** Shows a stored run. @returns false where it can't be shown, which is said then */
  async show(id: string): Promise<boolean> {
    if (this.trainer.busy) return false;
    try {
      const open = await (await this.lab()).open(id);
      this.view = RunView.of(open);
      this.trainer.backend = open.run.backend;
      this.trainer.activity = { kind: 'idle' };
      this.cell.touch();
      if (open.lost !== undefined)
        this.cell.notice(`Part of what “${open.run.name}” has been through can’t be read and is left out.`);
      return true;
    } catch (error) {
      this.cell.notice(messageOf(error));
      return false;
    }
  }

  async compare(id: string | undefined): Promise<void> {
    try {
      this.other = id === undefined ? undefined : RunView.of(await (await this.lab()).open(id));
    } catch (error) {
      this.cell.notice(messageOf(error));
    }
  }

  /** Times a few steps of the recipe. */
  measure(): Promise<void> {
    return this.trainer.guard(async (signal) => {
      await this.#measure(signal);
    });
  }

  async #measure(signal: AbortSignal): Promise<LabProbeResult> {
    const { recipe } = this;
    const done = this.probed;
    if (done !== undefined) return done;
    this.trainer.activity = { kind: 'preparing', text: 'Timing a few steps on this machine …' };
    const result = await (
      await this.lab()
    ).probe(
      { recipe },
      {
        signal,
        onLoad: (event) => (this.trainer.activity = { kind: 'loading', phase: phaseOf(event) }),
      },
    );
    this.trainer.backend = result.backend.label;
    this.#probed = { recipe, result };
    return result;
  }

  /** A new run with the choices. */
  start(mode: Mode = 'run'): Promise<void> {
    return this.trainer.guard(async (signal) => {
      if (this.problems.length > 0) return;
      this.cell.touch();
      const { recipe } = this;
      const lab = await this.lab();
      const probed = await this.#measure(signal);
      const dataset = await makeDataset(recipe, {
        signal,
        onProgress: (share) =>
          (this.trainer.activity = { kind: 'preparing', text: 'Preparing the pictures …', share }),
      });
      const made = await lab.create({ name: freshName(recipe, await lab.list()), recipe, dataset });
      const view = new RunView(made);
      view.thumbnails = thumbnailsOf(dataset.pixels, dataset.size, Math.min(MAPPED, recipe.images));
      view.speed.expect('autoencoder', probed.msPerAutoencoderStep);
      view.speed.expect('denoiser', probed.msPerDenoiserStep);
      this.other = undefined;
      this.view = view;
      await this.trainer.train(lab, view, mode, signal);
    });
  }

  /** Goes on with the run that is shown; a recorded one can't: a new run begins. */
  goOn(mode: Mode = 'run'): Promise<void> {
    if (this.view.recorded) return this.start(mode);
    return this.trainer.guard(async (signal) =>
      this.trainer.train(await this.lab(), this.view, mode, signal),
    );
  }

  /** Back to its first step. */
  startOver(): Promise<void> {
    return this.trainer.guard(async () => {
      const { id } = this.view.about;
      if (id === undefined) return;
      const lab = await this.lab();
      await lab.reset(id);
      this.view = RunView.of(await lab.open(id));
    });
  }

  async rename(id: string, name: string): Promise<void> {
    await (await this.lab()).rename(id, name);
    await this.refresh();
  }

  async remove(id: string): Promise<void> {
    await (await this.lab()).remove(id);
    if (this.other?.about.id === id) this.other = undefined;
    if (this.view.about.id === id) this.showRecorded();
    await this.refresh();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const sameRecipe = (a: Recipe, b: Recipe): boolean =>
  (Object.keys(a) as (keyof Recipe)[]).every((key) => a[key] === b[key]);
