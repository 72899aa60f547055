/** Files out of what was dropped or picked, with the folders that they lie in. */

export interface Found {
  readonly file: File;
  /** With its folders, as the document is to be called. */
  readonly name: string;
}

/** All files of a drop, those of its folders too. Must be called while the drop is told of: afterwards it is empty. */
export async function dropped(data: DataTransfer): Promise<Found[]> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return picked(data.files);
  const found = await Promise.all(entries.map(below));
  return found.flat();
}

/** All files of a picker, which says the folders where one was picked. */
export function picked(files: FileList): Found[] {
  return [...files].map((file) => ({ file, name: file.webkitRelativePath || file.name }));
}

async function below(entry: FileSystemEntry): Promise<Found[]> {
  const name = entry.fullPath.replace(/^\//, "");
  try {
    if (isFile(entry)) return [{ file: await new Promise<File>((...end) => entry.file(...end)), name }];
    if (!isFolder(entry)) return [];
    const reader = entry.createReader();
    const found: Found[] = [];
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((...end) => reader.readEntries(...end)); // 100 at most at once
      if (some.length === 0) return found;
      for (const each of some) found.push(...(await below(each)));
    }
  } catch {
    return []; // it went away, or may not be read
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
