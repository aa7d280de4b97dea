// The chart of figure 4.10: mean power by waves a picture, one line for each decoder, the marked periods as rules.
import type { ChartSeries, ChartSpec } from '../../kit/charts/chart.ts';
import { KIND_NAMES, SIZE, type Kind } from './checkerboard.ts';

const styles: Readonly<Record<Kind, Pick<ChartSeries, 'color' | 'dashed' | 'strong'>>> = {
  real: { color: 'muted' },
  full: { color: 'muted', dashed: true },
  resize: { color: 'ink' },
  transpose: { color: 'pixel', strong: true },
};

/** Below this many waves all lines are one: the face itself. */
const FIRST = 4;

export function profileSpec(
  lines: readonly { readonly kind: Kind; readonly profile: readonly number[] }[],
): ChartSpec {
  return {
    x: { label: 'waves a picture', domain: [FIRST, SIZE / 2] },
    y: { label: 'power', unit: 'dB', domain: domainOf(lines.map(({ profile }) => profile)) },
    series: lines.map(({ kind, profile }) => ({
      name: KIND_NAMES[kind],
      kind: 'line',
      ...styles[kind],
      points: profile.slice(FIRST).map((y, i) => ({ x: FIRST + i, y: Number(y.toFixed(2)) })),
    })),
    rules: [8, 4, 2].map((period) => ({ x: SIZE / period, label: `${period} px` })),
  };
}

/** From the lowest to the highest value, on whole fives. */
function domainOf(profiles: readonly (readonly number[])[]): [number, number] {
  const values = profiles.flatMap((profile) => profile.slice(FIRST));
  return [5 * Math.floor(Math.min(...values) / 5), 5 * Math.ceil(Math.max(...values) / 5)];
}
