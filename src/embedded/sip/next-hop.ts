/**
 * Where a request goes: the topmost Route or the Request-URI (RFC 3261 section 8.1.2), and for host names SRV and address records
 * (RFC 3263 section 4.2, without NAPTR). IP literals need no waiting.
 */
import { lookup, resolveSrv } from 'node:dns/promises';
import { isIP } from 'node:net';
import { parseNameAddr } from './name-addr.js';
import type { SipTarget, SipTransportName } from './sip-endpoint.js';
import type { SipRequest } from './sip-message.js';
import { parseSipUri } from './sip-uri.js';

export type NextHop =
  | { readonly kind: 'address'; readonly target: SipTarget }
  | {
      readonly kind: 'name';
      readonly host: string;
      readonly port: number;
      readonly transport: SipTransportName | undefined;
    }
  /** No SIP URI, or a transport that we do not speak (`sips`, `transport=tls`). */
  | { readonly kind: 'unreachable'; readonly reason: string };

const DEFAULT_PORT = 5_060;

export function nextHopOf(request: SipRequest): NextHop {
  const route = request.headers.list('Route')[0];
  return nextHopOfUri(request.nextHopUri ?? (route === undefined ? request.uri : (parseNameAddr(route)?.uri ?? route)));
}

export function nextHopOfUri(text: string): NextHop {
  const uri = parseSipUri(text);
  if (uri === undefined) return { kind: 'unreachable', reason: 'not a SIP URI' };
  const wanted = uri.params.get('transport')?.toLowerCase();
  if (uri.scheme === 'sips' || (wanted !== undefined && wanted !== 'udp' && wanted !== 'tcp')) {
    return { kind: 'unreachable', reason: 'requested protocol/transport not available' };
  }
  // Section 18.1.1 with maddr (19.1.1): the address to send to, the host stays what it is.
  const host = uri.params.get('maddr') ?? uri.host;
  if (isIP(host) === 0) return { kind: 'name', host, port: uri.port, transport: wanted };
  return { kind: 'address', target: { transport: wanted ?? 'udp', address: host, port: uri.port || DEFAULT_PORT } };
}

/** Rejects when the name has no address. A port in the URI leaves SRV out (RFC 3263 section 4.2). */
export async function resolveName(hop: NextHop & { readonly kind: 'name' }): Promise<SipTarget> {
  const transport = hop.transport ?? 'udp';
  if (hop.port === 0 && hop.host !== 'localhost') {
    const records = await resolveSrv(`_sip._${transport}.${hop.host}`).catch(() => []);
    const best = records.sort((left, right) => left.priority - right.priority || right.weight - left.weight)[0];
    if (best !== undefined) return { transport, address: (await lookup(best.name)).address, port: best.port };
  }
  return { transport, address: (await lookup(hop.host)).address, port: hop.port || DEFAULT_PORT };
}
