/**
 * Dials one buyer: a leg in FreeSWITCH first, whose offer goes out with the INVITE, then the ring until answer, refusal, time-out or
 * abort. A 200 that crosses our CANCEL is acknowledged and ended by outgoing-invite.ts, so two buyers never talk.
 */
import type { DialOutcome, DialRequest } from '../../../application/ports/telephony.js';
import { causeFromSipStatus, type HangupCause } from '../../../domain/calls/hangup-cause.js';
import { messageOf } from '../deadline.js';
import { identityHeaders, requestUriOf } from '../sip/dial-address.js';
import { readNameAddr } from '../sip/name-addr.js';
import { type InviteOutcome, OutgoingInvite } from '../sip/outgoing-invite.js';
import { COMPLETED_ELSEWHERE, formatReason } from '../sip/reason-header.js';
import type { TelephonyContext } from '../telephony-context.js';
import { BuyerJournal } from './buyer-journal.js';
import { AnsweredBuyerLeg } from './buyer-leg.js';
import { openBuyerMedia } from './buyer-media.js';
import { type BuyerSide, policedBuyerMedia } from './buyer-policy.js';
import { MediaLeg } from './media-leg.js';
import { watchForSilence } from './silent-gateway.js';
import { buyerHeaders, NOTHING_SAID } from './treatment-headers.js';

/** How much longer than we let him a buyer may ring whom nobody cancels. */
const EXPIRES_MARGIN_MS = 5_000;

type Accepted = Extract<InviteOutcome, { kind: 'accepted' }>;

/** Rejects only when `onLeg` does; everything is closed then. */
export async function dialBuyer(context: TelephonyContext, request: DialRequest): Promise<DialOutcome> {
  if (request.signal.aborted) return { kind: 'cancelled' };
  const uri = requestUriOf(request);
  if (uri === null) return failed(484, 'INVALID_NUMBER_FORMAT', 'the destination is no address that we dial');
  const server = context.mediaServers.find(request.mediaServer);
  if (server === null || !server.isUp) return failed(503, 'SWITCH_CONGESTION', 'the media server is down');
  const opened = await openBuyerMedia(context, server, request);
  if (opened.kind === 'none') {
    if (request.signal.aborted) return { kind: 'cancelled' };
    return failed(503, 'SWITCH_CONGESTION', opened.detail);
  }
  const policed = policedBuyerMedia(opened.media, request.terms?.media);
  if (policed.kind === 'refused') {
    await opened.media.release('INCOMPATIBLE_DESTINATION');
    return failed(488, 'INCOMPATIBLE_DESTINATION', policed.detail);
  }
  const { side: media } = policed;
  const journal = new BuyerJournal(context, request, media);
  const headers = inviteHeaders(context, request, journal);
  try {
    await journal.noteDialling(readNameAddr(headers.From)?.uri ?? '', uri);
  } catch (error) {
    await media.release('NORMAL_TEMPORARY_FAILURE');
    throw error;
  }
  const result = request.signal.aborted
    ? ({ kind: 'cancelled' } as const)
    : await ring(context, request, { uri, headers }, media, journal);
  if (result.kind !== 'accepted') {
    // Waited for, since whoever hears that a branch is over may count what is left of it; it is a round trip on our own network.
    await journal.end(() => media.release(result.kind === 'no-answer' ? 'NO_ANSWER' : 'ORIGINATOR_CANCEL'));
    return result;
  }
  return await connectBuyer(context, request, media, journal, result);
}

function inviteHeaders({ drachtio }: TelephonyContext, request: DialRequest, journal: BuyerJournal) {
  const identity = identityHeaders(request, drachtio.localAddress ?? 'localhost');
  return {
    ...identity,
    // drachtio-srf writes it so when it sends the INVITE again with credentials.
    'call-id': journal.callId,
    From: `${identity.From ?? ''};tag=${journal.fromTag}`,
    // RFC 3261 section 13.2.1: he stops ringing by himself should nobody be left to cancel him.
    Expires: String(Math.ceil((request.ringTimeoutMs + EXPIRES_MARGIN_MS) / 1_000)),
  };
}

/** The buyer's 200, or why there is none. */
async function ring(
  context: TelephonyContext,
  request: DialRequest,
  { uri, headers }: { readonly uri: string; readonly headers: Record<string, string> },
  media: BuyerSide,
  journal: BuyerJournal,
): Promise<Accepted | Exclude<DialOutcome, { kind: 'answered' }>> {
  const { clock, deadlines, drachtio } = context;
  const { address, signal } = request;
  let given: Exclude<DialOutcome, { kind: 'answered' }> | null = null;
  let stopSilence: () => void = () => undefined;
  const invite = new OutgoingInvite(drachtio, {
    uri,
    headers,
    sdp: media.offer,
    credentials: address.kind === 'gateway' ? address.credentials : null,
    onSent: (sent) => journal.noteRinging(sent),
    onProvisional: (sipStatus) => {
      stopSilence();
      if (sipStatus > 100 && given === null) request.onRinging(sipStatus);
    },
  });
  const { promise: overdue, resolve: giveUp } = deferred<InviteOutcome>();
  let stopOverdue: () => void = () => undefined;
  const cancel = (outcome: Exclude<DialOutcome, { kind: 'answered' }>, reason: string): void => {
    if (given !== null) return;
    given = outcome;
    invite.cancel(reason);
    stopOverdue = clock.startTimer(deadlines.cancelMs, () =>
      giveUp({ kind: 'refused', sipStatus: 487, reason: 'no answer to CANCEL' }),
    );
  };
  const stopRing = clock.startTimer(request.ringTimeoutMs, () =>
    cancel({ kind: 'no-answer' }, formatReason('NO_ANSWER')),
  );
  stopSilence = silenceOf(context, request, (silent) => {
    // Its CANCEL may wait for a provisional answer that never comes (RFC 3261 section 9.1): nobody waits with it.
    cancel(silent, formatReason('RECOVERY_ON_TIMER_EXPIRE'));
    giveUp({ kind: 'refused', sipStatus: 408, reason: silent.detail });
  });
  const onAbort = (): void => cancel({ kind: 'cancelled' }, COMPLETED_ELSEWHERE);
  signal.addEventListener('abort', onAbort, { once: true });
  const loseMedia = (detail: string): void =>
    cancel(failed(503, 'SWITCH_CONGESTION', detail), formatReason('SWITCH_CONGESTION'));
  const forgetRinging = context.legs.addRinging(request.mediaServer, request.callId, () =>
    loseMedia('its media server is gone'),
  );
  watchMedia(context, media, () => loseMedia('FreeSWITCH ended the leg while it rang'));
  if (signal.aborted) onAbort();
  const outcome = await Promise.race([invite.outcome, overdue]);
  stopRing();
  forgetRinging();
  stopSilence();
  stopOverdue();
  signal.removeEventListener('abort', onAbort);
  return toResult(outcome, given, signal);
}

function watchMedia({ drachtio }: TelephonyContext, media: BuyerSide, onBye: () => void): void {
  media.dialog.attach({
    bye: onBye,
    invite: (_request, response) => drachtio.respond(response, 491),
    update: (_request, response) => drachtio.respond(response, 491),
    info: (_request, response) => drachtio.respond(response, 200),
  });
}

function silenceOf(
  context: TelephonyContext,
  { address, terms }: DialRequest,
  onSilent: (silent: Extract<DialOutcome, { kind: 'failed' }>) => void,
): () => void {
  if (address.kind !== 'gateway' || terms === undefined || terms.silentAfterMs === null) return () => undefined;
  const { silentAfterMs, answersOptions } = terms;
  return watchForSilence(context, { gateway: address.gateway, silentAfterMs, answersOptions }, () =>
    onSilent(failed(408, 'RECOVERY_ON_TIMER_EXPIRE', `no sign of life within ${silentAfterMs} ms`)),
  );
}

function toResult(
  outcome: InviteOutcome,
  given: Exclude<DialOutcome, { kind: 'answered' }> | null,
  signal: AbortSignal,
): Accepted | Exclude<DialOutcome, { kind: 'answered' }> {
  switch (outcome.kind) {
    case 'accepted': {
      const refused = given ?? (signal.aborted ? { kind: 'cancelled' as const } : null);
      if (refused === null && outcome.sdp !== null) return outcome;
      outcome.acknowledge(null);
      void outcome.dialog.bye('NORMAL_CLEARING');
      return refused ?? failed(488, 'INCOMPATIBLE_DESTINATION', 'the buyer answered without an SDP that can be used');
    }
    case 'refused':
      return given ?? failed(outcome.sipStatus, causeFromSipStatus(outcome.sipStatus), printable(outcome.reason));
    case 'failed':
      return given ?? failed(503, 'NETWORK_OUT_OF_ORDER', printable(outcome.error.message));
  }
}

async function connectBuyer(
  context: TelephonyContext,
  request: DialRequest,
  media: BuyerSide,
  journal: BuyerJournal,
  accepted: Accepted,
): Promise<DialOutcome> {
  const leg = journal.answered(accepted.dialog, accepted.sdp);
  const hangUp = (cause: HangupCause): void => {
    void Promise.all([accepted.dialog.bye(cause), media.release(cause)])
      .then(() => request.onLeg({ ...leg, state: 'ended' }))
      .catch((error: unknown) => context.log.error({ detail: messageOf(error) }, 'a leg could not be journaled'));
  };
  try {
    await request.onLeg(leg);
  } catch (error) {
    accepted.acknowledge(null);
    hangUp('NORMAL_TEMPORARY_FAILURE');
    throw error;
  }
  accepted.acknowledge(null);
  if (request.signal.aborted) {
    hangUp('NORMAL_CLEARING');
    return { kind: 'cancelled' };
  }
  try {
    const { ready } = await media.connect(accepted.sdp ?? '');
    // Until now its BYE went to the ring, which is over: nobody would hear of it any more.
    if (media.dialog.isOver) throw new Error('FreeSWITCH ended the leg while the buyer answered');
    const mediaLeg = new MediaLeg(context, {
      leg,
      onLeg: request.onLeg,
      far: accepted.dialog,
      media: media.dialog,
      channel: media.channel,
    });
    renewable(mediaLeg, request, ready);
    mediaLeg.note();
    return { kind: 'answered', leg: new AnsweredBuyerLeg(mediaLeg, ready) };
  } catch (error) {
    hangUp('INCOMPATIBLE_DESTINATION');
    return failed(488, 'INCOMPATIBLE_DESTINATION', messageOf(error));
  }
}

/** On another media server he hears again what he had not heard to its end. */
function renewable(leg: MediaLeg, request: DialRequest, ready: Promise<void>): void {
  let said: Parameters<typeof buyerHeaders>[1] = request;
  const forget = (): void => {
    said = NOTHING_SAID;
  };
  ready.then(forget, forget);
  leg.renewal = { user: 'buyer', headers: () => buyerHeaders(request.callId, said, request.mediaTimeoutMs) };
}

function failed(sipStatus: number, cause: HangupCause, detail: string): Extract<DialOutcome, { kind: 'failed' }> {
  return { kind: 'failed', sipStatus, cause, detail };
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, ' ').slice(0, 120);
}

function deferred<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
