// Files out of what is dropped or pasted.

/** What a picker offers; the service tells by content what a photo or a clip is. */
export const kPickable = 'image/*,video/*,.heic,.heif,.avif,.tif,.tiff,.mkv,.mov,.ts,.mts,.m2ts,.avi';

function entriesOf(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

const paths = new WeakMap<File, string>();

/** With the folders that it came in, as far as the browser tells: "trip/day 1/a.jpg". */
export function pathOf(file: File): string {
  return paths.get(file) ?? file.webkitRelativePath ?? '';
}

async function filesUnder(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    return new Promise((resolve) =>
      (entry as FileSystemFileEntry).file(
        (file) => {
          paths.set(file, (entry.fullPath ?? '').replace(/^\//, ''));
          resolve([file]);
        },
        () => resolve([]),
      ),
    );
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: File[] = [];
  // A reader gives a hundred entries at a time, and none at the end.
  for (let some = await entriesOf(reader); some.length > 0; some = await entriesOf(reader)) {
    for (const one of some) files.push(...(await filesUnder(one)));
  }
  return files;
}

/** Hidden files that a system leaves in folders are nobody's photos. */
export function isHidden(file: File): boolean {
  return file.name.startsWith('.') || file.name === 'Thumbs.db' || file.name === 'desktop.ini';
}

/** Folders are opened. Must be called while the drop is handled: its items are gone afterwards. */
export async function filesOf(data: DataTransfer): Promise<File[]> {
  const entries = Array.from(data.items, (item) => item.webkitGetAsEntry?.() ?? null);
  if (!entries.some((entry) => entry?.isDirectory)) return Array.from(data.files);
  const files: File[] = [];
  for (const entry of entries) if (entry) files.push(...(await filesUnder(entry)));
  return files.filter((file) => !isHidden(file));
}

export function carriesFiles(data: DataTransfer | null): boolean {
  return data?.types.includes('Files') ?? false;
}
