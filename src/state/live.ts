// Live numbers in prose and formulas: whatever carries `data-live="4.3.psnr"` shows what was published under that name.

/** Writes `value` into every place of the page that shows `name`. */
export function publish(name: string, value: string): void {
  for (const place of document.querySelectorAll(`[data-live="${CSS.escape(name)}"]`)) {
    if (place.textContent !== value) place.textContent = value;
  }
}
