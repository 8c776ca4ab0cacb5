/**
 * Symmetric RTP (RFC 4961) with a lock: decides from which address a session accepts packets, and where it sends to. The
 * session asks it for every datagram that is valid RTP.
 *
 * States: open, learned, locked. open -> locked on the first packet from the SDP's own address. open -> learned on the
 * first packet from any other (a peer behind NAT). learned -> locked when the SDP's address speaks after all. Nothing
 * else moves it, so packets of a third party are ignored; only a new address in SDP (`expect`) opens it again.
 */
export class SourceLatch {
  /** Where to send to: the source when one is known, else what the SDP said. Port 0 means nowhere yet. */
  address = '';
  port = 0;
  #sdpAddress = '';
  #sdpPort = 0;
  #state: 'open' | 'learned' | 'locked' = 'open';

  /** Takes the peer's address from SDP. The same address again (a refresh, a hold) keeps what was learned. */
  expect(address: string, port: number): void {
    if (address === this.#sdpAddress && port === this.#sdpPort) return;
    this.#sdpAddress = address;
    this.#sdpPort = port;
    this.address = address;
    this.port = port;
    this.#state = 'open';
  }

  /** Whether a packet from this source is the peer's; learns it when the source is still open. */
  accepts(address: string, port: number): boolean {
    if (this.#state !== 'open' && port === this.port && address === this.address) return true;
    if (this.#state === 'locked') return false;
    const isFromSdp = port === this.#sdpPort && address === this.#sdpAddress;
    if (!isFromSdp && this.#state === 'learned') return false;
    this.address = address;
    this.port = port;
    this.#state = isFromSdp ? 'locked' : 'learned';
    return true;
  }
}
