/** The request line and the identity headers of an INVITE to a buyer. Whatever comes from a caller is made harmless here. */
import type { DialRequest } from '../../../application/ports/telephony.js';
import { parseSipUri } from '../../../domain/trunks/sip-uri.js';
import { gatewayUri } from '../drachtio/options-probe.js';

const NUMBER_FORM = /^\+?[0-9A-Za-z._*#-]{1,64}$/;

/** Ids of calls, as we make them. */
const ID_FORM = /^[A-Za-z0-9_-]{1,64}$/;

const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>';

/** Null when it is no address that we would dial. */
export function requestUriOf(request: DialRequest): string | null {
  const { address } = request;
  if (address.kind === 'uri') return parseSipUri(address.uri) === null ? null : address.uri;
  if (!NUMBER_FORM.test(address.number)) return null;
  return gatewayUri(address.gateway, address.number.replace(/#/g, '%23'));
}

/** `localAddress` is what the far end sees of us, host:port. */
export function identityHeaders(request: DialRequest, localAddress: string): Record<string, string> {
  const user = NUMBER_FORM.test(request.fromUser) ? request.fromUser : 'anonymous';
  const name = request.fromName === null ? '' : quotedName(request.fromName);
  const isPrivate = request.isPrivate === true;
  // RFC 3323 section 4.1.1.3.
  const from = isPrivate ? ANONYMOUS : `${name}<sip:${user.replace(/#/g, '%23')}@${localAddress}>`;
  const headers: Record<string, string> = { From: from };
  // So that a buyer's record of the call can be laid beside ours.
  if (ID_FORM.test(request.callId)) headers['X-Call-Id'] = request.callId;
  if (isPrivate) headers.Privacy = 'id';
  if (request.assertedIdentity !== null && NUMBER_FORM.test(request.assertedIdentity)) {
    // RFC 3325.
    headers['P-Asserted-Identity'] = `<sip:${request.assertedIdentity}@${localAddress}>`;
  }
  if (request.diversion !== null && NUMBER_FORM.test(request.diversion)) {
    // RFC 5806.
    headers.Diversion = `<sip:${request.diversion}@${localAddress}>;reason=unconditional`;
  }
  const { sessionTimer = null } = request.terms ?? {};
  if (sessionTimer !== null) {
    // RFC 4028 section 7.1; drachtio keeps the timer that the answer agrees to.
    headers['Session-Expires'] = `${sessionTimer.expiresSeconds};refresher=${sessionTimer.refresher}`;
    headers['Min-SE'] = '90';
    headers.Supported = 'timer';
  }
  return headers;
}

/** RFC 3261 section 25.1 quoted-string, without what a log or a display could take for something else. */
function quotedName(name: string): string {
  const plain = name
    .replace(/[^\x20-\x7e]/g, ' ')
    .replace(/["\\<>]/g, ' ')
    .trim()
    .slice(0, 64);
  return plain === '' ? '' : `"${plain}" `;
}
