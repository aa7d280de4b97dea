// What the reader chose or dropped: a zip, or the files of a folder with their paths.
import type { ModelOpenRequest } from '../../engine/protocol/models.ts';

/** More is no model's folder; the rest is not even looked for. */
const MAX_FILES = 2000;

/** Files of an input element; with `webkitdirectory` they know their paths. */
export function fromInput(list: FileList | null): ModelOpenRequest | undefined {
  const files = [...(list ?? [])];
  return fromFiles(files.map((file) => ({ path: file.webkitRelativePath || file.name, file })));
}

/** A single file is taken for a zip, whatever it is called: what it really is, its bytes say. */
export function fromFiles(
  files: readonly { readonly path: string; readonly file: File }[],
): ModelOpenRequest | undefined {
  const [first] = files;
  if (first === undefined) return undefined;
  if (files.length === 1 && !first.path.includes('/')) return { name: first.file.name, zip: first.file };
  const folder = first.path.split('/')[0] ?? '';
  const shared = first.path.includes('/') && files.every(({ path }) => path.startsWith(`${folder}/`));
  return { name: shared ? folder : 'the chosen files', files };
}

/** What was dropped; folders are read to their ends. Call it in the event itself: afterwards the browser has let go. */
export function fromDrop(data: DataTransfer): Promise<ModelOpenRequest | undefined> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  return (async () => {
    const files: { path: string; file: File }[] = [];
    for (const entry of entries) await collect(entry, '', files);
    return fromFiles(files);
  })();
}

async function collect(
  entry: FileSystemEntry,
  folder: string,
  into: { path: string; file: File }[],
): Promise<void> {
  if (into.length >= MAX_FILES) return;
  const path = folder + entry.name;
  if (isFile(entry)) {
    into.push({ path, file: await new Promise<File>((done, fail) => entry.file(done, fail)) });
  } else if (isFolder(entry)) {
    const reader = entry.createReader();
    // A reader gives some at a time, and nothing at the end.
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
      if (some.length === 0) return;
      for (const inner of some) await collect(inner, `${path}/`, into);
    }
  }
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
