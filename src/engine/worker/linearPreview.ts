// A quick picture of latents, for machines too slow to decode every step: a matrix from latent channels to colours,
// learned by least squares from the pictures that were decoded.

/** Sizes of one picture and its latents. */
export interface PreviewSizes {
  readonly imageWidth: number;
  readonly imageHeight: number;
  readonly latentWidth: number;
  readonly latentHeight: number;
  readonly latentChannels: number;
}

const RIDGE = 1e-3;

export class LinearPreview {
  readonly #sizes: PreviewSizes;
  /** Inputs of the fit: the latent channels and a constant 1. */
  readonly #inputs: number;
  /** Sums of products, inputs x inputs and inputs x 3. */
  readonly #xx: Float64Array;
  readonly #xy: Float64Array;
  #matrix: Float64Array | undefined;

  constructor(sizes: PreviewSizes) {
    this.#sizes = sizes;
    this.#inputs = sizes.latentChannels + 1;
    this.#xx = new Float64Array(this.#inputs ** 2);
    this.#xy = new Float64Array(this.#inputs * 3);
  }

  /** True once there is something to draw with. */
  get isReady(): boolean {
    return this.#matrix !== undefined;
  }

  /**
   * Learns from decoded pictures.
   * @param latents [n, h, w, c]
   * @param rgba their pictures, [n, H, W, 4]; H and W are multiples of h and w
   */
  learn(latents: Float32Array, rgba: Uint8ClampedArray): void {
    const { latentChannels } = this.#sizes;
    const colours = this.#shrink(rgba, latents.length / latentChannels);
    for (let cell = 0; cell * latentChannels < latents.length; cell++) {
      const x = [...latents.subarray(cell * latentChannels, (cell + 1) * latentChannels), 1];
      x.forEach((xi, i) => {
        x.forEach((xj, j) => (this.#xx[i * this.#inputs + j]! += xi * xj));
        for (let c = 0; c < 3; c++) this.#xy[i * 3 + c]! += xi * colours[cell * 3 + c]!;
      });
    }
    this.#matrix = solve(this.#xx, this.#xy, this.#inputs);
  }

  /**
   * @param latents [n, h, w, c]
   * @returns [n, H, W, 4], smoothed between cells
   */
  draw(latents: Float32Array): Uint8ClampedArray<ArrayBuffer> {
    const matrix = this.#matrix;
    if (matrix === undefined) throw new Error('LinearPreview: call learn() with a decoded picture first.');
    const { latentChannels: c, latentWidth: w, latentHeight: h, imageWidth, imageHeight } = this.#sizes;
    const numCells = latents.length / c;
    const colours = new Float64Array(numCells * 3);
    for (let cell = 0; cell < numCells; cell++) {
      for (let k = 0; k < 3; k++) {
        let sum = matrix[c * 3 + k]!;
        for (let i = 0; i < c; i++) sum += latents[cell * c + i]! * matrix[i * 3 + k]!;
        colours[cell * 3 + k] = sum;
      }
    }
    const rgba = new Uint8ClampedArray((numCells / (w * h)) * imageWidth * imageHeight * 4).fill(255);
    let at = 0;
    for (let first = 0; first < numCells; first += w * h) {
      for (let y = 0; y < imageHeight; y++) {
        const [y0, y1, fy] = between(y, imageHeight, h);
        for (let x = 0; x < imageWidth; x++, at += 4) {
          const [x0, x1, fx] = between(x, imageWidth, w);
          for (let k = 0; k < 3; k++) {
            const cell = (row: number, column: number): number =>
              colours[(first + row * w + column) * 3 + k]!;
            const top = cell(y0, x0) * (1 - fx) + cell(y0, x1) * fx;
            const bottom = cell(y1, x0) * (1 - fx) + cell(y1, x1) * fx;
            rgba[at + k] = top * (1 - fy) + bottom * fy;
          }
        }
      }
    }
    return rgba;
  }

  /** Mean colour of each latent cell's patch, [cells, 3]. */
  #shrink(rgba: Uint8ClampedArray, numCells: number): Float64Array {
    const { imageWidth, imageHeight, latentWidth, latentHeight } = this.#sizes;
    const patchWidth = imageWidth / latentWidth;
    const patchHeight = imageHeight / latentHeight;
    const colours = new Float64Array(numCells * 3);
    for (let pixel = 0; pixel * 4 < rgba.length; pixel++) {
      const x = Math.floor((pixel % imageWidth) / patchWidth);
      const y = Math.floor(Math.floor(pixel / imageWidth) / patchHeight); // over all images
      const cell = y * latentWidth + x;
      for (let k = 0; k < 3; k++) colours[cell * 3 + k]! += rgba[pixel * 4 + k]! / (patchWidth * patchHeight);
    }
    return colours;
  }
}

/** The two cells whose centres lie around pixel `at`, and how far it is from the first to the second. */
function between(at: number, size: number, cells: number): [number, number, number] {
  const position = Math.min(cells - 1, Math.max(0, ((at + 0.5) * cells) / size - 0.5));
  const first = Math.floor(position);
  return [first, Math.min(cells - 1, first + 1), position - first];
}

/** Solves (xx + ridge) m = xy for m [n, 3] by elimination; the ridge keeps it solvable. */
function solve(xx: Float64Array, xy: Float64Array, n: number): Float64Array {
  const a = Float64Array.from(xx);
  const b = Float64Array.from(xy);
  for (let i = 0; i < n; i++) a[i * n + i]! += RIDGE;
  for (let pivot = 0; pivot < n; pivot++) {
    for (let row = 0; row < n; row++) {
      if (row === pivot) continue;
      const factor = a[row * n + pivot]! / a[pivot * n + pivot]!;
      for (let column = pivot; column < n; column++) a[row * n + column]! -= factor * a[pivot * n + column]!;
      for (let k = 0; k < 3; k++) b[row * 3 + k]! -= factor * b[pivot * 3 + k]!;
    }
  }
  return b.map((value, i) => value / a[Math.floor(i / 3) * n + Math.floor(i / 3)]!);
}
