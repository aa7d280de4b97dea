// Which files a reader has dropped or chosen, folders and all.

/** A file, and the names of the folders that it lies in, separated by slashes; '' for none. */
export interface PictureSource {
  readonly file: File;
  readonly folder: string;
}

/** Files that are looked at; who drops a whole disk gets its beginning. */
export const MAX_FILES = 10_000;
const MAX_DEPTH = 16;

/** What systems put beside pictures: no problem to tell anyone about. */
export const isSystemFile = (name: string): boolean =>
  name.startsWith('.') || /^(thumbs\.db|desktop\.ini)$/i.test(name);

const folderOf = (path: string): string => path.split('/').slice(0, -1).filter(Boolean).join('/');

/** Files of an input, with or without `webkitdirectory`. */
export function chosenSources(files: Iterable<File>): PictureSource[] {
  return Array.from(files, (file) => ({ file, folder: folderOf(file.webkitRelativePath) }))
    .filter(({ file }) => !isSystemFile(file.name))
    .slice(0, MAX_FILES);
}

/** All that a folder lists: browsers hand it out in parts. */
async function listed(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (part.length === 0) return all;
    all.push(...part);
  }
}

const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

/** What was found, and folders or files that could not be read. */
export interface FoundSources {
  readonly sources: PictureSource[];
  readonly unreadable: string[];
}

async function walk(
  entry: FileSystemEntry,
  depth: number,
  found: FoundSources,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  if (isSystemFile(entry.name) || found.sources.length >= MAX_FILES) return;
  try {
    if (isFolder(entry)) {
      if (depth >= MAX_DEPTH) return;
      const inside = await listed(entry);
      inside.sort((a, b) => (a.name < b.name ? -1 : 1));
      for (const each of inside) await walk(each, depth + 1, found, signal);
      return;
    }
    const file = await new Promise<File>((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
    found.sources.push({ file, folder: folderOf(entry.fullPath) });
  } catch {
    signal?.throwIfAborted();
    found.unreadable.push(entry.name);
  }
}

/**
 * Files of a drop. Call it in the event's handler: what was dropped is gone once the handler has returned; the promise then
 * goes through the folders.
 */
export function droppedSources(data: DataTransfer, signal?: AbortSignal): Promise<FoundSources> {
  const entries = Array.from(data.items, (item) =>
    item.kind === 'file' ? item.webkitGetAsEntry() : null,
  ).filter((entry) => entry !== null);
  const files = chosenSources(data.files);
  const found: FoundSources = { sources: [], unreadable: [] };
  return (async () => {
    // Files without an entry come from other pages, not from a disk.
    if (entries.length === 0) return { sources: files, unreadable: [] };
    for (const entry of entries) await walk(entry, 0, found, signal);
    return found;
  })();
}
