/** What a dialog is known by (RFC 3261 section 12), read from the messages that made it or from the journal. */
import type { SipMessage } from 'drachtio-srf';
import type { Leg, MediaDialog } from '../../../domain/calls/leg.js';
import { readNameAddr, splitValues } from './name-addr.js';

export interface DialogFacts {
  readonly callId: string;
  readonly localTag: string | null;
  readonly remoteTag: string | null;
  readonly localUri: string;
  readonly remoteUri: string;
  readonly remoteContact: string | null;
  /** In the order in which Route headers are sent (RFC 3261 section 12.1). */
  readonly routeSet: readonly string[];
  readonly localCseq: number;
}

/** What is known of the dialog of an INVITE that we sent, before it is answered. */
export function factsOfInvite(request: SipMessage): DialogFacts {
  const from = readNameAddr(request.get('from'));
  return {
    callId: request.get('call-id') ?? '',
    localTag: from?.parameters.get('tag') ?? null,
    remoteTag: null,
    localUri: from?.uri ?? '',
    remoteUri: readNameAddr(request.get('to'))?.uri ?? '',
    remoteContact: null,
    routeSet: [],
    localCseq: cseqOf(request),
  };
}

/** The dialog of an INVITE that we sent, from the 2xx to it. */
export function factsOfUac(request: SipMessage, response: SipMessage): DialogFacts {
  const from = readNameAddr(request.get('from'));
  const to = readNameAddr(response.get('to'));
  return {
    callId: request.get('call-id') ?? '',
    localTag: from?.parameters.get('tag') ?? null,
    remoteTag: to?.parameters.get('tag') ?? null,
    localUri: from?.uri ?? '',
    remoteUri: to?.uri ?? '',
    remoteContact: readNameAddr(response.get('contact'))?.uri ?? null,
    routeSet: splitValues(response.get('record-route')).reverse(),
    localCseq: cseqOf(request),
  };
}

/** The dialog of an INVITE that we answer with `localTag`. */
export function factsOfUas(request: SipMessage, localTag: string): DialogFacts {
  const from = readNameAddr(request.get('from'));
  return {
    callId: request.get('call-id') ?? '',
    localTag,
    remoteTag: from?.parameters.get('tag') ?? null,
    localUri: readNameAddr(request.get('to'))?.uri ?? '',
    remoteUri: from?.uri ?? '',
    remoteContact: readNameAddr(request.get('contact'))?.uri ?? null,
    routeSet: splitValues(request.get('record-route')),
    // drachtio counts its own requests on from the caller's (RFC 3261 would let it begin anywhere).
    localCseq: cseqOf(request),
  };
}

/** 0 when there is none. */
export function cseqOf(message: SipMessage): number {
  return Number.parseInt(message.get('cseq') ?? '0', 10) || 0;
}

/** The dialog with the far end. Null when the journal was written before the dialog was complete. */
export function factsOfLeg(leg: Leg): DialogFacts | null {
  const { sipCallId: callId, localTag, remoteTag, localUri, remoteUri, remoteContact, routeSet, localCseq } = leg;
  if (localTag === null || remoteTag === null) return null;
  return { callId, localTag, remoteTag, localUri, remoteUri, remoteContact, routeSet, localCseq };
}

/** The dialog with FreeSWITCH. */
export function factsOfMedia({ dialogId: _id, sipCallId: callId, ...facts }: MediaDialog): DialogFacts {
  return { callId, ...facts };
}

/** Of a Retry-After; null when it is not there. */
export function secondsOf(retryAfter: string | undefined): number | null {
  const seconds = Number.parseInt(retryAfter ?? '', 10);
  return Number.isNaN(seconds) ? null : seconds;
}
