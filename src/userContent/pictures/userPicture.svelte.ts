// The reader's own picture: one for the whole page, in its memory only.
import { decodeFile, type OwnPicture } from './decodeFile.ts';
import { fallbackId, nameOf, OWN } from './ids.ts';

let own: OwnPicture | undefined = $state.raw();
let newest = 0;

/** The reader's picture, if they have chosen one. Reactive. */
export const ownPicture = (): OwnPicture | undefined => own;

/**
 * Takes a file as the reader's picture; until it is decoded the last one stays. Of several, the newest counts.
 * @returns the picture, or undefined when a newer choice overtook it
 * @throws {PictureError} saying what is wrong with the file
 */
export async function chooseOwn(file: File): Promise<OwnPicture | undefined> {
  const mine = ++newest;
  const decoded = await decodeFile(file);
  if (mine !== newest) return undefined;
  own = decoded;
  return decoded;
}

/** The picture that is really shown for `id`: a stand-in where a link names an own picture and there is none. Reactive. */
export const shownId = (id: string): string => (id === OWN && own === undefined ? fallbackId : id);

/** The picture that is shown for `id`, in words, to begin a sentence with: "The cat". Reactive. */
export const pictureName = (id: string): string => nameOf(shownId(id));
