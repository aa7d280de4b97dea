// Names of pictures, and the files behind them.
import { expect, test } from 'vitest';
import {
  faceNumber,
  nameOf,
  NUM_FACES,
  offeredIds,
  USER_PICTURE,
  photoIds,
  photoOf,
  pictureIds,
} from '../../../../src/userContent/pictures/ids.ts';
import { encodeFace } from '../../../../src/datasets/faceAttributes.ts';
import { sampleFace, splitOf } from '../../../../src/datasets/faceSplits.ts';
import { renderFace } from '../../../../src/datasets/faces.ts';
import { resizeRgba } from '../../../../src/userContent/pictures/resize.ts';
import { pictureFaces, readPicture, readPictureFile } from '../../../../tools/lib/pictures.ts';
import { rasterize } from '../../../../tools/lib/rasterize.ts';

test('every picture has a name, and what is offered exists', () => {
  expect(new Set(pictureIds).size).toBe(photoIds.length + NUM_FACES + 1);
  expect(offeredIds.every((id) => pictureIds.includes(id))).toBe(true);
  expect(['cat', 'face-0', USER_PICTURE, 'nothing'].map(nameOf)).toEqual([
    'The cat',
    'Face 1',
    'Your picture',
    'The picture',
  ]);
});

test.each(['face-', 'face-64', 'face-01', 'face-1e1', 'face--1', 'face-1.5', 'cat', 'toString'])(
  '%s is no face',
  (id) => {
    expect(faceNumber(id)).toBeUndefined();
  },
);

test('photographs are told from the rest', () => {
  expect(photoOf('cup')).toBe('cup');
  expect(['face-3', USER_PICTURE, 'toString'].map(photoOf)).toEqual([undefined, undefined, undefined]);
});

test('the faces are those of the test split, with the facts they show', () => {
  const all = pictureFaces();
  expect(all).toHaveLength(NUM_FACES);
  for (const [i, { id, face, caption }] of all.entries()) {
    expect(id).toBe(`face-${i}`);
    expect(encodeFace(face)).toEqual(encodeFace(sampleFace('test', i)));
    expect(splitOf(face)).toBe('test');
    expect(caption.length).toBeGreaterThan(0);
  }
});

test('their pixels are those that the training set would have', async () => {
  for (const i of [0, 5, 63]) {
    const pixels = await readPicture(`face-${i}`, 64);
    const rgb = renderFace(sampleFace('test', i), 64, rasterize);
    expect([...pixels].filter((_, at) => at % 4 !== 3)).toEqual([...rgb]);
  }
});

test.each(photoIds)('%s: the small one is the large one, shrunk', async (id) => {
  const { pixels, ...sides } = await readPictureFile(`${id}-256.webp`);
  expect(await readPicture(id, 64)).toEqual(resizeRgba(pixels, sides, 64));
});
