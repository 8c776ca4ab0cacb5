/** Whether a program of the system is installed: for the `skip` of tests that cannot run without it. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** False when it is installed, else the reason to skip. */
export function missingProgram(name: string): string | false {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return false;
    } catch {
      // Not in this folder.
    }
  }
  return `${name} is not installed`;
}
