// A bare page around the engine, so that tests can call it: the site's own pages show it only through their figures.
import { readBackend } from '../../../src/state/address.ts';
import { createEngine, EngineError } from '../../../src/engine/page/engine.ts';
import { Newest } from '../../../src/engine/page/newest.ts';
import type { CallOptions } from '../../../src/engine/page/engineTypes.ts';
import type {
  DecodeRequest,
  DecodeResult,
  DownloadEvent,
  EncodeRequest,
  EncodeResult,
  GenerateEvent,
  GenerateRequest,
  LoadEvent,
  PromptWord,
  Sizes,
  StepEvent,
} from '../../../src/engine/protocol/messages.ts';
import type { ErrorCode } from '../../../src/engine/protocol/transport.ts';
import { labHarness } from './lab.ts';

const { backend } = readBackend(window.location.search);
const engine = createEngine({ allowDeviceLoss: true, ...(backend && { backend }) });
const notices: string[] = [];
engine.onNotice((notice) => notices.push(notice));

/** Destroys the graphics device, as a crashing driver would; false where there is none. */
const loseDevice = async (): Promise<boolean> => (await engine.call('lose-device', null)).lost;

/** What a call came to, in values that can be handed to a test. */
async function outcome<T>(call: Promise<T>): Promise<{ value: T } | { code: ErrorCode; message: string }> {
  try {
    return { value: await call };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { code: error.code, message: error.message };
  }
}

/** A generation in short, in values that can be handed to a test. What a failed one lacks is empty. */
export interface Drawn {
  readonly outcome: 'drawn' | ErrorCode;
  readonly message: string;
  readonly label: string;
  readonly numSteps: number;
  readonly sizes: Sizes | undefined;
  readonly images: number[];
  readonly finalLatents: number[];
  readonly words: readonly PromptWord[];
  /** Types of the events, repetitions left out. */
  readonly events: readonly GenerateEvent['type'][];
  /** Bytes of each step's preview. */
  readonly previews: readonly number[];
  readonly lastDownload: DownloadEvent | undefined;
  /** What `loseDevice` said. */
  readonly lost: boolean | undefined;
}

export interface DrawOptions {
  /** Stop after this many steps. */
  readonly stopAfter?: number;
  /** Lose the graphics device after this many steps, once. */
  readonly loseAfter?: number;
}

/** @param figure ends the drawing, too: the signal of a figure's handle */
async function draw(
  request: GenerateRequest,
  options: DrawOptions = {},
  figure?: AbortSignal,
): Promise<Drawn> {
  const controller = new AbortController();
  figure?.addEventListener('abort', () => controller.abort(figure.reason));
  const events: GenerateEvent[] = [];
  let steps: StepEvent[] = [];
  let lost: Promise<boolean> | undefined;
  const result = await outcome(
    engine.call('generate', request, {
      signal: controller.signal,
      onEvent: (event) => {
        events.push(event);
        // A lost graphics device makes the worker start again.
        if (event.type === 'start') steps = [];
        if (event.type !== 'step') return;
        steps.push(event);
        if (event.index + 1 === options.stopAfter) controller.abort();
        if (event.index + 1 === options.loseAfter) lost ??= loseDevice();
      },
    }),
  );
  const drawn = 'value' in result ? result.value : undefined;
  return {
    outcome: 'code' in result ? result.code : 'drawn',
    message: 'message' in result ? result.message : '',
    label: drawn?.backend.label ?? '',
    numSteps: drawn === undefined ? 0 : steps.length,
    sizes: drawn?.sizes,
    images: [...(drawn?.images ?? [])],
    finalLatents: [...((drawn && steps.at(-1)?.latents) ?? [])],
    words: drawn?.words ?? [],
    events: events.map((event) => event.type).filter((type, i, all) => type !== all[i - 1]),
    previews: events.flatMap((event) => (event.type === 'step' ? [event.preview?.length ?? 0] : [])),
    lastDownload: events.findLast((event) => event.type === 'download'),
    lost: await lost,
  };
}

/** What a call of the first stage came to, in values that can be handed to a test. */
export interface Staged {
  readonly outcome: 'done' | ErrorCode;
  readonly message: string;
  readonly label: string;
  readonly ms: number;
  readonly latents: number[];
  readonly logvar: number[];
  /** RGBA of the decoded pictures. */
  readonly images: number[];
  /** Width and height of a picture and of its latents. */
  readonly sides: number[];
  /** The decoder's own numbers, where asked for. */
  readonly pixels: number[];
  readonly lastDownload: DownloadEvent | undefined;
}

export interface StageOptions {
  readonly abortAfterMs?: number;
  /** Lose the graphics device before the call is answered. */
  readonly lose?: boolean;
}

async function stage<R extends EncodeResult | DecodeResult>(
  call: (options: CallOptions<LoadEvent>) => Promise<R>,
  { abortAfterMs, lose = false }: StageOptions,
): Promise<Staged> {
  const controller = new AbortController();
  if (abortAfterMs !== undefined) setTimeout(() => controller.abort(), abortAfterMs);
  let lastDownload: DownloadEvent | undefined;
  const running = outcome(
    call({
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'download') lastDownload = event;
      },
    }),
  );
  if (lose) await loseDevice();
  const result = await running;
  const done: Partial<EncodeResult & DecodeResult> = 'value' in result ? result.value : {};
  return {
    outcome: 'code' in result ? result.code : 'done',
    message: 'message' in result ? result.message : '',
    label: done.backend?.label ?? '',
    ms: done.ms ?? 0,
    latents: [...(done.latents ?? [])],
    logvar: [...(done.logvar ?? [])],
    images: [...(done.images ?? [])],
    pixels: [...(done.pixels ?? [])],
    sides: [done.imageWidth, done.imageHeight, done.latentWidth, done.latentHeight].flatMap(
      (side) => side ?? [],
    ),
    lastDownload,
  };
}

/** `count` square pictures with something in them, made in the page: a million numbers take long to get there. */
const pattern = (side: number, count: number): Uint8ClampedArray =>
  Uint8ClampedArray.from({ length: side * side * 4 * count }, (_, i) =>
    i % 4 === 3 ? 255 : (i * 37 + (i >> 6)) % 256,
  );

type Encode = Omit<EncodeRequest, 'pixels'> &
  ({ readonly pixels: readonly number[] } | { readonly patternSide: number });
type Decode = Omit<DecodeRequest, 'latents'> & { readonly latents: readonly number[] };

function encode(request: Encode, options: StageOptions = {}): Promise<Staged> {
  const pixels =
    'pixels' in request
      ? Uint8ClampedArray.from(request.pixels)
      : pattern(request.patternSide, request.count);
  return stage((given) => engine.encode({ ...request, pixels }, given), options);
}
const decode = (request: Decode, options: StageOptions = {}): Promise<Staged> =>
  stage(
    (given) => engine.decodeLatents({ ...request, latents: Float32Array.from(request.latents) }, given),
    options,
  );

const lab = await labHarness(engine);
const newest = (): Newest => new Newest();
const harness = { engine, newest, notices, loseDevice, outcome, draw, encode, decode, pattern, lab };
export type Harness = typeof harness;
Object.assign(window, { harness });
