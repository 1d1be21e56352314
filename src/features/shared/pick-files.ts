import type { OpenedFile } from '../../state/session.ts';

function pick(prepare: (input: HTMLInputElement) => void): Promise<readonly OpenedFile[]> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    prepare(input);
    input.addEventListener('change', () => resolve(toOpened(input.files)));
    input.addEventListener('cancel', () => resolve([]));
    input.click();
  });
}

export function pickFiles(): Promise<readonly OpenedFile[]> {
  return pick((input) => {
    input.multiple = true;
  });
}

export function pickFolder(): Promise<readonly OpenedFile[]> {
  return pick((input) => {
    input.webkitdirectory = true;
  });
}

/** A file of a folder keeps its path below the folder's name. */
export function toOpened(files: FileList | readonly File[] | null): OpenedFile[] {
  return Array.from(files ?? [], (file) => ({ path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath, blob: file }));
}

/** Everything that was dropped, folders walked through. */
export async function droppedFiles(transfer: DataTransfer): Promise<readonly OpenedFile[]> {
  // Entries must be taken before the first await: the browser empties the transfer afterwards.
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return toOpened(transfer.files);
  return (await Promise.all(entries.map((entry) => walk(entry)))).flat();
}

async function walk(entry: FileSystemEntry): Promise<OpenedFile[]> {
  if (isFile(entry)) return [{ path: entry.fullPath.replace(/^\//, ''), blob: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)) }];
  if (!isDirectory(entry)) return [];
  const reader = entry.createReader();
  const files: OpenedFile[] = [];
  // A reader gives at most about 100 entries a time and ends with none.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return files;
    for (const inner of some) files.push(...(await walk(inner)));
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
