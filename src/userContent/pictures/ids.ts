// The pictures that figures may start from: three photographs, sixty-four faces of the test split, the reader's own.

export const photoIds = ['cat', 'cup', 'astronaut'] as const;
export type PhotoId = (typeof photoIds)[number];
export type FaceId = `face-${number}`;
/** The reader's own file. It stays in this page's memory; a link can only say that there was one. */
export const USER_PICTURE = 'own';
export type PictureId = PhotoId | FaceId | typeof USER_PICTURE;

export const NUM_FACES = 64;
export const faceIds: readonly FaceId[] = Array.from({ length: NUM_FACES }, (_, i) => `face-${i}` as const);

/** All that the address of a figure may name. */
export const pictureIds: readonly PictureId[] = [...photoIds, ...faceIds, USER_PICTURE];
/** What stands in for a picture that isn't here. */
export const fallbackId: PictureId = 'cat';
/** What a picker offers unless it is told otherwise. */
export const offeredIds: readonly PictureId[] = [
  ...photoIds,
  'face-4',
  'face-12',
  'face-37',
  'face-53',
  'face-61',
];

const photoNames: Readonly<Record<PhotoId, string>> = {
  cat: 'The cat',
  cup: 'The cup of coffee',
  astronaut: 'The astronaut',
};

const isPhoto = (id: string): id is PhotoId => photoIds.some((photo) => photo === id);

/** The number of a face, or undefined for any other picture. */
export function faceNumber(id: string): number | undefined {
  const number = Number(/^face-(\d{1,2})$/.exec(id)?.[1] ?? NaN);
  return number < NUM_FACES && id === `face-${number}` ? number : undefined;
}

/** The photograph that `id` names, or undefined for any other picture. */
export const photoOf = (id: string): PhotoId | undefined => (isPhoto(id) ? id : undefined);

/** A picture in words, to begin a sentence with. */
export function nameOf(id: string): string {
  if (isPhoto(id)) return photoNames[id];
  const face = faceNumber(id);
  if (face !== undefined) return `Face ${face + 1}`;
  return id === USER_PICTURE ? 'Your picture' : 'The picture';
}
