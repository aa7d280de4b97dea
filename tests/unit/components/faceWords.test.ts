// The sentences of figure 0.1: status, provenance, unknown words, and its address.
import { describe, expect, test } from 'vitest';
import { readFaceAddress, writeFaceAddress } from '../../../src/components/figures/0.1-faces/faceAddress.ts';
import {
  positionText,
  provenance,
  unknownWords,
} from '../../../src/components/figures/0.1-faces/faceParts.ts';
import { describe as say, progress, isBusy } from '../../../src/components/figures/0.1-faces/faceStatus.ts';

describe('status', () => {
  test('says how long it took and on what', () => {
    expect(say({ kind: 'done', ms: 3187, backend: 'wasm (2 threads)' }, 0)).toBe(
      'Done in 3.2 s on wasm (2 threads)',
    );
  });
  test('shows the bytes of a download, not those of the store', () => {
    const bytes = { kind: 'loading', loaded: 3_400_000, total: 19_500_000 } as const;
    expect(say({ ...bytes, stored: false }, 0)).toBe('Downloading the model: 3.4 of 19.5 MB');
    expect(say({ ...bytes, stored: true }, 0)).not.toMatch(/MB/);
    expect(progress({ ...bytes, stored: false })).toBeCloseTo(0.174, 3);
  });
  test('of what typing draws it says which picture, and what follows', () => {
    const sketched = { kind: 'sketched', ms: 310, follows: true } as const;
    expect(say(sketched, 0)).toBe('Image 1 in 0.3 s. The others follow.');
    expect(say({ ...sketched, follows: false }, 0)).toMatch(/Generate draws all four\.$/);
    // No step by step: not a flicker below the words.
    const busy = (step: number) => say({ kind: 'busy', occasion: 'typed', step, total: 12 }, 0);
    expect(busy(3)).toBe(busy(4));
  });
  test('what starts the download is said', () => {
    expect(say({ kind: 'recorded' }, 1e6, { bytes: 1e6, shared: 1e6 })).toMatch(
      /Typing or Generate downloads 1\.0 MB/,
    );
    const student = { bytes: 12e6, shared: 4e6 };
    expect(say({ kind: 'recorded' }, 11e6, student)).toMatch(
      /Typing downloads 12\.0 MB, Generate then 7\.0 MB more/,
    );
    expect(say({ kind: 'recorded' }, 1e6)).not.toMatch(/Typing/);
  });
  test('is busy only while something runs', () => {
    expect(isBusy({ kind: 'busy', occasion: 'asked', step: 1, total: 2 })).toBe(true);
    expect(isBusy({ kind: 'stopped', step: 1, total: 2 })).toBe(false);
    expect(say({ kind: 'recorded' }, 19_523_392)).toContain('19.5 MB');
  });
});

describe('unknown words', () => {
  const known = ['a', 'person', 'with', 'hair'];
  test('before the model is here, by its list of words', () => {
    expect(unknownWords('A person with Zebra hair, zebra', undefined, known)).toEqual(['Zebra', 'zebra']);
    expect(unknownWords('a person', undefined, known)).toEqual([]);
  });
  test('of the prompt that the model has read, by what it found itself', () => {
    const words = [
      { text: 'a', start: 0, end: 1, known: true },
      { text: 'gnu', start: 2, end: 5, known: false },
    ];
    const reading = { prompt: 'a gnu', words, truncated: false };
    expect(unknownWords('a gnu', reading, [])).toEqual(['gnu']);
    expect(unknownWords('a gnu', reading, ['a', 'gnu'])).toEqual(['gnu']);
    expect(unknownWords('a gnu person yak', reading, known)).toEqual(['gnu', 'yak']);
  });
  test('none without a list', () => {
    expect(unknownWords('zebra', undefined, [])).toEqual([]);
  });
});

describe('provenance', () => {
  const request = {
    model: 'm',
    prompt: 'a face',
    seed: 7,
    guidanceScale: 2.5,
    numInferenceSteps: 12,
    numImages: 4,
  };
  test('names every setting', () => {
    expect(provenance(request, false)).toBe('Seed 7, guidance 2.5, 12 steps: “a face”');
    expect(provenance({ ...request, numInferenceSteps: 1 }, false)).toContain('1 step:');
    expect(provenance({ ...request, negativePrompt: 'a hat' }, false)).toContain('not “a hat”');
  });
  test('of the first picture alone: what it is of, and another model that drew it', () => {
    const quick = { ...request, model: 'm-turbo', numImages: 1 };
    expect(provenance(quick, false, 'm')).toMatch(
      /^Image 1: 12 steps by m-turbo, seed 7; the others .* “a face”$/,
    );
    expect(provenance({ ...quick, model: 'm' }, false, 'm')).not.toContain(' by ');
  });
  test('says when the pictures are of other settings', () => {
    const long = provenance({ ...request, prompt: 'a face '.repeat(40) }, true);
    expect(long.indexOf('other settings; Generate draws yours')).toBeGreaterThan(0);
    expect(long.indexOf('seed 7')).toBeLessThan(long.indexOf('“'));
  });
});

test('the scrubber says where it is', () => {
  expect(positionText(undefined, 3, 12)).toBe('3 of 12');
});

describe('the address', () => {
  const defaults = { prompt: 'a face', negative: '', seed: 7, guidance: 3, steps: 12, typing: true };
  test('comes back as it was written, other keys kept', () => {
    const settings = {
      prompt: 'ä & b = “c”',
      negative: 'a hat',
      seed: 4294967295,
      guidance: 2.5,
      steps: 50,
      typing: false,
    };
    const query = writeFaceAddress(settings, '?backend=wasm');
    expect(readFaceAddress(query, defaults)).toEqual({ settings, backend: 'wasm', notices: [] });
  });
  test('says that a prompt was cut, a negative one too', () => {
    const long = 'a'.repeat(10_000);
    const { settings, notices } = readFaceAddress(`?prompt=${long}&negative=${long}`, defaults);
    expect([settings.prompt.length, settings.negative.length]).toEqual([300, 300]);
    expect(notices.map((notice) => /^The (negative )?prompt was cut/.test(notice))).toEqual([true, true]);
  });
  test('leaves an empty negative prompt out', () => {
    expect(writeFaceAddress(defaults, '?negative=x')).not.toContain('negative');
    expect(readFaceAddress('', defaults).settings).toEqual(defaults);
  });
  test('says that typing draws only where it does not, and answers nonsense', () => {
    expect(writeFaceAddress(defaults, '?typing=0')).not.toContain('typing');
    expect(writeFaceAddress({ ...defaults, typing: false }, '')).toContain('typing=0');
    const { settings, notices } = readFaceAddress('?typing=perhaps', defaults);
    expect(settings.typing).toBe(true);
    expect(notices.join()).toMatch(/typing \(1 or 0\)/);
  });
});
