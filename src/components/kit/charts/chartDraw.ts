// Draws a chart with Observable Plot: on the page once the chart is touched, and at build time with a document made for it.
import { significant } from '../../../writing/numbers.ts';
import * as Plot from '@observablehq/plot';
import { axisTitle, type ChartAxis, type ChartPoint, type ChartSeries, type ChartSpec } from './chart.ts';
import { binOf, domainOf } from './chartScale.ts';
import { colorOf, dashOf, labelled, rightMargin, spread, theme, widthOf } from './chartTheme.ts';

export interface Drawing {
  readonly svg: SVGSVGElement;
  /** From the values of the axes to pixels of the drawing. */
  readonly toX: (value: number) => number;
  readonly toY: (value: number) => number;
}

export interface DrawOptions {
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  /** The document to make elements with, where there is no page. */
  readonly document?: Document;
}

type Domain = readonly [number, number];

/** Points within the axes; what is higher or lower than the y axis ends at its edge. */
function within(points: readonly ChartPoint[], x: Domain, y: Domain): ChartPoint[] {
  const clamp = (value: number): number => Math.min(Math.max(...y), Math.max(Math.min(...y), value));
  return points
    .filter((point) => Number.isFinite(point.y) && point.x >= x[0] && point.x <= x[1])
    .map((point) => ({
      x: point.x,
      y: clamp(point.y),
      ...(point.low !== undefined && { low: clamp(point.low) }),
      ...(point.high !== undefined && { high: clamp(point.high) }),
    }));
}

function marksOf(series: ChartSeries, x: Domain, y: Domain, base: number): Plot.Markish[] {
  const color = colorOf(series.color);
  const data = within(series.points, x, y);
  const line = { stroke: color, strokeWidth: widthOf(series), strokeDasharray: dashOf(series) ?? 'none' };
  const half = binOf(series.points) / 2;
  const errors = data.filter(({ low, high }) => low !== undefined && high !== undefined);
  const bars = Plot.ruleX(errors, { x: 'x', y1: 'low', y2: 'high', stroke: color, strokeWidth: 1.25 });
  switch (series.kind) {
    case 'line':
      return [Plot.line(data, { x: 'x', y: 'y', strokeLinejoin: 'round', ...line }), bars];
    case 'area':
      return [
        Plot.areaY(data, { x: 'x', y1: base, y2: 'y', fill: color, fillOpacity: 0.16 }),
        Plot.line(data, { x: 'x', y: 'y', ...line }),
      ];
    case 'steps':
      return [Plot.line(data, { x: 'x', y: 'y', curve: 'step', ...line })];
    case 'bars':
      return [
        Plot.rect(data, {
          x1: ({ x }: ChartPoint) => x - half,
          x2: ({ x }: ChartPoint) => x + half,
          y1: base,
          y2: 'y',
          fill: color,
          fillOpacity: series.strong === true ? 0.85 : 0.5,
          insetLeft: 0.5,
          insetRight: 0.5,
        }),
        bars,
      ];
    case 'dots':
      return [
        bars,
        Plot.dot(data, {
          x: 'x',
          y: 'y',
          r: series.strong === true ? 4.5 : 3,
          fill: color,
          stroke: 'var(--raised)',
        }),
      ];
  }
}

/** Draws `spec`; the same data gives the same drawing at build time and on the page. */
export function drawChart(spec: ChartSpec, { width, height, document }: DrawOptions): Drawing {
  const { top, bottom, left } = theme.margin;
  const marginRight = rightMargin(spec, width);
  const scale = (axis: ChartAxis, which: 'x' | 'y') => ({
    type: axis.type ?? 'linear',
    domain: domainOf(axis, spec, which),
    label: axisTitle(axis),
  });
  const x = scale(spec.x, 'x');
  const y = scale(spec.y, 'y');
  const base = spec.y.type === 'log' ? y.domain[0] : Math.max(y.domain[0], Math.min(0, y.domain[1]));
  const pixels = Plot.scale({ y: { type: y.type, domain: y.domain, range: [height - bottom, top] } });
  const ends = spec.series.map(({ points }) => {
    const last = points.findLast(({ x: at }) => at <= x.domain[1]) ?? points.at(-1);
    return last === undefined ? top : (pixels.apply(last.y) as number);
  });
  const placed = spread(ends, theme.labelStep, top, height - bottom);
  const names = labelled(spec, width)
    ? spec.series.map(({ name, color, points, strong }, i) =>
        Plot.text(points.slice(-1), {
          x: x.domain[1],
          y: 'y',
          text: () => name,
          dx: 8,
          dy: placed[i]! - ends[i]!,
          textAnchor: 'start',
          fill: colorOf(color),
          fontWeight: strong === true ? 650 : 450,
        }),
      )
    : [];
  const rules = (spec.rules ?? []).flatMap(({ x: at, y: level, label = '', color = 'muted' }) => {
    const stroke = { stroke: colorOf(color), strokeDasharray: '2 3' };
    const words = { text: () => label, fill: colorOf(color), textAnchor: 'start' as const };
    return [
      ...(at === undefined
        ? []
        : [Plot.ruleX([at], stroke), Plot.text([at], { x: at, frameAnchor: 'top', dx: 5, dy: 2, ...words })]),
      ...(level === undefined
        ? []
        : [
            Plot.ruleY([level], stroke),
            Plot.text([level], { y: level, frameAnchor: 'left', dx: 6, dy: -8, ...words }),
          ]),
    ];
  });
  const ticks = (axis: ChartAxis) => axis.format ?? ((value: number) => significant(value));
  const grid = { stroke: 'var(--hairline)', strokeOpacity: 1 };
  const svg = Plot.plot({
    width,
    height,
    marginTop: top,
    marginRight,
    marginBottom: bottom,
    marginLeft: left,
    className: 'plot',
    style: {
      fontFamily: 'var(--sans)',
      fontSize: `${theme.fontSize}px`,
      overflow: 'visible',
      background: 'none',
    },
    x,
    y,
    marks: [
      Plot.gridY({ ...grid, ...(spec.y.type === 'log' && { ticks: 5 }) }),
      Plot.axisX({
        color: 'var(--muted)',
        tickSize: 4,
        ticks: spec.x.type === 'log' ? 4 : Math.max(2, Math.floor((width - left - marginRight) / 75)),
        tickFormat: ticks(spec.x),
        labelArrow: 'none',
        labelOffset: 34,
      }),
      Plot.axisY({
        color: 'var(--muted)',
        tickSize: 0,
        ticks: Math.max(2, Math.floor((height - top - bottom) / 45)),
        tickFormat: ticks(spec.y),
        labelArrow: 'none',
      }),
      Plot.ruleY([base], { stroke: 'var(--line)' }),
      ...rules,
      ...spec.series.flatMap((series) => marksOf(series, x.domain, y.domain, base)),
      ...names,
    ],
    ...(document !== undefined && { document }),
  }) as SVGSVGElement & { scale: (name: string) => Plot.Scale | undefined };
  const apply = (name: 'x' | 'y') => {
    const made = svg.scale(name);
    return (value: number): number => (made === undefined ? 0 : (made.apply(value) as number));
  };
  return { svg, toX: apply('x'), toY: apply('y') };
}
