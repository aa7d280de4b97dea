// Pictures for figures: which there are, and their pixels. (`ids.ts`, `resize.ts`, `square.ts` and `sniff.ts` alone run
// in Node too.)
export type { UserPicture } from './decodeFile.ts';
export { PictureError } from './errors.ts';
export * from './ids.ts';
export { loadPicture, loadWhole } from './load.ts';
export { chooseUserPicture, userPicture, pictureName, shownId } from './userPicture.svelte.ts';
export { resizeRgba } from './resize.ts';
