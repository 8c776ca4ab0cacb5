/** Runs all checks side by side, each under a deadline and none able to hurt another. Called by run-doctor.ts. */
import { CONFIGURATION_CHECKS, MACHINE_CHECKS, MEDIA_SERVER_CHECKS } from './check-list.js';
import type { DoctorContext } from './doctor-context.js';
import { type Finding, fault, type Outcome, SkippedError, sentenceOf, skipped } from './finding.js';
import { within } from './within.js';

interface PlannedCheck {
  readonly name: string;
  run(): Promise<Outcome>;
}

function plan(context: DoctorContext): readonly PlannedCheck[] {
  const suffix = (name: string): string => (context.servers.length > 1 ? ` (${name})` : '');
  const planned = (check: (typeof MACHINE_CHECKS)[number]): PlannedCheck => ({
    name: check.name,
    run: () => check.run(context),
  });
  return [
    ...MACHINE_CHECKS.map(planned),
    ...context.servers.flatMap((server) =>
      MEDIA_SERVER_CHECKS.map(({ name, run }) => ({
        name: `${name}${suffix(server.server.name)}`,
        run: () => run(server, context),
      })),
    ),
    ...CONFIGURATION_CHECKS.map(planned),
  ];
}

async function outcomeOf(check: PlannedCheck, limitMs: number | null): Promise<Outcome> {
  try {
    return await (limitMs === null ? check.run() : within(limitMs, 'the check', check.run()));
  } catch (error) {
    if (error instanceof SkippedError) return skipped(error.message);
    return fault(
      sentenceOf(error),
      'look at the server or the file that this check is about; if it is in order, this is a fault of Ringpost',
    );
  }
}

/** In the order of the list, however they end. `onDone` hears of each as it ends. */
export async function runChecks(
  context: DoctorContext,
  onDone: (finding: Finding, done: number, total: number) => void,
): Promise<readonly Finding[]> {
  const checks = plan(context);
  let done = 0;
  return await Promise.all(
    checks.map(async (check) => {
      const finding = { name: check.name, ...(await outcomeOf(check, context.patience.checkMs)) };
      done += 1;
      onDone(finding, done, checks.length);
      return finding;
    }),
  );
}
