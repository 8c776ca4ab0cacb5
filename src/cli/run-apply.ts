/** `ringpost apply FILE` and `ringpost export`: configuration as a file, checked to the field before anything is changed. */
import { readFile } from 'node:fs/promises';
import pino from 'pino';
import { BUILT_IN_DIALECTS } from '../adapters/bidders/dialects/built-in-dialects.js';
import { formatConfigurationFile } from '../adapters/config-file/format-configuration-file.js';
import { readConfigurationFile } from '../adapters/config-file/read-configuration-file.js';
import { applyConfiguration } from '../application/apply-configuration.js';
import type { Config } from '../config/config-shape.js';
import type { Secrets } from '../config/secrets.js';
import { openWorkshop } from '../main.js';
import { controlAppSettings } from './settings.js';

export interface FileCommandOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly print: (line: string) => void;
}

/** Answers the exit status: 0 when it is in force, 1 when it was refused; every fault is printed. */
export async function runApply(options: FileCommandOptions, file: string): Promise<number> {
  const { config, secrets, print } = options;
  const read = readConfigurationFile(await readFile(file, 'utf8'), { dialects: BUILT_IN_DIALECTS });
  if (!read.ok) {
    for (const fault of read.faults) print(`${fault.path}: found ${fault.found}, expected ${fault.expected}`);
    print(`${file} was refused: ${read.faults.length} faults; nothing was changed`);
    return 1;
  }
  await using workshop = await openWorkshop(controlAppSettings(config, secrets), pino({ level: 'silent' }));
  const outcome = await applyConfiguration(workshop, read.document, (done, total) =>
    print(`prompt ${done} of ${total}`),
  );
  if (outcome.kind === 'refused') {
    for (const fault of outcome.faults) print(`prompts ${fault.promptId}: ${fault.sentence}`);
    print(`${file} was refused: nothing was changed`);
    return 1;
  }
  print(`${file} is in force as version ${outcome.configuration.version}; a running app takes it up within seconds`);
  return 0;
}

export async function runExport(options: FileCommandOptions): Promise<void> {
  await using workshop = await openWorkshop(
    controlAppSettings(options.config, options.secrets),
    pino({ level: 'silent' }),
  );
  options.print(formatConfigurationFile(await workshop.configuration.export()));
}
