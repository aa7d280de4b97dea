// Pictures for figures: which there are, and their pixels. (`ids.ts`, `resize.ts`, `square.ts` and `sniff.ts` alone run
// in Node too.)
export { type DecodedPicture, type OwnPicture } from './decodeFile.ts';
export { PictureError, type PictureErrorCode } from './errors.ts';
export * from './ids.ts';
export { KEPT_SIDE, MAX_BYTES, MAX_PIXELS } from './limits.ts';
export { loadPicture, loadWhole, pictureFaces, type PictureFace } from './load.ts';
export { chooseOwn, ownPicture, pictureName, shownId } from './userPicture.svelte.ts';
export { renderFaceInBrowser } from './renderFace.ts';
export { resizeRgba } from './resize.ts';
