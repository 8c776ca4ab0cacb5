/**
 * Everything that a session sends as RTP: its own frames, relayed packets of the other leg and telephone events, as one
 * continuous stream. Called by the session for each tick and each relayed packet; it allocates nothing per packet.
 */

import { randomBytes } from 'node:crypto';
import { encodeG711, transcodeG711 } from './g711.js';
import type { G711PayloadType, RemoteMedia } from './media-port.js';
import { OutgoingStream } from './outgoing-stream.js';
import { RTP_HEADER_BYTES, type RtpHeader, writeRtpHeader } from './rtp-packet.js';
import { MAX_PACKET_BYTES, type RtpTransport } from './rtp-transport.js';
import type { SourceLatch } from './source-latch.js';
import { DtmfSender, END_PACKETS } from './telephone-event.js';

const MAX_PAYLOAD_BYTES = MAX_PACKET_BYTES - RTP_HEADER_BYTES;

/** Hears of every packet that left; audio only is recorded. */
export type SentListener = (packet: Buffer, payloadBytes: number, isAudio: boolean, nowMs: number) => void;

export class RtpSender {
  readonly stream: OutgoingStream;
  readonly dtmf = new DtmfSender();
  readonly #transport: RtpTransport;
  readonly #latch: SourceLatch;
  readonly #onSent: SentListener;
  #remote: RemoteMedia | null = null;
  #canSend = false;
  /** Frames that wait to fill a packet, when the peer's packet time is not 20 ms. */
  readonly #pending = Buffer.alloc(MAX_PAYLOAD_BYTES);
  #pendingBytes = 0;
  #packetBytes = 160;

  constructor(transport: RtpTransport, latch: SourceLatch, onSent: SentListener, nowMs: number) {
    this.#transport = transport;
    this.#latch = latch;
    this.#onSent = onSent;
    // Random starts (RFC 3550 section 5.1), so that a stream cannot be guessed.
    const random = randomBytes(10);
    this.stream = new OutgoingStream(random.readUInt32BE(0), random.readUInt16BE(4), random.readUInt32BE(6), nowMs);
  }

  setRemote(remote: RemoteMedia): void {
    this.#remote = remote;
    this.#canSend = remote.send && remote.port > 0 && this.#transport.reaches(remote.address) && !isAny(remote.address);
    this.#packetBytes = Math.min(Math.max(Math.round(remote.ptimeMs / 10), 1) * 80, 1440);
    this.#pendingBytes = 0;
    // What came while the leg was on hold must not look like loss when it resumes.
    if (!this.#canSend) this.stream.interrupt();
    if (remote.telephoneEventPayloadType === null) this.dtmf.clear();
  }

  /** Queues digits; a peer that did not offer telephone events gets none. */
  queueDtmf(digits: string, durationMs: number): void {
    if (this.#remote !== null && this.#remote.telephoneEventPayloadType !== null) this.dtmf.push(digits, durationMs);
  }

  /** Sends the event packet of this tick, if one is due; true means that the tick has no room for audio. */
  sendEvent(dueMs: number): boolean {
    const payloadType = this.#remote?.telephoneEventPayloadType;
    if (payloadType == null || !this.#canSend || !this.dtmf.next(20)) return false;
    this.#pendingBytes = 0;
    const { isFirst, isEnd } = this.dtmf.packet;
    const durationSamples = ((this.dtmf.payload[2] ?? 0) << 8) | (this.dtmf.payload[3] ?? 0);
    for (let copy = 0; copy < (isEnd ? END_PACKETS : 1); copy += 1) {
      const packet = this.#transport.buffer();
      this.stream.event(dueMs, isFirst && copy === 0, durationSamples);
      packet.set(this.dtmf.payload, RTP_HEADER_BYTES);
      this.#send(packet, payloadType, 4, false, dueMs);
    }
    return true;
  }

  /** Forgets what an earlier play left unsent, less than a packet. */
  startFrames(): void {
    this.#pendingBytes = 0;
  }

  /** Sends a frame of our own, due at `dueMs`; held back until it fills a packet of the peer's packet time. */
  sendFrame(samples: Int16Array, count: number, dueMs: number): void {
    if (this.#remote === null || !this.#canSend) return;
    const payloadType = this.#remote.payloadType;
    encodeG711(payloadType, samples, 0, count, this.#pending, this.#pendingBytes);
    this.#pendingBytes += count;
    for (let from = 0; this.#pendingBytes >= this.#packetBytes; from += this.#packetBytes) {
      // The packet's first sample was due before this tick by what of earlier frames is in it.
      this.stream.own(dueMs + (count - this.#pendingBytes) / 8, this.#packetBytes);
      const packet = this.#transport.buffer();
      this.#pending.copy(packet, RTP_HEADER_BYTES, from, from + this.#packetBytes);
      this.#pendingBytes -= this.#packetBytes;
      if (this.#pendingBytes < this.#packetBytes) {
        this.#pending.copyWithin(0, from + this.#packetBytes, from + this.#packetBytes + this.#pendingBytes);
      }
      this.#send(packet, payloadType, this.#packetBytes, true, dueMs);
    }
  }

  /** Sends on a packet that the other leg received, at once and in its own packet time. */
  relay(datagram: Buffer, header: RtpHeader, payloadType: G711PayloadType, nowMs: number): void {
    const remote = this.#remote;
    if (remote === null || !this.#canSend || this.dtmf.isSending() || header.payloadBytes > MAX_PAYLOAD_BYTES) return;
    const { ssrc, sequence, timestamp, payloadStart, payloadBytes } = header;
    if (!this.stream.relay(ssrc, sequence, timestamp, payloadBytes, nowMs)) return;
    const packet = this.#transport.buffer();
    const to = RTP_HEADER_BYTES;
    if (payloadType === remote.payloadType) datagram.copy(packet, to, payloadStart, payloadStart + payloadBytes);
    else transcodeG711(payloadType, remote.payloadType, datagram, payloadStart, payloadBytes, packet, to);
    this.#send(packet, remote.payloadType, payloadBytes, true, nowMs);
  }

  #send(packet: Buffer, payloadType: number, payloadBytes: number, isAudio: boolean, nowMs: number): void {
    const stream = this.stream;
    writeRtpHeader(packet, payloadType, stream.marker, stream.sequence, stream.timestamp, stream.ssrc);
    // Whoever records or listens gets it as it is; only the far end hears what is spoken into it.
    this.#onSent(packet, payloadBytes, isAudio, nowMs);
    this.#transport.sendRtp(RTP_HEADER_BYTES + payloadBytes, this.#latch.port, this.#latch.address);
  }
}

/** `c=IN IP4 0.0.0.0` is the old way to say hold (RFC 3264 section 8.4). */
function isAny(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}
