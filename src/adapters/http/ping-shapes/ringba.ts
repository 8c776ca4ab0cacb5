/**
 * Pings and answers in the shape of Ringba's real-time bidding, so that a publisher changes the address and nothing else. A
 * refusal has HTTP 200, a bid of 0, no number, and a reason that carries Ringba's own code for it.
 */
import type { NoBidToPublisher, PingAnswer } from '../../../application/pings/answer-ping.js';
import type { SentPing } from '../../../application/pings/read-ping.js';
import { type SentFields, tagsIn, textIn } from './sent-fields.js';

const RESERVED: ReadonlySet<string> = new Set(['cid', 'exposecallerid', 'sipok']);

export function ringbaPing(fields: SentFields): SentPing {
  const tags = tagsIn(fields, RESERVED);
  return { callerNumber: textIn(fields, 'cid'), inboundNumber: null, tags, isStrict: false };
}

const REASONS: Readonly<Record<NoBidToPublisher, string>> = {
  disabled: '1001 - Disabled',
  'closed-or-capped': '1007 - Closed or Capped',
  'caller-blocked': '1004 - Caller ID',
  'caller-required': '1100 - Caller ID required',
  'no-capacity': '1003 - No capacity',
  'rate-limited': '1024 - Rate-limited',
  unavailable: '1003 - No capacity',
};

/** A cached answer carries this warning, in Ringba's words. */
const CACHED = { code: 230, description: 'Previous bid for this request not yet expired. This is a cached version' };

/** As Ringba writes it: "8/12/2025 4:12:56 PM +00:00". */
function expiryText(at: number): string {
  const time = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = time.getUTCHours();
  const clock = `${hours % 12 === 0 ? 12 : hours % 12}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())}`;
  const date = `${time.getUTCMonth() + 1}/${time.getUTCDate()}/${time.getUTCFullYear()}`;
  return `${date} ${clock} ${hours < 12 ? 'AM' : 'PM'} +00:00`;
}

/** `newId` names a refusal, which is kept nowhere. */
export function ringbaAnswer(answer: PingAnswer, fields: SentFields, newId: () => string): object {
  if (answer.kind !== 'bid') {
    const rejectReason = answer.kind === 'wrong' ? REASONS['caller-blocked'] : REASONS[answer.reason];
    return { bidId: newId().replaceAll('-', ''), bidAmount: 0, rejectReason };
  }
  const { reservation, phoneNumber, sipAddress, expiresInMs, isDuplicate } = answer;
  const takesSip = ['true', 'yes', '1'].includes(fields.get('sipok')?.toLowerCase() ?? '');
  return {
    bidId: reservation.reference.replaceAll('-', ''),
    bidAmount: reservation.bidMicros / 1_000_000,
    expireInSeconds: Math.floor(expiresInMs / 1_000),
    bidExpireDT: expiryText(reservation.expiresAt),
    bidExpireEpoch: reservation.expiresAt,
    phoneNumber,
    phoneNumberNoPlus: phoneNumber.replace('+', ''),
    ...(takesSip && sipAddress !== null ? { sipAddress } : {}),
    bidTerms: [{ callMinDuration: Math.ceil(reservation.payoutAfterMs / 1_000) }],
    ...(isDuplicate ? { warnings: [CACHED] } : {}),
  };
}
