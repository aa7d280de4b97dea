// Whether this browser can run the model at all.

/** A sentence for the reader when it can't; undefined when it can. */
export function unsupportedReason(): string | undefined {
  const missing = [
    typeof WebAssembly === 'undefined' && 'WebAssembly',
    typeof Worker === 'undefined' && 'web workers',
    typeof OffscreenCanvas === 'undefined' && 'offscreen canvases',
  ].filter((name) => name !== false);
  if (missing.length === 0) return undefined;
  return `Not possible here: this browser has no ${missing.join(' and no ')}, which the model needs. The recorded result stays; a current Firefox, Chrome or Safari runs it.`;
}
