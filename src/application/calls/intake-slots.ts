/** What a call holds from its admission to its end, whatever becomes of it in between. Held again when a call is adopted. */
import type { SlotRequest } from '../ports/slot-counter.js';

interface Capped {
  readonly id: string;
  readonly maxCalls: number | null;
}

interface InboundTrunk {
  readonly id: string;
  readonly maxInboundCalls: number | null;
}

export function intakeSlots(
  maxCalls: number | null,
  trunk: InboundTrunk,
  campaign: Capped,
  source: Capped,
): readonly SlotRequest[] {
  return [
    { key: 'node', limit: maxCalls },
    { key: `trunk:${trunk.id}:in`, limit: trunk.maxInboundCalls },
    { key: `campaign:${campaign.id}`, limit: campaign.maxCalls },
    { key: `source:${source.id}`, limit: source.maxCalls },
  ];
}

/** Of a call that is up already: counted, and refused by no limit. */
export function heldSlots(call: {
  readonly trunkId: string | null;
  readonly campaignId: string | null;
  readonly sourceId: string | null;
}): readonly SlotRequest[] {
  const of = (id: string | null) => ({ id: id ?? '', maxCalls: null });
  const trunk = { id: call.trunkId ?? '', maxInboundCalls: null };
  return intakeSlots(null, trunk, of(call.campaignId), of(call.sourceId));
}
