/**
 * Sounds that were spoken for single calls, in a folder of their own: no more than a number of files, of which those that
 * nobody has asked for the longest go first. Called by the prompt library.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

export class SoundShelf {
  readonly #folder: string;
  readonly #limit: number;
  /** Paths, the one that was asked for last at the end. */
  readonly #paths = new Set<string>();

  constructor(folder: string, limit: number) {
    this.#folder = folder;
    this.#limit = limit;
  }

  /** Takes up what an earlier process has left. */
  async open(): Promise<void> {
    const names = (await readdir(this.#folder).catch(() => [])).filter((name) => name.endsWith('.wav'));
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#folder, name);
        return { path, mtimeMs: (await stat(path).catch(() => ({ mtimeMs: 0 }))).mtimeMs };
      }),
    );
    for (const { path } of files.sort((left, right) => left.mtimeMs - right.mtimeMs)) this.#paths.add(path);
    await this.#clear();
  }

  /** Before the first file is put into the folder. */
  async make(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o750 });
  }

  pathOf(name: string): string {
    return join(this.#folder, `${name}.wav`);
  }

  has(path: string): boolean {
    if (!existsSync(path)) return false;
    this.#paths.delete(path);
    this.#paths.add(path);
    return true;
  }

  async add(path: string): Promise<void> {
    this.#paths.add(path);
    await this.#clear();
  }

  /** A channel that plays such a file has it open, and plays it to its end. */
  async #clear(): Promise<void> {
    for (const path of this.#paths) {
      if (this.#paths.size <= this.#limit) return;
      this.#paths.delete(path);
      await rm(path, { force: true });
    }
  }
}
