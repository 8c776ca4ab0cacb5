/** Opens the desk of a call to supervisors while two talk: how one is rung, and how he is let in. Called by connect-legs.ts. */
import type { CallContext } from '../calls/call-context.js';
import type { CallScope } from '../calls/call-scope.js';
import type { BuyerLeg, CallerLeg } from '../ports/telephony.js';
import { ringDestination } from '../sale/ring-destination.js';
import { reserveDial } from '../sale/ring-target.js';
import type { RungSupervisor, SupervisorRing } from './monitor-desk.js';

const RING_MS = 30_000;

async function ringSupervisor(
  context: CallContext,
  scope: CallScope,
  caller: CallerLeg,
  { destination, trunkId }: SupervisorRing,
): Promise<RungSupervisor> {
  const { check: slot } = await reserveDial(context, scope, trunkId, []);
  if (!slot.passed) return { kind: 'failed', detail: slot.values };
  const rung = await ringDestination(context, scope, caller, {
    targetId: null,
    label: 'the supervisor',
    destination,
    trunkId,
    ringTimeoutMs: RING_MS,
    whisperPromptId: null,
    acceptKey: null,
    stepAs: 'monitor',
  });
  switch (rung.kind) {
    case 'answered':
      return rung;
    case 'failed':
      return { kind: 'failed', detail: rung.check.values };
    case 'caller-gone':
      return { kind: 'failed', detail: 'the talk was over' };
  }
}

/** What it returns sends every supervisor away. */
export function openToMonitors(context: CallContext, caller: CallerLeg, partner: BuyerLeg): () => Promise<void> {
  const { deps, desk, scope } = context;
  return desk.monitors.open({
    scope,
    newId: () => deps.ids.newId(),
    ring: (monitorScope, whom) => ringSupervisor(context, monitorScope, caller, whom),
    attach: (listener, manner) => deps.telephony.attach({ caller, partner, listener, manner }),
  });
}
