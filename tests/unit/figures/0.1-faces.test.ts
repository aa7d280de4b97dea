// The sentences of figure 0.1: status, provenance, unknown words, and its address.
import { describe, expect, test } from 'vitest';
import {
  drawing,
  drawn,
  offer,
  provenance,
  sketched,
  stoppedAfter,
} from '../../../src/components/figures/0.1-faces/faceText.ts';
import definition, { recordedSettings } from '../../../src/components/figures/0.1-faces/figure.ts';
import { describePhase, isBusy, progressOf } from '../../../src/components/kit/frame/phase.ts';
import { positionText } from '../../../src/components/kit/player/frameImages.ts';
import { readFigure, writeFigure, type ValuesOf } from '../../../src/state/figureAddress.ts';

describe('status', () => {
  test('says how long it took and on what', () => {
    expect(describePhase(drawn(3187, 'wasm (2 threads)'))).toBe('Done in 3.2\u00a0s on wasm (2 threads)');
  });
  test('shows the bytes of a download, not those of the store', () => {
    const bytes = { kind: 'loading', loaded: 3_400_000, total: 19_500_000 } as const;
    expect(describePhase({ ...bytes, stored: false })).toBe('Downloading the model: 3.4 of 19.5\u00a0MB');
    expect(describePhase({ ...bytes, stored: true })).not.toMatch(/MB/);
    expect(progressOf({ ...bytes, stored: false })).toBeCloseTo(0.174, 3);
  });
  test('says each step of what was asked for, and how many there were when it was stopped', () => {
    expect(describePhase(drawing('asked', 0, 12))).toBe('Pure noise');
    expect(describePhase(drawing('asked', 3, 12))).toBe('Step 3 of 12');
    expect(progressOf(drawing('asked', 3, 12))).toBe(0.25);
    expect(describePhase(stoppedAfter(0, 12))).toBe('Stopped before the first step.');
    expect(describePhase(stoppedAfter(3, 12))).toBe('Stopped after step 3 of 12.');
  });
  test('of what typing draws it says which picture, and what follows', () => {
    expect(describePhase(sketched(310, true))).toBe('Image 1 in 0.3\u00a0s. The others follow.');
    expect(describePhase(sketched(310, false))).toMatch(/Generate draws all four\.$/);
    // No step by step: not a flicker below the words.
    const busy = (step: number) => describePhase(drawing('typed', step, 12));
    expect(busy(3)).toBe(busy(4));
    expect(busy(3)).not.toBe(describePhase(drawing('rested', 3, 12)));
  });
  test('what starts the download is said', () => {
    expect(offer(1e6, { bytes: 1e6, shared: 1e6 })).toMatch(/Typing or Generate downloads 1\.0\u00a0MB/);
    const student = { bytes: 12e6, shared: 4e6 };
    expect(offer(11e6, student)).toMatch(/Typing downloads 12\.0\u00a0MB, Generate then 7\.0\u00a0MB more/);
    expect(offer(1e6)).not.toMatch(/Typing/);
    expect(offer(19_523_392)).toContain('19.5\u00a0MB');
  });
  test('is busy only while something runs', () => {
    expect(isBusy(drawing('asked', 1, 2))).toBe(true);
    expect(isBusy(stoppedAfter(1, 2))).toBe(false);
    expect(isBusy(sketched(310, true))).toBe(false);
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

type Settings = ValuesOf<typeof definition.fields>;
const { fields } = definition;
const read = (search: string) => {
  const { given, notices } = readFigure(search, '0.1', fields);
  return { settings: { ...recordedSettings, ...given }, notices };
};
const write = (settings: Settings, search: string) => writeFigure(search, '0.1', fields, settings);

describe('the address', () => {
  test('gives what was recorded for an empty query, and says it by the plain names', () => {
    expect(read('')).toEqual({ settings: recordedSettings, notices: [] });
    expect(write(recordedSettings, '')).toBe(
      '?prompt=a+person+with+pink+hair+and+round+glasses+on+a+blue+background&seed=7&guidance=1.5&steps=12',
    );
  });
  test('reads all', () => {
    expect(
      read('?prompt=a+face%2C+blue%20hat&seed=4294967295&guidance=2.5&steps=1&negative=a+hat&typing=0'),
    ).toEqual({
      settings: {
        prompt: 'a face, blue hat',
        seed: 4294967295,
        guidance: 2.5,
        steps: 1,
        negative: 'a hat',
        typing: false,
      },
      notices: [],
    });
  });
  test('comes back as it was written, awkward prompts included, other keys kept and each of its own written once', () => {
    for (const prompt of [
      '',
      'ä & b = “c”?',
      '100% #tag + more',
      '🙂 é ü 漢字',
      '"quotes" <tags>',
      ' spaces ',
    ]) {
      const settings = {
        prompt,
        negative: 'a hat',
        seed: 4294967295,
        guidance: 7.5,
        steps: 50,
        typing: false,
      };
      const query = write(settings, '?backend=wasm&seed=1&hide=code&4.3.seed=5&seed=2');
      expect(read(query)).toEqual({ settings, notices: [] });
      const all = new URLSearchParams(query);
      expect([all.get('backend'), all.get('hide'), all.get('4.3.seed')]).toEqual(['wasm', 'code', '5']);
      expect(all.getAll('seed')).toEqual(['4294967295']);
    }
  });
  test.each([
    ['seed', '4294967296', { seed: 4294967295 }],
    ['seed', '-1', { seed: 0 }],
    ['seed', '3.7', { seed: 4 }],
    ['guidance', '99', { guidance: 10 }],
    ['guidance', '0', { guidance: 1 }],
    ['guidance', '2.26', { guidance: 2.5 }],
    ['steps', '1000', { steps: 50 }],
    ['steps', '0', { steps: 1 }],
  ])('moves %s=%s into its range and says so', (key, value, expected) => {
    const { settings, notices } = read(`?${key}=${value}`);
    expect(settings).toEqual({ ...recordedSettings, ...expected });
    expect(notices).toEqual([`The address asks for ${key}=${value}: using ${Object.values(expected)[0]}.`]);
  });
  test.each([
    '',
    'abc',
    'NaN',
    'Infinity',
    '1e3',
    '0x10',
    '٣',
    '1'.repeat(400),
    '7;drop',
    '--7',
    '1.5.2',
    '%00',
  ])('leaves out a number written as "%s"', (text) => {
    const { settings, notices } = read(`?seed=${text}&steps=${text}&guidance=${text}`);
    expect(settings).toEqual(recordedSettings);
    expect(notices).toHaveLength(3);
    expect(notices).toContain('The address has no usable steps (1 to 50): using 12.');
  });
  test('takes a number with a space beside it', () => {
    expect(read('?seed=+8+').settings.seed).toBe(8);
  });
  test('takes the first of two and ignores unknown keys', () => {
    const { settings } = read('?seed=1&seed=2&__proto__=x&constructor=y&hasOwnProperty=z');
    expect(settings).toEqual({ ...recordedSettings, seed: 1 });
  });
  test('survives broken percent signs and keeps markup as plain text', () => {
    expect(read('?prompt=%E0%A4%A&seed=%').settings.seed).toBe(7);
    const markup = '<img src=x onerror=alert(1)>"\'&';
    expect(read(`?prompt=${encodeURIComponent(markup)}`).settings.prompt).toBe(markup);
  });
  test('says that a prompt was cut, a negative one too', () => {
    expect(read(`?prompt=${'a'.repeat(301)}`).notices).toEqual(['The prompt was cut to 300 characters.']);
    const long = 'a'.repeat(10_000);
    const { settings, notices } = read(`?prompt=${long}&negative=${long}`);
    expect([settings.prompt.length, settings.negative.length]).toEqual([300, 300]);
    expect(notices.map((notice) => /^The (negative )?prompt was cut/.test(notice))).toEqual([true, true]);
  });
  test('leaves an empty negative prompt out', () => {
    expect(write(recordedSettings, '?negative=x')).not.toContain('negative');
  });
  test('says that typing draws only where it does not, and answers nonsense', () => {
    expect(write(recordedSettings, '?typing=0')).not.toContain('typing');
    expect(write({ ...recordedSettings, typing: false }, '')).toContain('typing=0');
    const { settings, notices } = read('?typing=perhaps');
    expect(settings.typing).toBe(true);
    expect(notices.join()).toMatch(/typing \(1 or 0\)/);
  });
});
