/**
 * `ringpost doctor`: looks at the installation that the environment describes and says of each part what was found and what to do. It
 * changes nothing: what it writes to try a folder, it removes.
 */

import { ACCEPTED_RISKS } from '../config/accepted-risks.js';
import { loadConfig } from '../config/config.js';
import { ConfigError } from '../config/config-error.js';
import type { Config } from '../config/config-shape.js';
import type { Secrets } from '../config/secrets.js';
import { splitClientEnvironment } from './client-environment.js';
import { DoctorContext } from './doctor/doctor-context.js';
import { type Finding, type FindingState, fault, ok } from './doctor/finding.js';
import type { Patience } from './doctor/patience.js';
import { runChecks } from './doctor/run-checks.js';

export interface RunDoctorOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One line of JSON, with the findings and how many of each state there are. */
  readonly isJson: boolean;
  readonly print: (line: string) => void;
  /** Shows how far it is on a terminal, over what it showed before; null where nobody watches. */
  readonly progress: ((text: string) => void) | null;
  readonly patience: Patience;
}

interface Settings {
  /** Null when the settings cannot be read at all. */
  readonly loaded: { readonly config: Config; readonly secrets: Secrets } | null;
  readonly finding: Finding;
}

function tryLoad(env: RunDoctorOptions['env']): Settings['loaded'] {
  try {
    return loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

/** What the start would refuse is a finding here; a default secret alone does not keep the other checks from running. */
function readSettings(env: RunDoctorOptions['env']): Settings {
  const name = 'settings';
  try {
    const loaded = loadConfig(env);
    return { loaded, finding: { name, ...ok(`the settings hold together; engine: ${loaded.config.engine}`) } };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { defaultSecrets } = ACCEPTED_RISKS;
    const loaded = tryLoad({ ...env, [defaultSecrets.name]: defaultSecrets.words });
    const sentences = error.faults.join(' ');
    return {
      loaded,
      finding: { name, ...fault(sentences, 'change the variables that are named; the app does not start before') },
    };
  }
}

const LABELS: Readonly<Record<FindingState, string>> = {
  ok: 'ok',
  warning: 'WARNING',
  fault: 'FAULT',
  skipped: 'skipped',
};
const NAME_WIDTH = 20;
const STATE_WIDTH = 8;

function linesOf({ name, state, found, advice }: Finding): readonly string[] {
  const lines = [`${LABELS[state].padEnd(STATE_WIDTH)} ${name.padEnd(NAME_WIDTH)} ${found}`];
  if (advice !== null) lines.push(`${' '.repeat(STATE_WIDTH + NAME_WIDTH + 2)}-> ${advice}`);
  return lines;
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function countOf(findings: readonly Finding[]): Readonly<Record<FindingState, number>> {
  const counts = { ok: 0, warning: 0, fault: 0, skipped: 0 };
  for (const { state } of findings) counts[state] += 1;
  return counts;
}

/** Answers the exit status: 1 when there is a fault, else 0. */
export async function runDoctor(options: RunDoctorOptions): Promise<number> {
  const { isJson, print, progress } = options;
  const { loaded, finding } = readSettings(splitClientEnvironment(options.env).rest);
  const findings = [finding];
  if (loaded !== null) {
    await using context = new DoctorContext(loaded.config, loaded.secrets, options.patience);
    const onDone = (last: Finding, done: number, total: number): void =>
      progress?.(`${done} of ${total} checks done (${last.name})`);
    findings.push(...(await runChecks(context, onDone)));
    progress?.('');
  }
  const counts = countOf(findings);
  if (isJson) print(JSON.stringify({ counts, findings }));
  else {
    for (const line of findings.flatMap(linesOf)) print(line);
    print(
      `${counts.ok} ok, ${plural(counts.warning, 'warning')}, ${plural(counts.fault, 'fault')}, ${counts.skipped} skipped`,
    );
  }
  return counts.fault > 0 ? 1 : 0;
}
