// A training run, as its events told it, to the files of figure 8.1's recorded result.
import sharp from 'sharp';
import { LossCurve } from '../../src/components/figures/8.1-train/lossCurve.ts';
import { evenly, withSeen, type Moment } from '../../src/components/figures/8.1-train/moments.ts';
import { latentColumns, rangeOf } from '../../src/components/figures/8.1-train/pixels.ts';
import type { RecordedRun, Sheet, SheetName } from '../../src/components/figures/8.1-train/recordedRun.ts';
import { TimestepBins } from '../../src/components/figures/8.1-train/timestepBins.ts';
import { divergingColor } from '../../src/components/kit/pictures/diverging.ts';
import type { EncodedEvent, UpdateTraceEvent } from '@noisebook/ldm';
import type { LabEvent, LabPicturesEvent } from '../../src/engine/protocol/lab.ts';
import { spriteSheet, type RgbImage } from './sprite.ts';

/** Moments that are kept of each phase, and points of each curve. */
const MOMENTS = { autoencoder: 10, denoiser: 11 } as const;
const POINTS = 120;
/** Pictures of phase one, captions of phase two, pictures of the map. */
const [PICTURES, CAPTIONS, MAPPED] = [8, 6, 160] as const;

export interface RunLog {
  readonly about: Pick<RecordedRun, 'name' | 'recipe' | 'data' | 'ms' | 'backend'>;
  readonly events: readonly LabEvent[];
  /** The pictures whose latents the map shows, RGB bytes [n, size, size, 3]. */
  readonly mapped: Uint8Array;
}

/** RGBA bytes of picture `index` as RGB. */
function rgb(bytes: Uint8ClampedArray, index: number, size: number): RgbImage {
  const start = index * size * size * 4;
  return Uint8Array.from(
    { length: size * size * 3 },
    (_, i) => bytes[start + Math.floor(i / 3) * 4 + (i % 3)]!,
  );
}

const round = (value: number, digits: number): number => Number(value.toPrecision(digits));
const list = (values: ArrayLike<number>, digits: number): number[] =>
  Array.from(values, (value) => round(value, digits));

/** The latents of picture `index` in colours: channels in a block with a clear line between, as the page draws them. */
function latentPicture(event: LabPicturesEvent, index: number, range: number) {
  const { latentSize: side, latentChannels: channels, latents } = event;
  const columns = latentColumns(channels);
  const width = columns * (side + 1) - 1;
  const height = Math.ceil(channels / columns) * (side + 1) - 1;
  const data = new Uint8Array(width * height * 4);
  for (let place = 0; place < side * side * channels; place++) {
    const channel = place % channels;
    const [x, y] = [Math.floor(place / channels) % side, Math.floor(place / channels / side)];
    const left = (channel % columns) * (side + 1) + x;
    const top = Math.floor(channel / columns) * (side + 1) + y;
    data.set(
      [...divergingColor(latents[index * side * side * channels + place]!, range), 255],
      (top * width + left) * 4,
    );
  }
  return { data, width, height };
}

function readLog(events: readonly LabEvent[]) {
  const curves = { autoencoder: new LossCurve(), denoiser: new LossCurve() };
  const bins = new TimestepBins();
  let moments: readonly Moment[] = [];
  let [encoded, trace]: [EncodedEvent | undefined, UpdateTraceEvent | undefined] = [undefined, undefined];
  for (const event of events) {
    if (event.type === 'step') {
      curves[event.phase].add(event.step, event.loss);
      if (event.timesteps && event.errors) bins.add(event.timesteps, event.errors);
    } else if (event.type === 'pictures' || event.type === 'samples' || event.type === 'guess') {
      moments = withSeen(moments, event);
    } else if (event.type === 'encoded') encoded = event;
    else if (event.type === 'update-trace') trace = event;
  }
  const one = evenly(
    moments.filter(({ pictures }) => pictures),
    MOMENTS.autoencoder,
  );
  const two = evenly(
    moments.filter(({ samples, guess }) => samples && guess),
    MOMENTS.denoiser,
  );
  if (one.length === 0 || two.length === 0) {
    throw new Error('Expected a run of both phases with pictures, samples and guesses; some are missing.');
  }
  return { curves, bins, one, two, encoded, trace };
}

/** The recorded result: what recorded.json says, and the files beside it. */
export async function recordRun({
  about,
  events,
  mapped,
}: RunLog): Promise<{ json: RecordedRun; files: Map<string, Uint8Array> }> {
  const { curves, bins, one, two, encoded, trace } = readLog(events);
  const first = one[0]!.pictures!;
  const last = one.at(-1)!.pictures!;
  const { size, latentSize, latentChannels } = first;
  const count = Math.min(PICTURES, first.count);
  const each = [...Array(count).keys()];
  const files = new Map<string, Uint8Array>();
  const sheets = {} as Record<SheetName, Sheet>;
  const put = async (name: SheetName, rows: readonly (readonly RgbImage[])[], side: number, quality = 82) => {
    const file = `${name}.webp`;
    files.set(file, await spriteSheet(rows, side, quality));
    sheets[name] = { file, columns: rows[0]!.length, rows: rows.length, size: side };
  };
  await put('originals', [each.map((i) => rgb(first.originals, i, size))], size);
  await put(
    'reconstructions',
    one.map(({ pictures }) => each.map((i) => rgb(pictures!.reconstructions, i, size))),
    size,
  );
  const captions = [...Array(Math.min(CAPTIONS, two[0]!.samples!.count)).keys()];
  await put(
    'samples',
    captions.map((row) => two.map(({ samples }) => rgb(samples!.images, row, size))),
    size,
  );
  await put(
    'guesses',
    two.map(({ guess }) =>
      [guess!.original, guess!.noised, guess!.guess].map((bytes) => rgb(bytes, 0, size)),
    ),
    size,
  );
  const shown = Math.min(MAPPED, first.map.length / 2, mapped.length / (size * size * 3));
  const columns = Math.ceil(Math.sqrt(shown));
  const blank: RgbImage = new Uint8Array(size * size * 3);
  const thumbnail = (i: number): RgbImage =>
    i < shown ? mapped.subarray(i * size * size * 3, (i + 1) * size * size * 3) : blank;
  const grid = Array.from({ length: Math.ceil(shown / columns) }, (_, r) =>
    Array.from({ length: columns }, (_, c) => thumbnail(r * columns + c)),
  );
  await put('thumbnails', grid, size, 70);

  const length = count * latentSize * latentSize * latentChannels;
  const latentRange = one.reduce(
    (most, { pictures }) =>
      pictures!.latents.subarray(0, length).reduce((a, b) => Math.max(a, Math.abs(b)), most),
    0.5,
  );
  const latents = new Int8Array(one.length * length);
  one.forEach(({ pictures }, i) =>
    latents.set(
      Array.from(pictures!.latents.subarray(0, length), (value) => Math.round((127 * value) / latentRange)),
      i * length,
    ),
  );
  files.set('latents.bin', new Uint8Array(latents.buffer));
  const blocks = each.map((i) => latentPicture(last, i, rangeOf(last.latents)));
  files.set('latents.webp', await latentSheet(blocks));
  sheets.latents = { file: 'latents.webp', columns: count, rows: 1, size: blocks[0]!.width };

  const json: RecordedRun = {
    manifests: {},
    ...about,
    curves: {
      autoencoder: points(curves.autoencoder),
      denoiser: points(curves.denoiser),
    },
    byTimestep: bins.points().map(({ x, y, low, high }) => ({
      x,
      y: round(y, 4),
      ...(low !== undefined && { low: round(low, 4) }),
      ...(high !== undefined && { high: round(high, 4) }),
    })),
    ...(encoded && { encoded: { ...encoded, mean: list(encoded.mean, 4), std: list(encoded.std, 4) } }),
    moments: [
      ...one.map(({ phase, step, pictures }) => ({
        phase,
        step,
        psnr: round(pictures!.psnr, 4),
        map: list(pictures!.map.subarray(0, 2 * shown), 3),
      })),
      ...two.map(({ phase, step, guess }) => ({ phase, step, timestep: guess!.timestep })),
    ],
    ...(trace && {
      trace: {
        ...trace,
        x0: list(trace.x0, 4),
        noise: list(trace.noise, 4),
        xt: list(trace.xt, 4),
        target: list(trace.target, 4),
        prediction: list(trace.prediction, 4),
        updates: trace.updates.slice(0, 5).map(({ name, gradient, change }) => ({
          name,
          gradient: round(gradient, 4),
          change: round(change, 4),
        })),
      },
    }),
    latentSize,
    latentChannels,
    latentRange: round(latentRange, 6),
    sheets,
  };
  return { json, files };
}

/** At most POINTS points of a curve, neighbours averaged. */
function points(curve: LossCurve): [number, number][] {
  const all = curve.points();
  const size = Math.max(1, Math.ceil(all.length / POINTS));
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => {
    const part = all.slice(i * size, (i + 1) * size);
    const mean = (of: (point: (typeof part)[number]) => number) =>
      part.reduce((sum, point) => sum + of(point), 0) / part.length;
    return [
      Math.round(mean(({ x }) => x)),
      round(
        mean(({ y }) => y),
        4,
      ),
    ];
  });
}

/** Blocks side by side, lossless, what is between channels clear. */
async function latentSheet(
  blocks: readonly { readonly data: Uint8Array; readonly width: number; readonly height: number }[],
): Promise<Uint8Array> {
  const { width, height } = blocks[0]!;
  const across = width * blocks.length;
  const data = new Uint8Array(across * height * 4);
  blocks.forEach((block, i) => {
    for (let y = 0; y < height; y++) {
      data.set(block.data.subarray(y * width * 4, (y + 1) * width * 4), (y * across + i * width) * 4);
    }
  });
  return sharp(data, { raw: { width: across, height, channels: 4 } })
    .webp({ lossless: true })
    .toBuffer();
}
