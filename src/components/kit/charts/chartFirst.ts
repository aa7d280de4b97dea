// How a chart is first drawn: as a still while the site is built; on the page by nobody, because the still is there.
export const firstDrawing = import.meta.env.SSR ? (await import('./chartStill.ts')).stillChart : undefined;
