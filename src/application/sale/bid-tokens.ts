/**
 * What a call tells its bidders, by the names that their templates use. Called for the pings of an auction and for the post of its winner;
 * it must tell nobody the number of a caller who withholds it.
 */
import type { CallContext } from '../calls/call-context.js';
import type { BidTokens } from '../ports/bidders.js';

type TokenSubject = Pick<CallContext, 'campaign' | 'source' | 'ping'> & {
  readonly deps: Pick<CallContext['deps'], 'numbers'>;
  readonly journal: Pick<CallContext['journal'], 'call'>;
};

/** What templates may name. Every value is caller data; the bidders' adapter inserts it so that it cannot break out. */
export function bidTokens(context: TokenSubject): BidTokens {
  const { call } = context.journal;
  const { ping, deps } = context;
  // What the caller has said himself goes before what was said of him.
  const told: Readonly<Record<string, string>> = { ...ping?.tags, ...call.flow?.answers };
  const state = told.state ?? deps.numbers.areaOf(call.callerNumber)?.state;
  return {
    ...(state === undefined || state === null ? {} : { state_code: state }),
    ...told,
    ...(told.zip === undefined ? {} : { zip_code: told.zip }),
    // Bidders know a call that was pinged for by the reference of its ping.
    call_id: ping?.reference ?? call.callId,
    // RFC 3323: whoever withholds his number withholds it from those who only may win the call.
    caller_number: call.isCallerPrivate ? 'anonymous' : call.callerNumber,
    caller_area: /^\+1(\d{3})\d{7}$/.exec(call.callerNumber)?.[1] ?? '',
    called_number: call.calledNumber,
    campaign: context.campaign.name,
    campaign_id: context.campaign.id,
    source: context.source.name,
    source_id: context.source.id,
  };
}
