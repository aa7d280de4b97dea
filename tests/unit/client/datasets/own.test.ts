// The reader's own pictures: words from folders, what is said about them, the set that is trained on.
import { describe, expect, test } from 'vitest';
import { commonTexts, folderCaptions, folderText } from '../../../../src/userContent/datasets/folderWords.ts';
import type { TakenPicture } from '../../../../src/userContent/datasets/intake.ts';
import { userDataset } from '../../../../src/userContent/datasets/makeDataset.ts';
import { chosenSources, isSystemFile } from '../../../../src/userContent/datasets/pictureSources.ts';
import { filesStatus, problemsTitle } from '../../../../src/components/kit/controls/pictureFiles.ts';
import { makeVocabulary } from '@noisebook/ldm/numbers';

describe('folders', () => {
  test.each([
    ['pets/Grey Cats_2', 'grey cats 2'],
    ['a/b/ÉTÉ 2026!', 'été 2 0 2 6'],
    ['', ''],
    ['x/--', ''],
    [`x/${'a'.repeat(90)}`, 'a'.repeat(40)],
    ['one two three four five six seven eight nine ten', 'one two three four five six seven eight'],
  ])('%j is %j', (folder, text) => {
    expect(folderText(folder)).toBe(text);
    expect(() => makeVocabulary(text.split(' ').filter(Boolean), { modelMaxLength: 9 })).not.toThrow();
  });

  test('are words only where they tell pictures apart', () => {
    expect(folderCaptions([])).toBeUndefined();
    expect(folderCaptions(['', '', ''])).toBeUndefined();
    expect(folderCaptions(['pets', 'pets'])).toBeUndefined();
    expect(folderCaptions(['a/cats', 'b/cats'])).toBeUndefined();
    expect(folderCaptions(['cats', '', 'dogs'])).toEqual(['cats', '', 'dogs']);
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    const many = Array.from({ length: 1500 }, (_, i) =>
      [0, 1, 2].map((k) => letters[Math.floor(i / 26 ** k) % 26]).join(''),
    );
    expect(folderCaptions(many)).toBeUndefined();
    expect(commonTexts(['b', 'a', 'b', '', 'c', 'a', 'b'], 2)).toEqual(['b', 'a']);
  });

  test('files keep the folder they were chosen in; what systems leave there does not count', () => {
    const file = (path: string): File =>
      Object.assign(new File(['x'], path.split('/').at(-1)!), { webkitRelativePath: path });
    const found = chosenSources(['root/cats/1.png', 'root/.DS_Store', 'root/Thumbs.db', '2.png'].map(file));
    expect(found.map(({ file: { name }, folder }) => [folder, name])).toEqual([
      ['root/cats', '1.png'],
      ['', '2.png'],
    ]);
    expect(isSystemFile('desktop.INI')).toBe(true);
  });
});

const nothing = {
  ...{ count: 0, trainCount: 0, hasWords: false, folders: [], working: undefined, problems: [] },
  ...{ problemCount: 0, duplicates: 0, left: 0 },
};
test.each([
  [{}, ''],
  [{ working: { done: 0, of: 0 } }, 'Looking through the folders…'],
  [{ working: { done: 3, of: 1200 } }, 'Opening 3 of 1,200 files…'],
  [{ count: 1, trainCount: 1 }, '1 picture. That is few: the model will learn them by heart.'],
  [
    { count: 130, trainCount: 117, folders: ['cats', 'dogs'], duplicates: 1, left: 2 },
    '130 pictures: 117 to train on, 13 held out to see how the autoencoder does on pictures that it never saw. Their folders are their words: cats, dogs. 1 file was there twice, and taken once. 2 files more were left: 2,000 pictures are possible here.',
  ],
  [{ problemCount: 4 }, 'None of these files could be taken.'],
])('%j is said', (changes, text) => {
  expect(filesStatus({ ...nothing, ...changes })).toBe(text);
});
test('problems are counted', () => {
  expect([1, 1500].map(problemsTitle)).toEqual(['1 file was not taken', '1,500 files were not taken']);
});

const picture = (value: number): TakenPicture => ({
  name: `${value}.png`,
  folder: '',
  pixels: new Uint8ClampedArray(64 * 64 * 4).fill(value),
  key: String(value),
});
const pictures = Array.from({ length: 30 }, (_, i) => picture(i));
const recipe = { images: 20, imageSize: 32, conditioning: 'none' } as const;

describe('the set', () => {
  test('holds every picture at most once, in an order that does not change', async () => {
    const set = await userDataset(pictures, undefined, 3, recipe);
    expect(set).toMatchObject({ count: 23, size: 32, captions: [], words: [], sampleCaptions: [] });
    const values = Array.from({ length: 23 }, (_, i) => set.pixels[i * 32 * 32 * 3]);
    expect(new Set(values).size).toBe(23);
    expect(values).not.toEqual([...values].sort((a, b) => a! - b!));
    expect((await userDataset(pictures, undefined, 3, recipe)).pixels).toEqual(set.pixels);
  });

  test('gives each picture its own words', async () => {
    const captions = pictures.map((_, i) => (i % 2 === 0 ? 'even' : 'odd one'));
    const large = { images: 30, imageSize: 64, conditioning: 'facts' } as const;
    const set = await userDataset(pictures, captions, 0, large);
    set.captions.forEach((texts, i) => {
      expect(texts).toEqual([set.pixels[i * 64 * 64 * 3]! % 2 === 0 ? 'even' : 'odd one']);
    });
    expect(set.words).toEqual(['even', 'odd', 'one']);
    expect(set.sampleCaptions.map(({ text }) => text)).toEqual(['even', 'odd one']);
  });

  test('is refused with a reason, and ends with its signal', async () => {
    await expect(userDataset([], undefined, 0, recipe)).rejects.toThrow(/There are no pictures yet, and 20/);
    await expect(userDataset(pictures, undefined, 11, recipe)).rejects.toThrow(
      /There are 30 pictures of yours/,
    );
    await expect(
      userDataset(pictures, undefined, 0, { ...recipe, conditioning: 'sentences' }),
    ).rejects.toThrow(/have no words/);
    const stop = new AbortController();
    const options = { signal: stop.signal, onProgress: () => stop.abort() };
    await expect(userDataset(pictures, undefined, 0, recipe, options)).rejects.toThrow(/abort/i);
  });
});
