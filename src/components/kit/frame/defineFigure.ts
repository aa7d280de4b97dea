// A figure is data and one function: what it is called, what can be changed, what it computes, what it offers as files.
//
// `View.svelte` beside it draws what is shown; everything between the two (address, keys, what supersedes what, phases,
// files, live numbers, the recorded result) is the frame's: figureState.svelte.ts.
import type { GenericSchema } from 'valibot';
import type { Face } from '../../../datasets/faceAttributes.ts';
import type { Fields, ValuesOf } from '../../../state/figureAddress.ts';
import type { GenerateRequest, PredictRequest, PredictResult } from '../../../engine/protocol/messages.ts';
import type {
  PlaneFieldRequest,
  PlaneFieldResult,
  PlaneSampleRequest,
  PlaneSampleResult,
  PlaneTrainEvent,
  PlaneTrainRequest,
  PlaneTrainResult,
} from '../../../engine/protocol/planeJobs.ts';
import type { Latents, Rgba, StageModel } from '../latents/firstStage.ts';
import type { Compress, Pixels } from '../pictures/codec.ts';
import type { DoneGeneration, Follow } from '../player/generation.ts';
import type { Picture } from './result.ts';
import type { Rows } from './save.ts';

/** What a figure computes with: the page's worker, or the library in Node when its result is recorded. */
export interface FigureEngine {
  /** Whose model answers: the notebook's, or the reader's own where the figure uses the chosen one. */
  readonly model: StageModel;
  /** Raw latents of some pictures, one for each; with the first stage of `model`, or of another. */
  encode(pictures: readonly Rgba[], model?: StageModel): Promise<Latents[]>;
  /** Pictures of some raw latents, one for each. */
  decode(latents: readonly ArrayLike<number>[], model?: StageModel): Promise<Rgba[]>;
  /**
   * Draws pictures: from a prompt, from latents at a step, from a picture, in a mask. Every frame on the way has what
   * `stepOutputs`, `attention` and `activations` ask for. In Node a frame that has latents has both its pictures; on the page those that `previewOf`
   * asks for: `Player` decodes others when they are looked at. Models that one request uses in turn stay in memory.
   */
  generate(request: GenerateRequest, onEvent?: Follow['onEvent']): Promise<DoneGeneration>;
  /** One call of the denoiser at (x_t, t, prompt): what it gives, and the noise, picture and velocity in it. */
  predict(request: PredictRequest): Promise<PredictResult>;
  /**
   * Trains a toy network on points in the plane, [n, 2]; `onEvent` hears every so many steps what the request asks for. A
   * diffusion's result has its network, which the next two ask.
   */
  planeTrain(
    request: PlaneTrainRequest,
    onEvent?: (event: PlaneTrainEvent) => void,
  ): Promise<PlaneTrainResult>;
  /** Draws points with a trained denoiser in the plane: where they are at each step, [n, 2] each. */
  planeSample(request: PlaneSampleRequest): Promise<PlaneSampleResult>;
  /** The noise that a trained denoiser in the plane sees at given points, [n, 2]. */
  planeField(request: PlaneFieldRequest): Promise<PlaneFieldResult>;
  /** A picture by its name (a photograph, a test face, the reader's own), as a square of `size` pixels a side. */
  picture(id: string, size?: number): Promise<Rgba>;
  /** A picture by its name, whole: as wide and as high as its makers left it. Not to be written into. */
  whole(id: string): Promise<Pixels>;
  /** A picture through a file that a browser makes. In Node a browser is driven, nothing is imitated. */
  compress: Compress;
  /** The bytes of a picture that the study has. */
  bytes(picture: Picture): Promise<Rgba>;
  /** A face drawn from its facts, as a square of `size` pixels a side. */
  face(face: Face, size?: number): Promise<Rgba>;
}

/** What a figure is told besides its values. */
export interface FigureTask<R, S, D> {
  /** Aborted by Stop, by Reset and when the figure leaves the page. */
  readonly signal: AbortSignal;
  readonly study: S;
  readonly data: D;
  progress(done: number, total: number): void;
  /** What is on show; undefined in Node. A partial result may keep parts of it. */
  readonly shown: R | undefined;
  /** Shows a result before the whole is there. */
  show(result: R): void;
  /** Ends here if a newer request waits: between the pieces of long work, so that a slider goes first. */
  giveWay(): void;
  /** What was computed under this key before, else what `compute` gives: for a step that many values have in common. */
  memo<T>(key: string, compute: () => Promise<T>): Promise<T>;
}

/**
 * What is on show: a result, recorded or live, with the values that it is of. What `compute` does not look at is as the
 * reader has it now.
 */
export interface Shown<F extends Fields, R, S, D> {
  readonly result: R;
  readonly values: ValuesOf<F>;
  /** Whose model it was computed with. */
  readonly model: StageModel;
  /** False while it is the recorded result. */
  readonly live: boolean;
  readonly study: S;
  readonly data: D;
}

type Supersede = 'wait' | 'abort';

/** Each is told what is shown, and what the controls say. */
export interface FigureFiles<F extends Fields, R, S, D> {
  /** Rows of pictures (drawn at the size of the first), or a file made otherwise. Undefined: it is still being computed. */
  readonly png?: (
    shown: Shown<F, R, S, D>,
    values: ValuesOf<F>,
  ) => readonly (readonly Picture[])[] | Promise<Blob | undefined> | undefined;
  readonly csv?: (shown: Shown<F, R, S, D>, values: ValuesOf<F>) => Rows | undefined;
}

export interface FigureDefinition<F extends Fields = Fields, R = unknown, S = unknown, D = unknown, M = R> {
  /** "4.3"; its folder's name begins with it. */
  readonly number: `${number}.${number}`;
  /** A sentence. */
  readonly title: string | ((shown: Shown<F, R, S, D>) => string);
  /** The notebook's page that has it: "compression"; empty for home. */
  readonly page: string;
  /** The shipped model whose results it shows, by the name of its folder. */
  readonly weights?: string;
  /**
   * Of a figure that runs a model: 'chosen', it uses the reader's own where one was chosen; else why it keeps the
   * notebook's, as the end of "This figure keeps the notebook's model: ...".
   */
  readonly model?: 'chosen' | `because ${string}`;
  /** What the reader may change. The recorded result is that of the fallbacks. */
  readonly fields: F;
  /** Which of them `compute` looks at; all, if left out. A change of another one computes nothing. */
  readonly inputs?: readonly (keyof F & string)[];
  /**
   * True: the recorded result does for its own inputs until others are asked for, so that a touch of what needs no model
   * downloads none.
   */
  readonly keepsRecorded?: boolean;
  /** What is shown. A recorded result is checked with it when it is read. */
  readonly result: GenericSchema<unknown, R>;
  /** What was measured once for all readers (study.ts), recorded beside the result. */
  readonly study?: GenericSchema<unknown, S>;
  /** What data.ts reads from the repository when the site is built. */
  readonly data?: GenericSchema<unknown, D>;
  /** The idea of the figure. Runs in the page and, for the recorded result, in Node: no page and no runes in here. */
  compute(values: ValuesOf<F>, engine: FigureEngine, task: FigureTask<R, S, D>): Promise<M>;
  /**
   * The result with more in it, which comes once nothing has changed for a moment: quietly, and dropped when something
   * changes. What `compute` returned must do without it; not for a figure with `at`.
   */
  afterwards?(result: R, engine: FigureEngine, task: FigureTask<R, S, D>): Promise<R>;
  /**
   * The result for these values, of what `compute` made for its `inputs`: arithmetic that follows a slider within a frame.
   * Of what was made only the newest is kept, so it may hold arrays to write into.
   */
  at?(made: M, values: ValuesOf<F>): R;
  /** True where the prose shows numbers of it while it is off screen: it follows then too, once its values are at rest. */
  readonly awake?: boolean;
  /**
   * Live numbers for the prose: `psnr` of figure 4.3 is published as "4.3.psnr".
   * @param values what the controls say, where nothing has to be computed for a number
   */
  readonly numbers?: (shown: Shown<F, R, S, D>, values: ValuesOf<F>) => Readonly<Record<string, string>>;
  readonly files?: FigureFiles<F, R, S, D>;
  /** "src/lib/ldm/metrics/psnr.ts#psnr": what the figure runs, the line that matters first. */
  readonly code: readonly string[];
  /** False for a figure whose first touch costs a download: shared values that others set leave it as it is. */
  readonly follows?: boolean;
  /** What a newer request does to the one that runs: lets it finish (default: right for a slider), or stops it. */
  readonly supersede?: Supersede | ((values: ValuesOf<F>) => Supersede);
  /**
   * How its recorded pictures are stored: columns of the sheet; without `quality` every byte is kept, with 'crisp' nearly
   * (for noise, which lossy files would smear).
   */
  readonly sheet?: { readonly columns?: number; readonly quality?: number | 'crisp' };
  /** Decimals that its recorded numbers keep; 4, if left out. */
  readonly digits?: number;
}

/** Any figure, where only what all have in common matters. Its functions take what its own result is. */
export type AnyFigure = FigureDefinition<Fields, never, never, never, never>;

/** Says what a figure is; the types of values, result, study and data follow from what is given. */
export function defineFigure<const F extends Fields, R, S = undefined, D = undefined, M = R>(
  definition: FigureDefinition<F, R, S, D, M> & { at(made: M, values: ValuesOf<F>): R },
): FigureDefinition<F, R, S, D, M>;
export function defineFigure<const F extends Fields, R, S = undefined, D = undefined>(
  definition: FigureDefinition<F, R, S, D> & { readonly at?: never },
): FigureDefinition<F, R, S, D>;
export function defineFigure(definition: unknown): unknown {
  return definition;
}
