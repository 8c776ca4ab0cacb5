/**
 * Makes a folder and those above it. Node's own `recursive` never returns where a parent cannot be made and is not there (below
 * /proc, for one), and a path comes from a command.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Rejects with the operating system's error. */
export async function ensureFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let path = resolve(folder); ; path = dirname(path)) {
    const made = await tryMake(path);
    if (made) break;
    missing.push(path);
    if (dirname(path) === path) throw new Error(`${folder} cannot be made`);
  }
  for (const path of missing.reverse()) {
    if (!(await tryMake(path))) throw new Error(`${path} cannot be made`);
  }
}

/** False: the folder above is not there. */
async function tryMake(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'EEXIST') return true;
    if (code === 'ENOENT') return false;
    throw error;
  }
}
