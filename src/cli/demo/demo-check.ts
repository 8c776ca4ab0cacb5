/** Whether the demonstration's call did everything that it is there to show. Pure: what `demo --once` bases its exit status on. */
import type { CallDetails } from '../../application/ports/call-repository.js';
import type { TimelineStep } from '../../domain/calls/timeline.js';

const STEPS: readonly TimelineStep[] = [
  'answered',
  'greeting',
  'ping',
  'auction-closed',
  'ringing',
  'bridged',
  'unbridged',
  'released',
  'billed',
  'recording-ready',
];
/** A tone that reached the recording is far above this; a channel that heard nothing is far below. */
const AUDIBLE_DBFS = -40;

/** One sentence per step that is missing; empty when the call showed everything. */
export function missingFrom(details: CallDetails): readonly string[] {
  const seen = new Set(details.timeline.map((entry) => entry.step));
  const faults = STEPS.filter((step) => !seen.has(step)).map((step) => `the call never reached the step "${step}"`);
  if (details.call.outcome !== 'sold')
    faults.push(`the call ended as ${details.call.outcome ?? 'nothing'}, not as sold`);
  if (details.ledger.length !== 2)
    faults.push(`${details.ledger.length} ledger entries instead of a charge and a payout`);
  const [recording] = details.recordings;
  ['left (caller)', 'right (buyer)'].forEach((name, index) => {
    const level = recording?.levels[index]?.rmsDbfs ?? null;
    if (level === null || level < AUDIBLE_DBFS) faults.push(`the ${name} channel of the recording is silent`);
  });
  return faults;
}
