// The reader's own picture: one for the whole page, in its memory only.
import { decodeFile, type UserPicture } from './decodeFile.ts';
import { fallbackId, nameOf, USER_PICTURE } from './ids.ts';

let picture: UserPicture | undefined = $state.raw();
let newest = 0;

/** The reader's picture, if they have chosen one. Reactive. */
export const userPicture = (): UserPicture | undefined => picture;

/**
 * Takes a file as the reader's picture; until it is decoded the last one stays. Of several, the newest counts.
 * @returns the picture, or undefined when a newer choice overtook it
 * @throws {PictureError} saying what is wrong with the file
 */
export async function chooseUserPicture(file: File): Promise<UserPicture | undefined> {
  const mine = ++newest;
  const decoded = await decodeFile(file);
  if (mine !== newest) return undefined;
  picture = decoded;
  return decoded;
}

/** The picture that is really shown for `id`: a stand-in where a link names a user picture and there is none. Reactive. */
export const shownId = (id: string): string =>
  id === USER_PICTURE && picture === undefined ? fallbackId : id;

/** The picture that is shown for `id`, in words, to begin a sentence with: "The cat". Reactive. */
export const pictureName = (id: string): string => nameOf(shownId(id));
