// Pictures that are dropped or pasted anywhere in a page, for the picker whose figure they are meant for.

export interface DropTarget {
  /** The picker's element; its figure is where a file may be dropped. */
  readonly root: () => HTMLElement;
  /** False: files are none of this picker's business. */
  readonly upload: () => boolean;
  /** A file is held above the figure, or no longer. */
  readonly onover: (over: boolean) => void;
  readonly onfile: (file: File | undefined) => void;
}

/** Listeners for the document's drag, drop and paste events. */
export function pictureDrop({ root, upload, onover, onfile }: DropTarget): {
  readonly drag: (event: DragEvent) => void;
  readonly paste: (event: ClipboardEvent) => void;
} {
  const figure = (): Element => root().closest('figure') ?? root();
  /** Whether an event anywhere in the page is meant for this picker: it came from its figure. */
  const isMine = (target: EventTarget | null): boolean =>
    target instanceof Element && figure().contains(target);

  return {
    drag(event) {
      if (!upload() || event.dataTransfer?.types.includes('Files') !== true) return;
      // Beside the figure nothing happens, least of all that the browser leaves the page for the file.
      event.preventDefault();
      onover(event.type === 'dragover' && isMine(event.target));
      if (event.type === 'drop' && isMine(event.target)) onfile(event.dataTransfer.files[0]);
    },
    paste(event) {
      const file = event.clipboardData?.files[0];
      if (!upload() || file === undefined) return;
      const onPage = event.target === document.body && figure().matches(':hover');
      if (!isMine(event.target) && !onPage) return;
      event.preventDefault();
      onfile(file);
    },
  };
}
