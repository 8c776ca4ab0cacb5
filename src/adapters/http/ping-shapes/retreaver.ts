/**
 * Pings and answers in the shape of Retreaver's real-time bidding, so that a publisher changes the address and nothing else.
 * `publisher_id` is passed over: the key says whose calls they are.
 */
import type { NoBidToPublisher, PingAnswer } from '../../../application/pings/answer-ping.js';
import type { SentPing } from '../../../application/pings/read-ping.js';
import { type SentFields, tagsIn, textIn } from './sent-fields.js';

const RESERVED: ReadonlySet<string> = new Set([
  'key',
  'publisher_id',
  'source_id',
  'campaign_id',
  'caller_number',
  'inbound_number',
]);

export function retreaverPing(fields: SentFields): SentPing {
  return {
    callerNumber: textIn(fields, 'caller_number'),
    inboundNumber: textIn(fields, 'inbound_number'),
    tags: tagsIn(fields, RESERVED),
    isStrict: false,
  };
}

const REFUSALS: Readonly<Record<NoBidToPublisher, { readonly status: string; readonly error: string }>> = {
  disabled: { status: 'rejected', error: 'not enabled' },
  'closed-or-capped': { status: 'no_target', error: 'closed or capped' },
  'caller-blocked': { status: 'rejected', error: 'caller_number is not accepted' },
  'caller-required': { status: 'rejected', error: 'FAILED must include caller_number (string)' },
  'no-capacity': { status: 'no_target', error: 'no target is available' },
  'rate-limited': { status: 'rejected', error: 'too many requests' },
  unavailable: { status: 'no_target', error: 'no target is available' },
};

const WRONG = { status: 'rejected', error: 'caller_number or inbound_number cannot be used' };

/** `newId` names a refusal, which is kept nowhere. */
export function retreaverAnswer(answer: PingAnswer, newId: () => string): object {
  if (answer.kind !== 'bid') {
    return { uuid: newId(), ...(answer.kind === 'wrong' ? WRONG : REFUSALS[answer.reason]) };
  }
  const { reservation, phoneNumber, sipAddress, isDuplicate } = answer;
  return {
    uuid: reservation.reference,
    status: 'reserved',
    retreaver_payout: reservation.bidMicros / 1_000_000,
    retreaver_seconds: Math.ceil(reservation.payoutAfterMs / 1_000),
    inbound_number: phoneNumber,
    ...(sipAddress === null ? {} : { sip_address: sipAddress }),
    expires_at: new Date(reservation.expiresAt).toISOString(),
    ...(isDuplicate ? { retreaver_ping_shield: true } : {}),
  };
}
