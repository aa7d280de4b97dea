// Copies a text to the clipboard: the browser's own call where it is offered (secure pages), else a selection that is copied.

/** The older way; not offered everywhere, and types call it deprecated: it is all that plain http has. */
interface Copier {
  execCommand?(command: 'copy'): boolean;
}

/** Copies through a field that stands outside the page for a moment. */
function copySelected(text: string): boolean {
  const active = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.readOnly = true;
  field.setAttribute('aria-hidden', 'true');
  field.style.cssText = 'position: fixed; top: 0; left: -9999px';
  document.body.append(field);
  try {
    field.select();
    return (document as Copier).execCommand?.('copy') ?? false;
  } catch {
    return false;
  } finally {
    field.remove();
    if (active instanceof HTMLElement) active.focus({ preventScroll: true });
  }
}

/**
 * To be called while a click is answered.
 * @returns false where the browser does not allow it: ask the reader to select and copy
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    const clipboard = (navigator as Partial<Navigator>).clipboard;
    if (clipboard !== undefined) {
      await clipboard.writeText(text);
      return true;
    }
  } catch {
    // Not allowed, for example in a frame: perhaps the other way is.
  }
  return copySelected(text);
}
