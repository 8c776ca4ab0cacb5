/**
 * Via values (RFC 3261 section 20.42, `received` of 18.2.1, `rport` of RFC 3581). The stack reads the topmost of every message
 * and writes one on every request; it never touches the ones below.
 */
import { parseParams } from './name-addr.js';
import { formatHost, parseHostPort } from './sip-uri.js';

export interface Via {
  /** Upper case, as `UDP`. */
  readonly transport: string;
  readonly host: string;
  /** 0 when absent. */
  readonly port: number;
  readonly params: ReadonlyMap<string, string>;
}

/** Blanks may stand around each slash and colon (section 7.3.1); the protocol must be SIP; of what version, the start line decides. */
export function parseVia(value: string): Via | undefined {
  const firstSlash = value.indexOf('/');
  const secondSlash = value.indexOf('/', firstSlash + 1);
  if (firstSlash < 0 || secondSlash < 0) return undefined;
  if (value.slice(0, firstSlash).trim().toUpperCase() !== 'SIP') return undefined;
  if (!/^\d\.\d$/.test(value.slice(firstSlash + 1, secondSlash).trim())) return undefined;
  const semicolon = value.indexOf(';', secondSlash);
  const rest = value.slice(secondSlash + 1, semicolon < 0 ? value.length : semicolon).trim();
  const blank = rest.search(/[ \t]/);
  if (blank < 1) return undefined;
  const transport = rest.slice(0, blank);
  if (!isTransportToken(transport)) return undefined;
  const sentBy = parseHostPort(rest.slice(blank).replace(/[ \t]/g, ''));
  if (sentBy === undefined) return undefined;
  return { transport: transport.toUpperCase(), ...sentBy, params: parseParams(value, semicolon) };
}

function isTransportToken(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char <= 0x20 || char >= 0x7f || char === 0x2c || char === 0x2f) return false;
  }
  return text !== '';
}

/**
 * The topmost Via value with `received` and a filled-in `rport`, as section 18.2.1 and RFC 3581 section 4 want it from a server; like the
 * real servers' stack it leaves `received` out where it would repeat the host. What the client had set of the two is overwritten.
 */
export function stampVia(value: string, via: Via, address: string, port: number): string {
  const wantsRport = via.params.has('rport');
  if (!wantsRport && via.host === address && !via.params.has('received')) return value;
  const params = [...via.params]
    .filter(([name]) => name !== 'received')
    .map(([name, text]) => {
      if (name === 'rport') return `;rport=${port}`;
      return text === '' ? `;${name}` : `;${name}=${text}`;
    });
  const sentBy = via.port === 0 ? formatHost(via.host) : `${formatHost(via.host)}:${via.port}`;
  const received = via.host === address ? '' : `;received=${address}`;
  return `SIP/2.0/${via.transport} ${sentBy}${params.join('')}${received}`;
}
