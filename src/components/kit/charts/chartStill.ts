// A chart as text, drawn while the site is built, so that it is there before any script. Never part of what the page loads.
import { parseHTML } from 'linkedom';
import type { ChartSpec } from './chart.ts';
import { drawChart } from './chartDraw.ts';
import { theme } from './chartTheme.ts';

/** Coordinates with one decimal: a tenth of a pixel is more than anyone sees. */
const shorter = (svg: string): string =>
  svg.replace(/ (d|transform|x|y|x1|x2|y1|y2|width|height|cx|cy)="[^"]*"/g, (attribute) =>
    attribute.replace(/-?\d+\.\d{2,}/g, (number) => String(Math.round(Number(number) * 10) / 10)),
  );

/** The chart in every width of the theme, as one string of HTML. */
export function stillChart(spec: ChartSpec, height: number): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  return theme.stills
    .map((width) => {
      const { svg } = drawChart(spec, { width, height, document });
      svg.setAttribute('preserveAspectRatio', 'xMinYMin meet');
      return `<div class="still still-${String(width)}">${shorter(svg.outerHTML)}</div>`;
    })
    .join('');
}
