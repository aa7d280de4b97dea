// How a chart is first drawn: as a still while the site is built; on the page by nobody, because the still is there.
// Its code is imported while the site is built, so no reader waits for it.
export const firstDrawing = import.meta.env.SSR ? (await import('./chartStill.ts')).stillChart : undefined;
