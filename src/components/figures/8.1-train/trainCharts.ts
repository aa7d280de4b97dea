// The lab's charts as data: loss over the steps of a phase, and the denoiser's error over the noise.
import { grouped, rounded } from '../../../writing/numbers.ts';
import type { ChartPoint, ChartSeries, ChartSpec } from '../../kit/charts/chart.ts';
import type { Phase } from '@noisebook/ldm';

const step = (steps: number) => ({
  label: 'step',
  domain: [0, steps] as const,
  format: (value: number) => grouped(Math.round(value)),
});

const line = (
  name: string,
  color: ChartSeries['color'],
  points: readonly ChartPoint[],
  rest: Partial<ChartSeries> = {},
): ChartSeries => ({ name, color, kind: 'line', points, ...rest });

/** A curve to lay beside another. */
export interface Beside {
  readonly name: string;
  readonly points: readonly ChartPoint[];
}

/** Loss over the steps; the axis is logarithmic, because a loss that halves is the same progress wherever it stands. */
export function lossChart(
  phase: Phase,
  name: string,
  points: readonly ChartPoint[],
  steps: number,
  beside?: Beside,
): ChartSpec {
  const color = phase === 'autoencoder' ? 'pixel' : 'prediction';
  const longest = Math.max(steps, ...(beside?.points.slice(-1).map(({ x }) => x) ?? []));
  return {
    x: step(longest),
    y: { label: 'loss', type: 'log' },
    series: [
      ...(beside === undefined ? [] : [line(beside.name, 'muted', beside.points, { dashed: true })]),
      line(name, color, points, { strong: true }),
    ],
  };
}

/** Mean squared error of the denoiser by timestep, with standard errors. */
export function timestepChart(name: string, points: readonly ChartPoint[], beside?: Beside): ChartSpec {
  return {
    x: { label: 'timestep t', domain: [0, 1000], format: (value) => String(Math.round(value)) },
    y: { label: 'squared error', type: 'log' },
    series: [
      ...(beside === undefined ? [] : [line(beside.name, 'muted', beside.points, { dashed: true })]),
      line(name, 'prediction', points, { strong: true }),
    ],
  };
}

/** A curve as the `d` of a path in a box of 1 × 1, high loss on top, on a logarithmic scale of its own. */
export function sparkline(points: readonly ChartPoint[], steps: number): string {
  const usable = points.filter(({ y }) => y > 0);
  if (usable.length < 2) return '';
  const logs = usable.map(({ y }) => Math.log(y));
  const low = logs.reduce((a, b) => Math.min(a, b));
  const range = logs.reduce((a, b) => Math.max(a, b)) - low || 1;
  return usable
    .map(({ x }, i) => {
      const [across, down] = [x / steps, 1 - (logs[i]! - low) / range];
      return `${i === 0 ? 'M' : 'L'}${rounded(across, 4)} ${rounded(down, 4)}`;
    })
    .join('');
}
