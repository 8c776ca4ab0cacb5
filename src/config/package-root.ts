/**
 * Where this project lies on disk, however deep the file that runs is: sources run from src/, compiled code from build/src/. Called at
 * start by whoever needs a file of the repository (migrations, the dialplan, default prompts); never during a call.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function isOurPackage(folder: string): boolean {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) return false;
  const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'name' in parsed && parsed.name === 'ringpost';
}

/** The folder of the package.json named ringpost, absolute. Throws when there is none above this file: then the installation is broken. */
export function packageRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    if (isOurPackage(folder)) return folder;
    if (dirname(folder) === folder) throw new Error(`no package.json of ringpost in any folder above ${start}`);
  }
}
