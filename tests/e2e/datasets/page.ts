// A bare page around the sets of pictures, so that tests can make them and count what the page's thread does meanwhile.
import { mount } from 'svelte';
import { makeDataset, userPictures, takenPictures } from '../../../src/userContent/datasets/index.ts';
import { renderFaceInBrowser } from '../../../src/userContent/pictures/renderFace.ts';
import PictureFiles from '../../../src/components/kit/controls/PictureFiles.svelte';
import type { DataKind } from '../../../src/datasets/dataKinds.ts';
import { sampleFace, type Split } from '../../../src/datasets/faceSplits.ts';
import { presetRecipe } from '../../../src/lab/presets.ts';
import type { Recipe } from '@noisebook/ldm/numbers';
import type { LabDataset } from '../../../src/engine/protocol/lab.ts';

export interface Made {
  readonly outcome: 'made' | 'error';
  readonly message?: string;
  readonly ms: number;
  /** Tasks of the page's thread above 50 ms, in milliseconds. */
  readonly longTasks: readonly number[];
  readonly progress: readonly (readonly [done: number, of: number])[];
  /** Without its pixels: those stay in the page. */
  readonly set?: Omit<LabDataset, 'pixels'> & { readonly bytes: number };
}

let made: LabDataset | undefined;

const harness = {
  /** @param abortAfter abort at the first progress of so many pictures */
  async make(changes: Partial<Recipe<DataKind>>, abortAfter = Infinity): Promise<Made> {
    const recipe: Recipe = { ...presetRecipe('minute', changes.data ?? 'faces'), ...changes };
    const longTasks: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) longTasks.push(entry.duration);
    });
    observer.observe({ entryTypes: ['longtask'] });
    const progress: [number, number][] = [];
    const stop = new AbortController();
    const begin = performance.now();
    const about = () => ({ ms: performance.now() - begin, longTasks, progress });
    try {
      made = undefined;
      made = await makeDataset(recipe, {
        signal: stop.signal,
        onProgress({ done, of }) {
          progress.push([done, of]);
          if (done >= abortAfter) stop.abort();
        },
      });
      const ms = performance.now() - begin;
      // Long tasks are told a moment later.
      await new Promise((resolve) => setTimeout(resolve, 200));
      const { pixels, ...set } = made;
      return { outcome: 'made', ...about(), ms, set: { ...set, bytes: pixels.length } };
    } catch (error) {
      return {
        outcome: 'error',
        message: error instanceof Error ? error.message : String(error),
        ...about(),
      };
    } finally {
      observer.disconnect();
    }
  },
  /** RGB of picture `index` of the last set. */
  picture(index: number): number[] {
    const each = made === undefined ? 0 : made.size * made.size * 3;
    return [...(made?.pixels.subarray(index * each, (index + 1) * each) ?? [])];
  },
  /** The face drawn whole, alone: RGBA. */
  async alone(split: Split, index: number, size: number): Promise<number[]> {
    return [...(await renderFaceInBrowser(sampleFace(split, index), size))];
  },
  own: () => ({
    count: userPictures().count,
    names: takenPictures().map(({ name, folder }) => `${folder}/${name}`),
    /** Means of the left and of the right half of a picture of the reader's. */
    halves: takenPictures().map(({ pixels }) => {
      const sums = [0, 0, 0, 0, 0, 0];
      for (let i = 0; i < pixels.length; i++) {
        if (i % 4 < 3) sums[(Math.floor(i / 4) % 64 < 32 ? 0 : 3) + (i % 4)]! += (pixels[i] ?? 0) / (32 * 64);
      }
      return sums;
    }),
  }),
};
export type Harness = typeof harness;

Object.assign(window, { datasets: harness });
mount(PictureFiles, { target: document.querySelector('figure')! });
