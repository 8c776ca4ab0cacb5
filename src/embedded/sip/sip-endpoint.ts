/** Where SIP messages come from and go to: listeners, targets, sources and what was put on the wire. */

export type SipTransportName = 'udp' | 'tcp';

/** An address that the stack listens on. Port 0 takes a free one. */
export interface SipListener {
  readonly transport: SipTransportName;
  /** An IP literal; `0.0.0.0` listens on all addresses, then Via and Contact carry the address of the route. */
  readonly address: string;
  readonly port: number;
  /** What to write into Via and Contact instead of the bound address (a public address behind a static NAT). */
  readonly advertisedAddress?: string;
}

/** The next hop of a message. */
export interface SipTarget {
  readonly transport: SipTransportName;
  /** An IP literal. */
  readonly address: string;
  readonly port: number;
}

/** Where a message came from and where it was received. */
export interface SipSource extends SipTarget {
  readonly localAddress: string;
  readonly localPort: number;
  /** The TCP connection it came over; responses go back over the same one (RFC 3261 section 18.2.2). */
  readonly connectionId?: number;
  /** The listener it arrived at, as an index into the stack's addresses. */
  readonly listener?: number;
}

/** A message as it was put on the wire. */
export interface SentMessage {
  readonly bytes: Buffer;
  readonly transport: SipTransportName;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}
