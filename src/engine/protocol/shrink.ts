// Messages between the page and the worker that makes pictures small. Types only.

export interface ShrinkRequest {
  readonly id: number;
  readonly file: Blob;
  /** Longest side of the square that comes back. */
  readonly side: number;
  /** Larger pictures are not drawn. */
  readonly maxPixels: number;
}

export interface Shrunk {
  readonly id: number;
  readonly outcome: 'shrunk';
  /** RGBA of the square in the middle, [side, side, 4], not premultiplied; no larger than it was. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly side: number;
}

export interface NotShrunk {
  readonly id: number;
  /** The browser can't open it; or it has more pixels than were allowed. */
  readonly outcome: 'unopened' | 'too-large';
  readonly message: string;
  /** On the screen, where known. */
  readonly width: number;
  readonly height: number;
}

export type ShrinkReply = Shrunk | NotShrunk;
