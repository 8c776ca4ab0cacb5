/** What an INVITE says about its call. Every value is what a stranger wrote: cut to a length here, judged elsewhere. */
import type { SrfRequest } from 'drachtio-srf';
import type { InviteFacts } from '../../../application/ports/invite-facts.js';
import { ATTESTATION_HEADERS, type AttestationHeader } from '../../../domain/trunks/trunk.js';
import { readNameAddr, userOf } from './name-addr.js';
import { bodyOf } from './session-description.js';

const MAX_USER_LENGTH = 128;
const MAX_NAME_LENGTH = 128;
const MAX_VERDICT_LENGTH = 64;

/** Null when it is no INVITE that could be answered: RFC 3261 section 8.1.1 asks for these headers. */
export function readInviteFacts(request: SrfRequest): InviteFacts | null {
  const sipCallId = request.get('call-id') ?? '';
  const from = readNameAddr(request.get('from'));
  if (sipCallId === '' || from === null || readNameAddr(request.get('contact')) === null) return null;
  const assertedHeader = request.get('p-asserted-identity');
  const asserted = readNameAddr(assertedHeader);
  const callerUser = userOf(asserted?.uri ?? '') || userOf(from.uri);
  return {
    sipCallId,
    sourceAddress: request.source_address,
    sourcePort: request.source_port,
    transport: request.protocol === 'tcp' || request.protocol === 'tls' ? request.protocol : 'udp',
    calledUser: userOf(request.uri).slice(0, MAX_USER_LENGTH),
    callerUser: callerUser.slice(0, MAX_USER_LENGTH),
    callerName: (asserted?.displayName ?? from.displayName)?.slice(0, MAX_NAME_LENGTH) ?? null,
    // Carriers put it into the user part, among the URI's parameters or behind the bracket (ATIS-1000082 leaves it open).
    verstat:
      /;\s*verstat\s*=\s*"?([A-Za-z0-9-]{1,64})/i.exec(`${assertedHeader ?? ''} ${request.get('from') ?? ''}`)?.[1] ??
      null,
    attestations: attestationsOf(request),
    isPrivate: isPrivate(request, from.uri),
    hasOffer: bodyOf(request) !== null,
  };
}

function attestationsOf(request: SrfRequest): Partial<Record<AttestationHeader, string>> {
  const found = ATTESTATION_HEADERS.map((name) => [name, request.get(name)?.slice(0, MAX_VERDICT_LENGTH)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

/** RFC 3323 section 4.2 and RFC 3325 section 9.3: `header` and `session` hide other things; a From of `anonymous` says it too. */
function isPrivate(request: SrfRequest, fromUri: string): boolean {
  const asked = (request.get('privacy') ?? '').toLowerCase().split(/[;,\s]+/);
  return asked.includes('id') || asked.includes('user') || /^sips?:(?:anonymous|restricted)@/i.test(fromUri);
}

/**
 * False for a Contact that is no sip or sips URI with a host: drachtio 0.9.10 dies of any answer to such an INVITE, because it builds
 * the dialog from that URI. Left unanswered it is forgotten there after 64 s.
 */
export function mayBeAnswered(request: SrfRequest): boolean {
  const contact = readNameAddr(request.get('contact'));
  return contact === null || /^sips?:(?:[^@]*@)?[^@\s;?:]/i.test(contact.uri);
}
