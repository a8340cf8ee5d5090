// Files out of a picker, a drop or a paste; with handles on them where the browser gives some, so that an upload can
// go on after a reload without asking.

/** A file, and a handle on it where there is one. */
export interface ChosenFile {
  file: File;
  handle: FileSystemFileHandle | null;
}

interface WithPicker {
  showOpenFilePicker?: (options: {
    multiple: boolean;
    types: { description: string; accept: Record<string, string[]> }[];
  }) => Promise<FileSystemFileHandle[]>;
}

interface WithPermission {
  queryPermission?: (wish: { mode: 'read' }) => Promise<PermissionState>;
  requestPermission?: (wish: { mode: 'read' }) => Promise<PermissionState>;
}

/** Endings that are offered first; the server looks into the file itself. */
const films = ['.mp4', '.mov', '.m4v', '.mkv', '.webm', '.ts', '.m2ts', '.mts', '.mpg', '.mpeg', '.avi', '.mxf'];
const sounds = ['.mp3', '.m4a', '.wav', '.flac', '.ogg', '.oga', '.opus', '.mka', '.weba'];
/** For `<input type="file" accept>`. */
export const ACCEPT = ['video/*', 'audio/*', ...films, ...sounds].join(',');

/** Whether a file's name promises sound alone. */
export const isSoundName = (filename: string): boolean => sounds.some((ending) => filename.toLowerCase().endsWith(ending));

/** Whether the browser's own picker gives handles. */
export const hasHandlePicker = (): boolean => typeof (window as WithPicker).showOpenFilePicker === 'function';

/** Opens that picker. An empty list: nothing was chosen. */
export async function pickWithHandles(description: string, multiple: boolean): Promise<ChosenFile[]> {
  try {
    const handles = await (window as WithPicker).showOpenFilePicker!({
      multiple,
      types: [{ description, accept: { 'video/*': films, 'audio/*': sounds } }],
    });
    return await Promise.all(handles.map(async (handle) => ({ file: await handle.getFile(), handle })));
  } catch {
    return [];
  }
}

/** Files of an `<input>` or a paste, without handles. */
export const plainFiles = (files: Iterable<File>): ChosenFile[] => Array.from(files, (file) => ({ file, handle: null }));

interface WithHandle {
  getAsFileSystemHandle?: () => Promise<FileSystemHandle | null>;
}

/** Files of a drop. Must be called within the event, before anything is awaited. */
export async function droppedFiles(transfer: DataTransfer): Promise<ChosenFile[]> {
  const pending = Array.from(transfer.items)
    .filter((item) => item.kind === 'file')
    .map((item) => ({ file: item.getAsFile(), handle: (item as WithHandle).getAsFileSystemHandle?.() ?? null }));
  const chosen = await Promise.all(pending.map(async ({ file, handle }) => {
    const got = await Promise.resolve(handle).catch(() => null);
    if (got?.kind === 'directory' || file === null) return null;
    return { file, handle: got as FileSystemFileHandle | null };
  }));
  return chosen.filter((one) => one !== null);
}

/** Whether a drag carries files. */
export const carriesFiles = (transfer: DataTransfer | null): boolean => transfer?.types.includes('Files') ?? false;

/** The file behind a stored handle; null if the browser wants a press first (`ask` false) or the file is gone. */
export async function fileOf(handle: FileSystemFileHandle, ask: boolean): Promise<File | null> {
  const permissive = handle as WithPermission;
  try {
    let state = (await permissive.queryPermission?.({ mode: 'read' })) ?? 'granted';
    if (state === 'prompt' && ask) state = (await permissive.requestPermission?.({ mode: 'read' })) ?? 'granted';
    return state === 'granted' ? await handle.getFile() : null;
  } catch {
    return null;
  }
}
