/** What must hold of what follows the calls of a simulated run: voicemails that were mailed, and plans that ran beside. A sentence for each that does not. */
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import type { Simulation } from './simulation.js';

/** Each voicemail in which something was said is mailed once, and no other. */
function mailFaults({ letters }: Simulation, records: readonly CallDetails[]): string[] {
  const said = records
    .flatMap(({ recordings }) => recordings)
    .filter(({ kind, state, durationMs }) => kind === 'voicemail' && state === 'ready' && (durationMs ?? 0) > 0);
  const owed = new Set(said.map(({ id }) => id));
  const missing = [...owed].filter((id) => !letters.taken.has(id)).map((id) => `voicemail ${id} was not mailed`);
  const wrong = [...letters.taken].flatMap(([id, times]) => {
    if (!owed.has(id)) return [`${id} was mailed and is no voicemail`];
    return times === 1 ? [] : [`voicemail ${id} was mailed ${times} times`];
  });
  return [...missing, ...wrong];
}

/** A plan beside itself chooses what the calls chose, whatever failed. */
async function shadowFaults({ fixture }: Simulation): Promise<readonly string[]> {
  const faults: string[] = [];
  const { plans } = fixture.deps.configuration.current();
  for (const planId of plans.keys()) {
    for (const { run, calls } of await fixture.shadows.runs(planId)) {
      const { replayed, skipped, changes } = await fixture.shadows.compare(run.id);
      if (replayed + skipped !== calls) faults.push(`${planId}: ${replayed} and ${skipped} of ${calls} calls`);
      if (calls > 200 && replayed === 0) faults.push(`${planId}: no call was replayed`);
      for (const { callId } of changes) faults.push(`${planId} beside itself chooses another one for ${callId}`);
    }
  }
  return faults;
}

/** Of faults in our own code; the store and the media servers are made to fail. */
const alarmFaults = ({ fixture }: Simulation): readonly string[] =>
  fixture.alarms.filter((alarm) => /^(shadow|bug|voicemail-undelivered):/.test(alarm));

export async function aftermathFaults(simulation: Simulation, records: readonly CallDetails[]): Promise<string[]> {
  return [...mailFaults(simulation, records), ...(await shadowFaults(simulation)), ...alarmFaults(simulation)];
}
