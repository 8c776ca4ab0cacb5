/** The request line and the identity headers of an INVITE to a buyer. Whatever comes from a caller is made harmless here. */
import type { DialRequest } from '../../application/ports/telephony.js';
import { parseSipUri } from '../../domain/sip-uri.js';

const NUMBER_FORM = /^\+?[0-9A-Za-z._*#-]{1,64}$/;

/** Null when it is no address that we would dial. */
export function requestUriOf(request: DialRequest): string | null {
  const { address } = request;
  if (address.kind === 'uri') return parseSipUri(address.uri) === null ? null : address.uri;
  const { host, port, transport } = address.gateway;
  if (!NUMBER_FORM.test(address.number) || !/^[A-Za-z0-9.:-]{1,253}$/.test(host)) return null;
  const literal = host.includes(':') ? `[${host}]` : host;
  const parameter = transport === 'udp' ? '' : `;transport=${transport}`;
  return `sip:${address.number.replace(/#/g, '%23')}@${literal}:${port}${parameter}`;
}

/** `localAddress` is what the far end sees of us, host:port. */
export function identityHeaders(request: DialRequest, localAddress: string): Record<string, string> {
  const user = NUMBER_FORM.test(request.fromUser) ? request.fromUser : 'anonymous';
  const name = request.fromName === null ? '' : quotedName(request.fromName);
  const headers: Record<string, string> = { From: `${name}<sip:${user.replace(/#/g, '%23')}@${localAddress}>` };
  if (request.assertedIdentity !== null && NUMBER_FORM.test(request.assertedIdentity)) {
    // RFC 3325.
    headers['P-Asserted-Identity'] = `<sip:${request.assertedIdentity}@${localAddress}>`;
  }
  if (request.diversion !== null && NUMBER_FORM.test(request.diversion)) {
    // RFC 5806.
    headers.Diversion = `<sip:${request.diversion}@${localAddress}>;reason=unconditional`;
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
