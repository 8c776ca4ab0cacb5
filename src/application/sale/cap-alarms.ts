/** Tells the operator when calls have used up 80 or 100 % of a cap. Given to the counter of caps at the composition root. */
import { alertOfCap } from '../../domain/routing/cap-alert.js';
import type { CallEvents } from '../ports/call-events.js';
import type { CapListener } from './cap-counter.js';

export function capAlarms(events: Pick<CallEvents, 'alarm'>): CapListener {
  return (counted, before, after) => {
    const alert = alertOfCap(counted, before, after);
    if (alert !== null) events.alarm(alert.kind, alert.sentence);
  };
}
