// Tells the page around a framed figure how tall the figure is, so that it can fit its frame.

/** Posts `{ type: 'noisebook-height', figure: '1-1', height }`, in CSS pixels, at first and with every change. */
export function postHeight(): void {
  if (window.parent === window) return;
  const figure = /\/embed\/([\d-]+)\//.exec(window.location.pathname)?.[1];
  const post = (): void => {
    // Any page may frame a figure, and its height is no secret.
    window.parent.postMessage({ type: 'noisebook-height', figure, height: document.body.scrollHeight }, '*');
  };
  new ResizeObserver(post).observe(document.body);
}
