// What figure 4.1 shows at the moment: two pictures, what the magnifier sees of them, sizes and the curve.
import { differenceMap } from '@noisebook/ldm/numbers';
import { magnitudeImage } from '../../kit/pictures/magnitude.ts';
import { cut, DIFFERENCE_RANGE, lensAt, rateDistortion, type RecordedJpeg } from './jpeg.ts';
import type { JpegBench } from './jpegBench.svelte.ts';
import type { Pixels } from './jpegCodec.ts';

/** What the reader may choose. */
export interface JpegChoice {
  readonly picture: string;
  readonly quality: number;
  /** Where the line stands, 0 to 100. */
  readonly split: number;
  /** The middle of the magnifier, in percent of the sides. */
  readonly x: number;
  readonly y: number;
  /** What lies right of the line. */
  readonly view: 'picture' | 'error';
}

interface JpegCell {
  readonly live: boolean;
  readonly values: JpegChoice;
}

const image = ({ pixels, width, height }: Pixels): ImageData => new ImageData(pixels, width, height);

export class JpegView {
  readonly #recorded: RecordedJpeg;
  readonly #cell: JpegCell;
  readonly #bench: JpegBench;

  constructor(recorded: RecordedJpeg, cell: JpegCell, bench: JpegBench) {
    this.#recorded = recorded;
    this.#cell = cell;
    this.#bench = bench;
  }

  readonly #live = $derived.by(() => (this.#cell.live ? this.#bench : undefined));
  /** Undefined while the recorded picture is shown. */
  readonly original = $derived.by(() => this.#live?.original);
  readonly result = $derived.by(() => this.#live?.result);
  /** Width and height of the picture. */
  readonly sides = $derived.by(() => this.original ?? this.#recorded);
  /** The file: its quality, bytes and PSNR. */
  readonly now = $derived.by(() => this.result ?? this.#recorded);
  readonly png = $derived.by(() => (this.original ? this.#live?.png : this.#recorded.png));
  readonly lens = $derived.by(() => lensAt(this.sides, this.#cell.values));
  /** Right of the line lies where the JPEG differs, not the JPEG. */
  readonly error = $derived.by(() => this.#cell.values.view === 'error');

  readonly images = $derived.by(
    () => this.original && this.result && { original: image(this.original), jpeg: image(this.result) },
  );
  readonly #difference = $derived.by(() =>
    this.original && this.result && this.error
      ? new ImageData(
          magnitudeImage(differenceMap(this.original.pixels, this.result.pixels), DIFFERENCE_RANGE),
          this.original.width,
          this.original.height,
        )
      : undefined,
  );
  readonly right = $derived.by(() => (this.error ? this.#difference : this.images?.jpeg));
  /** What lies below the magnifier. */
  readonly details = $derived.by(
    () =>
      this.original &&
      this.result && { original: this.#below(this.original), jpeg: this.#below(this.result) },
  );

  // The recorded curve is that of the recorded picture; another one has none until it is measured.
  readonly curve = $derived.by(() =>
    this.original === undefined ? this.#recorded.curve : this.#bench.curve,
  );
  readonly spec = $derived.by(() => rateDistortion(this.curve, this.now, this.now.quality));

  #below(picture: Pixels): ImageData {
    return new ImageData(cut(picture, this.lens), this.lens.width, this.lens.height);
  }
}
