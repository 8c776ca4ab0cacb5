/**
 * The line that stands before each SIP message on the control connection: which way it went, how long it is, by which transport, from
 * or to whom, and when.
 */
import type { SentMessage, SipSource } from '../sip/sip-endpoint.js';

/** `network|512|udp|10.0.0.1|5060|18:05:59.123456` */
export function networkMeta(bytes: number, source: SipSource): string {
  return `network|${bytes}|${source.transport}|${source.address}|${source.port}|${timeOfDay()}`;
}

/** A request that we sent: drachtio names the local side of its transport. */
export function sentRequestMeta(sent: SentMessage): string {
  const { transport, localAddress, localPort, remoteAddress, remotePort } = sent;
  const [address, port] = transport === 'udp' ? [localAddress, localPort] : [remoteAddress, remotePort];
  return `application|${sent.bytes.length}|${transport}|${address}|${port}|${timeOfDay()}`;
}

/** A response that we sent: drachtio names the peer. */
export function sentResponseMeta(sent: SentMessage): string {
  const { transport, remoteAddress, remotePort } = sent;
  return `application|${sent.bytes.length}|${transport}|${remoteAddress}|${remotePort}|${timeOfDay()}`;
}

/** Hours to microseconds, UTC. */
function timeOfDay(): string {
  const now = performance.timeOrigin + performance.now();
  const iso = new Date(now).toISOString();
  const micros = String(Math.floor((now % 1) * 1_000)).padStart(3, '0');
  return `${iso.slice(11, 23)}${micros}`;
}
