// The recorded run as a run to show: numbers at once, pictures when their sheets are here.
import type { LabPicturesEvent } from '../../../engine/protocol/lab.ts';
import { fetchInTime } from '../../../loading/fetchInTime.ts';
import { pictureAt, readSprite } from '../../kit/pictures/spritePictures.ts';
import type { Moment } from './moments.ts';
import type { RecordedMoment, RecordedRun, Sheet, SheetName } from './recordedRun.ts';
import { RunView } from './runView.svelte.ts';

const none = (): Uint8ClampedArray<ArrayBuffer> => new Uint8ClampedArray(0);

/** Pictures of `moment`, empty until they are read. */
function momentOf(run: RecordedRun, { phase, step, psnr, map, timestep }: RecordedMoment): Moment {
  const { sheets, latentSize, latentChannels } = run;
  if (phase === 'autoencoder') {
    const pictures: LabPicturesEvent = {
      type: 'pictures',
      step,
      count: sheets.originals.columns,
      size: sheets.originals.size,
      originals: none(),
      reconstructions: none(),
      latents: new Float32Array(0),
      latentSize,
      latentChannels,
      psnr: psnr ?? 0,
      map: Float32Array.from(map ?? []),
    };
    return { phase, step, pictures };
  }
  const { size } = sheets.samples;
  return {
    phase,
    step,
    samples: { type: 'samples', step, count: sheets.samples.rows, size, images: none() },
    ...(timestep !== undefined && {
      guess: { type: 'guess', step, timestep, size, original: none(), noised: none(), guess: none() },
    }),
  };
}

/** The run with its curves; `fillIn` brings the pictures. */
export function recordedView(run: RecordedRun): RunView {
  const view = new RunView(run);
  for (const phase of ['autoencoder', 'denoiser'] as const) {
    for (const [step, loss] of run.curves[phase]) view.curves[phase].add(step, loss);
  }
  view.bins = { add: () => undefined, points: () => [...run.byTimestep] };
  view.encoded = run.encoded;
  view.moments = run.moments.map((moment) => momentOf(run, moment));
  view.phase = 'denoiser';
  if (run.trace) {
    const { x0, noise, xt, target, prediction } = run.trace;
    view.trace = {
      ...run.trace,
      x0: Float32Array.from(x0),
      noise: Float32Array.from(noise),
      xt: Float32Array.from(xt),
      target: Float32Array.from(target),
      prediction: Float32Array.from(prediction),
    };
  }
  return view;
}

/** Some pictures of a sheet after one another: `places` are columns and rows. */
function take(
  image: ImageData,
  { size }: Sheet,
  places: readonly (readonly [number, number])[],
): Uint8ClampedArray<ArrayBuffer> {
  const bytes = new Uint8ClampedArray(places.length * size * size * 4);
  places.forEach(([column, row], i) => bytes.set(pictureAt(image, size, column, row), i * size * size * 4));
  return bytes;
}

/** Reads the sheets and the latents and gives every moment its pictures. Throws when a file does not come. */
export async function fillIn(view: RunView, run: RecordedRun, folder: string): Promise<void> {
  const { sheets } = run;
  const read = (name: SheetName) => readSprite(folder + sheets[name].file);
  const [originals, reconstructions, samples, guesses, thumbnails, file] = await Promise.all([
    read('originals'),
    read('reconstructions'),
    read('samples'),
    read('guesses'),
    read('thumbnails'),
    fetchInTime(`${folder}latents.bin`, 'the recorded latents'),
  ]);
  const latents = Float32Array.from(
    new Int8Array(await file.arrayBuffer()),
    (byte) => (byte / 127) * run.latentRange,
  );
  const across = (count: number, row: number) =>
    Array.from({ length: count }, (_, column) => [column, row] as const);
  const { columns } = sheets.originals;
  const length = columns * run.latentSize ** 2 * run.latentChannels;
  let [one, two] = [0, 0];
  view.moments = view.moments.map((moment): Moment => {
    if (moment.pictures) {
      const row = one++;
      return {
        ...moment,
        pictures: {
          ...moment.pictures,
          originals: take(originals, sheets.originals, across(columns, 0)),
          reconstructions: take(reconstructions, sheets.reconstructions, across(columns, row)),
          latents: latents.slice(row * length, (row + 1) * length),
        },
      };
    }
    const at = two++;
    const down = Array.from({ length: sheets.samples.rows }, (_, row) => [at, row] as const);
    const [original, noised, guess] = [0, 1, 2].map((column) =>
      take(guesses, sheets.guesses, [[column, at]]),
    );
    return {
      ...moment,
      ...(moment.samples && { samples: { ...moment.samples, images: take(samples, sheets.samples, down) } }),
      ...(moment.guess && {
        guess: { ...moment.guess, original: original!, noised: noised!, guess: guess! },
      }),
    };
  });
  view.thumbnails = {
    image: thumbnails,
    columns: sheets.thumbnails.columns,
    size: sheets.thumbnails.size,
  };
}
