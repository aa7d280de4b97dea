// An exercise that checks itself: what is asked, what a check says, numbers as people write them.

export interface Verdict {
  readonly right: boolean;
  /** Why, in a sentence: "The PSNR is 28.1 dB, 1.9 below what is asked." */
  readonly why: string;
}

/** How it is answered: by what the figure shows, by a number, or by one of a few. */
export type Ask =
  | {
      readonly kind: 'figure';
      /** Of what the figure shows now; left out while there is nothing to judge. */
      readonly verdict: Verdict | undefined;
    }
  | {
      readonly kind: 'number';
      readonly unit?: string;
      readonly check: (value: number) => Verdict;
    }
  | {
      readonly kind: 'choice';
      readonly options: readonly { readonly value: string; readonly label: string }[];
      readonly check: (value: string) => Verdict;
    };

/** The number that a reader wrote: with a comma or a point, a real minus, thin thousands; undefined for none. */
export function numberFrom(text: string): number | undefined {
  const plain = text
    .trim()
    .replace(/[−–]/g, '-')
    .replace(/[\u00a0\u2009\u202f' ]/g, '')
    .replace(/,(?=\d{3}(\D|$))(?<=[1-9]\d{0,2},)/g, '')
    .replace(',', '.');
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : undefined;
}
