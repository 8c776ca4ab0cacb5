/** Whether a folder of ours is there and may be written by the user that runs this. Used by the checks of the two sound folders. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';

export type FolderState =
  | { readonly kind: 'writable' }
  /** It is not there, and its first start can make it. */
  | { readonly kind: 'to-be-made' }
  | { readonly kind: 'unusable'; readonly sentence: string };

async function nearestParent(folder: string): Promise<{ readonly path: string; readonly isFolder: boolean }> {
  for (let path = folder; ; path = dirname(path)) {
    const found = await stat(path).catch(() => null);
    if (found !== null) return { path, isFolder: found.isDirectory() };
    if (dirname(path) === path) return { path, isFolder: false };
  }
}

async function isWritable(folder: string): Promise<boolean> {
  return await access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}

export async function stateOfFolder(folder: string): Promise<FolderState> {
  const { path, isFolder } = await nearestParent(folder);
  const unusable = (sentence: string): FolderState => ({ kind: 'unusable', sentence });
  if (!isFolder) return unusable(path === folder ? 'it is a file' : `it cannot be made, because ${path} is a file`);
  if (!(await isWritable(path))) {
    const who = `user ${userInfo().username}`;
    return unusable(
      path === folder ? `${who} may not write to it` : `it cannot be made: ${who} may not write to ${path}`,
    );
  }
  return path === folder ? { kind: 'writable' } : { kind: 'to-be-made' };
}
