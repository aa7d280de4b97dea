// A picture that can't be used, and why, for the reader.

export type PictureErrorCode =
  /** The file has no bytes. */
  | 'empty'
  /** More bytes or pixels than a page can take. */
  | 'too-large'
  /** No picture, or of a kind that this browser doesn't know. */
  | 'not-a-picture'
  /** A picture by its first bytes that can't be read to its end. */
  | 'broken'
  /** The browser draws it, and keeps its pixels to itself. */
  | 'sealed'
  /** One of the site's own that could not be fetched. */
  | 'unreachable'
  /** No picture has this name. */
  | 'unknown';

/** Its `message` is a sentence or two: what came, and what to do. */
export class PictureError extends Error {
  readonly code: PictureErrorCode;
  constructor(code: PictureErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PictureError';
    this.code = code;
  }
}
