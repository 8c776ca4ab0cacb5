/**
 * SIP URIs as destinations of buyers (RFC 3261 section 19.1): only the part that we dial. Headers after `?` and schemes
 * other than sip and sips are refused, since they would let a bidder write our requests.
 */
export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  readonly user: string | null;
  readonly host: string;
  readonly port: number | null;
  readonly transport: 'udp' | 'tcp' | 'tls' | null;
}

const FORM =
  /^(sips?):(?:([A-Za-z0-9\-_.!~*'()&=+$,;?/%#]{1,128})@)?(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::(\d{1,5}))?((?:;[A-Za-z0-9\-_.!~*'+%]{1,64}(?:=[A-Za-z0-9\-_.!~*'+%[\]:]{1,128})?){0,8})$/i;

/** Null when it is not a SIP URI that we would dial. */
export function parseSipUri(text: string): SipUri | null {
  if (text.length > 512) return null;
  const match = FORM.exec(text);
  if (match === null) return null;
  const port = match[4] === undefined ? null : Number(match[4]);
  if (port !== null && (port < 1 || port > 65_535)) return null;
  const transport = /;transport=([a-z]+)/i.exec(match[5] ?? '')?.[1]?.toLowerCase() ?? null;
  if (transport !== null && transport !== 'udp' && transport !== 'tcp' && transport !== 'tls') return null;
  return {
    scheme: match[1]?.toLowerCase() === 'sips' ? 'sips' : 'sip',
    user: match[2] ?? null,
    host: match[3] ?? '',
    port,
    transport,
  };
}
