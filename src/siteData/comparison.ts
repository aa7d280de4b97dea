// The shipped models side by side: what each is, costs and reaches.
import { sizeOf, countOf, grouped } from '../writing/numbers.ts';
import { amount, drawnOf, share, type Cell, type Evaluation } from './evaluation.ts';
import { sumOf, type Manifest } from './model.ts';

export interface ComparisonRow {
  readonly name: string;
  /** One for each model. */
  readonly cells: readonly (Cell | string)[];
}

type Read = (model: Manifest) => Cell | string | undefined;
type ReadMetrics = (metrics: Evaluation, guidance: number) => Cell | undefined;

/** What is read off the measurements; nothing for a model that was not measured. */
const measured =
  (read: ReadMetrics): Read =>
  ({ metrics, sampling }) =>
    metrics === null ? undefined : read(metrics, sampling.guidanceScale);

/** A student's own files; the others it takes from its base. */
function download({ totalBytes, files, base }: Manifest): Cell {
  if (base === undefined) return { text: sizeOf(totalBytes) };
  return { text: sizeOf(sumOf(files)), range: `beside ${base}` };
}

const rows: readonly (readonly [name: string, read: Read])[] = [
  ['pixels', ({ image }) => `${image.size} × ${image.size}`],
  ['latents', ({ image }) => `${image.latentSize} × ${image.latentSize} × ${image.latentChannels}`],
  ['denoiser', ({ parameters }) => `${countOf(parameters.unet)} weights`],
  ['download', download],
  ['steps', ({ sampling }) => String(sampling.numInferenceSteps)],
  [
    'network calls a picture', // guidance asks with and without the sentence
    ({ sampling }) => String(sampling.numInferenceSteps * (sampling.guidanceScale > 1 ? 2 : 1)),
  ],
  ['first stage, PSNR', measured(({ splits }) => amount(splits.test.psnr, 'dB', splits.test.psnrInterval))],
  [
    'stated facts found',
    measured(({ splits }, guidance) => {
      const drawn = drawnOf(splits.test, guidance);
      return drawn && share(drawn.mean, drawn.meanInterval);
    }),
  ],
  [
    'pictures with every fact right',
    measured(({ splits }, guidance) => {
      const drawn = drawnOf(splits.test, guidance);
      return drawn && share(drawn.allRight, drawn.allRightInterval);
    }),
  ],
  [
    'stated facts found, unseen combinations',
    measured(({ splits }, guidance) => {
      const drawn = drawnOf(splits.heldout, guidance);
      return drawn && share(drawn.mean, drawn.meanInterval);
    }),
  ],
  [
    'distance to real pictures, times the floor',
    measured(
      // The ratio grows with the number of pictures: the floor falls, what is wrong stays.
      ({ frechet }) =>
        frechet && {
          ...amount(frechet.ratio, '', undefined, 2),
          range: `of ${grouped(frechet.count)} pictures`,
        },
    ),
  ],
  [
    'points lost by one letter wrong',
    measured(({ wording }) => {
      const loss = wording?.kinds['misspelled']?.loss;
      return loss && amount(loss.value * 100, '', [loss.interval[0] * 100, loss.interval[1] * 100]);
    }),
  ],
];

export function compareModels(models: readonly Manifest[]): ComparisonRow[] {
  return rows.map(([name, read]) => ({ name, cells: models.map((model) => read(model) ?? '–') }));
}
