// What training/evaluate.py measured, as a manifest's `metrics` has it, and how pages write such numbers.
import { fixed, percent } from '../writing/numbers.ts';

export type Interval = readonly [low: number, high: number];

/** A number, and where 95 of 100 bootstraps lie. */
export interface Measured {
  readonly value: number;
  readonly interval: Interval;
}

/** Of the facts that a prompt states, the share that the classifier reads off the picture; 0 to 1. */
export interface Accuracy {
  readonly mean: number;
  readonly meanInterval?: Interval;
  /** Share of pictures with every stated fact right. */
  readonly allRight: number;
  readonly allRightInterval?: Interval;
  readonly perAttribute: Readonly<Record<string, number>>;
  readonly perAttributeInterval?: Readonly<Record<string, Interval>>;
}

export interface SplitMetrics {
  readonly count?: number;
  /** Of first stage reconstructions, in decibels. */
  readonly psnr: number;
  readonly psnrInterval?: Interval;
  /** Always answering the most frequent value. */
  readonly chance: number;
  /** The same question asked of the real picture, and of its reconstruction. */
  readonly ceiling: Accuracy;
  readonly reconstructions: Accuracy;
  /** By guidance scale. */
  readonly samples: Readonly<Record<string, Accuracy>>;
}

interface OfCeiling {
  readonly mean: Measured;
  readonly allRight: Measured;
}

export interface PairRow {
  readonly facts: Readonly<Record<string, string>>;
  readonly count: number;
  /** Share of prompts that state both facts whose picture has both, the real picture's, and that of seen pairs. */
  readonly right: number;
  readonly ceiling: number;
  readonly seen: number;
}

interface Distance {
  readonly value: number;
  readonly standardError: number;
}

interface Nearness {
  readonly median: number;
  readonly lowestHundredth: number;
}

type Source = 'real' | 'reconstructions' | 'samples';

/** Keys that older evaluations lack are optional. */
export interface Evaluation {
  readonly count: number;
  readonly steps: number;
  readonly guidance?: number;
  /** What the denoiser computed in. */
  readonly precision?: string;
  readonly minutes?: number;
  readonly where?: string;
  readonly date?: string;
  readonly commit?: string;
  readonly splits: { readonly test: SplitMetrics; readonly heldout: SplitMetrics };
  readonly ofCeiling?: { readonly test: OfCeiling; readonly heldout: OfCeiling };
  readonly heldOut?: {
    readonly gap: Measured;
    readonly pairs: {
      readonly right: number;
      readonly interval: Interval;
      readonly seen: number;
      readonly seenInterval: Interval;
      readonly ceiling: number;
      /** Of what unseen pairs lose against seen ones. */
      readonly gapInterval: Interval;
      readonly rows: readonly PairRow[];
    };
  };
  readonly byLength?: readonly {
    readonly from: number;
    readonly to: number;
    readonly count: number;
    readonly right: number;
    readonly interval: Interval;
  }[];
  readonly frechet?: {
    readonly count: number;
    readonly reference: number;
    readonly dimensions: number;
    readonly floor: Distance;
    readonly reconstructions: Distance;
    readonly samples: Distance;
    readonly ratio: number;
  };
  readonly copying?: {
    readonly trainingFaces: number;
    readonly samples: Nearness;
    readonly reconstructions: Nearness;
    readonly test: Nearness;
    readonly closer: number;
  };
  readonly spectrum?: Readonly<
    Record<Source, Readonly<Record<string, { readonly mean: number; readonly interval: Interval }>>>
  >;
  readonly wording?: {
    readonly count: number;
    readonly kinds: Readonly<
      Record<string, Measured & { readonly loss: Measured; readonly example: string }>
    >;
  };
}

/** The samples that the model's own guidance gave, else the first that were measured. */
export function drawnOf(split: SplitMetrics, guidance: number): Accuracy | undefined {
  return split.samples[String(guidance)] ?? Object.values(split.samples)[0];
}

/** A number in a table, and below it where it may lie. */
export interface Cell {
  readonly text: string;
  readonly range?: string | undefined;
}

/** What a table shows of an accuracy. */
export type ReadAccuracy = (accuracy: Accuracy) => Cell;

/** "93.1 to 95.0"; undefined without an interval, and where none was seen: all bootstraps give one value. */
function rangeOf(interval: Interval | undefined, digits: number): string | undefined {
  const ends = interval?.map((end) => fixed(end, digits));
  return ends === undefined || ends[0] === ends[1] ? undefined : ends.join(' to ');
}

/** A share with its interval: "94.2%" and "93.1 to 95.0". */
export function share(value: number | undefined, interval?: Interval): Cell {
  const hundredths = interval && ([interval[0] * 100, interval[1] * 100] as const);
  return { text: percent(value, 1), range: rangeOf(hundredths, 1) };
}

/** A number of a unit with its interval: "34.5 dB" and "34.4 to 34.6". */
export function amount(value: number, unit: string, interval?: Interval, digits = 1): Cell {
  return {
    text: `${fixed(value, digits)}${unit === '' ? '' : `\u00a0${unit}`}`,
    range: rangeOf(interval, digits),
  };
}

const NAMES: Readonly<Record<string, string>> = {
  top: 'hair or hat',
  hairColor: 'hair colour',
  hatColor: 'hat colour',
  clothesColor: 'clothes colour',
};

/** An attribute's name for people. */
export const attributeName = (key: string): string => NAMES[key] ?? key;
