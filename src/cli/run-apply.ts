/** `ringpost apply FILE` and `ringpost export`: configuration as a file, checked to the field before anything is changed. */
import pino from 'pino';
import { BUILT_IN_DIALECTS } from '../adapters/bidders/built-in-dialects.js';
import { fillDialect } from '../adapters/bidders/fill-dialect.js';
import { formatFault } from '../adapters/config-file/fault.js';
import { formatConfigurationFile } from '../adapters/config-file/format-configuration-file.js';
import { readConfigurationFile } from '../adapters/config-file/read-configuration-file.js';
import { BUILT_IN_PROMPTS } from '../adapters/speech/built-in-sounds.js';
import { applyConfiguration } from '../application/configuration/apply-configuration.js';
import type { Config } from '../config/config-shape.js';
import type { Secrets } from '../config/secrets.js';
import type { ConfigurationDocument } from '../domain/campaigns/configuration.js';
import { openWorkshop } from '../main.js';
import { controlAppSettings } from './settings.js';

export interface FileCommandOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly print: (line: string) => void;
}

/** The built-in sounds are always there to be named; a file need not, and cannot, define them. */
function withBuiltIns(document: ConfigurationDocument): ConfigurationDocument {
  const builtIn = new Set(BUILT_IN_PROMPTS.map((prompt) => prompt.id));
  return {
    ...document,
    prompts: [...document.prompts.filter((prompt) => !builtIn.has(prompt.id)), ...BUILT_IN_PROMPTS],
  };
}

/** Answers the exit status: 0 when it is in force, 1 when it was refused; every fault is printed. */
export async function runApply(options: FileCommandOptions, file: string): Promise<number> {
  const { config, secrets, print } = options;
  await using workshop = await openWorkshop(controlAppSettings(config, secrets), pino({ level: 'silent' }));
  const stored = withBuiltIns(await workshop.configuration.export());
  const read = await readConfigurationFile(file, { dialects: BUILT_IN_DIALECTS, fillDialect, stored });
  if (!read.ok) {
    for (const fault of read.faults) print(formatFault(fault));
    print(
      `${file} was refused for the ${read.faults.length === 1 ? 'fault' : `${read.faults.length} faults`} above; nothing was changed`,
    );
    return 1;
  }
  const onProgress = (done: number, total: number): void => print(`prompt ${done} of ${total}`);
  const outcome = await applyConfiguration(workshop, withBuiltIns(read.document), onProgress);
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
