/** Runs one API command line, as `api` and `bgapi` do: finds it by name and answers its text. It never rejects. */
import type { SwitchCore } from './switch-core.js';

export async function executeApi(core: SwitchCore, line: string): Promise<string> {
  const space = line.indexOf(' ');
  const name = space === -1 ? line : line.slice(0, space);
  const argument = space === -1 ? '' : line.slice(space + 1).trim();
  const api = core.apis.get(name.toLowerCase());
  if (api === undefined) return `-ERR ${name} Command not found!\n`;
  try {
    return await api({ core, argument });
  } catch (error) {
    core.reportBug(error);
    return '-ERR internal error\n';
  }
}
