// The live side of figure 4.1: the picture, its file at one quality, and the curve over all qualities, one after the other.
import { loadWhole } from '../../../userContent/pictures/index.ts';
import { CURVE, type CurvePoint } from './jpeg.ts';
import { encodePicture, jpegRoundTrip, type Pixels, type RoundTrip } from './jpegCodec.ts';

export class JpegBench {
  /** The picture itself; undefined until one is there. The last one stays while the next one loads. */
  original: Pixels | undefined = $state.raw();
  /** Bytes of the picture as PNG. */
  png: number | undefined = $state();
  result: (RoundTrip & { readonly quality: number }) | undefined = $state.raw();
  /** Empty while it is being measured. */
  curve: readonly CurvePoint[] = $state.raw([]);

  /** The picture that `original` came from; a round trip of another one is not shown. */
  #newest: Promise<unknown> | undefined;

  /** Takes another picture. Rejects when it can't be had. In an effect the reader's own picture is tracked. */
  async open(id: string): Promise<void> {
    const loading = loadWhole(id);
    this.#newest = loading;
    const original = await loading;
    if (this.#newest !== loading) return;
    this.original = original;
    this.result = undefined;
    this.png = undefined;
    this.curve = [];
  }

  /** Encodes and decodes the picture; what comes too late, after another picture was opened, is dropped. */
  async encode(original: Pixels, quality: number): Promise<void> {
    const trip = await jpegRoundTrip(original, quality);
    if (original === this.original) this.result = { ...trip, quality };
  }

  /** Measures the PNG and all qualities of the curve; stops when another picture is opened or `signal` says so. */
  async measure(original: Pixels, signal: AbortSignal): Promise<void> {
    const stale = (): boolean => signal.aborted || original !== this.original;
    const png = await encodePicture(original, 'image/png');
    if (stale()) return;
    this.png = png.size;
    const curve: CurvePoint[] = [];
    for (const quality of CURVE) {
      const { bytes, psnr } = await jpegRoundTrip(original, quality);
      if (stale()) return;
      curve.push({ quality, bytes, psnr });
    }
    this.curve = curve;
  }
}
