/**
 * One media session inside a worker: a pair of ports, the peer's packets, what is played, recorded and bridged. Commands,
 * datagrams and ticks come in; packets and events go out. It knows no other thread and no SIP.
 *
 * States: open -> closed. Without a remote it plays into the void and ignores what it receives.
 */

import { systemClock } from './media-clock.js';
import { MediaError } from './media-errors.js';
import type { MediaEvent, MediaStats, PlayEnd, PlayRequest, RemoteMedia } from './media-port.js';
import type { SampleSource } from './play-source.js';
import { Player } from './player.js';
import { ReceptionStatistics } from './reception-statistics.js';
import { RtcpReporter } from './rtcp-reporter.js';
import { emptyRtpHeader, parseRtp, RTP_HEADER_BYTES, type RtpHeader } from './rtp-packet.js';
import { RtpSender } from './rtp-sender.js';
import { type DatagramSource, MAX_PACKET_BYTES, type RtpTransport, type TransportListener } from './rtp-transport.js';
import { SessionRecordings } from './session-recordings.js';
import { SourceLatch } from './source-latch.js';
import type { Tap } from './tap.js';
import { DtmfReceiver, type ReceivedDigit } from './telephone-event.js';

const FRAME_SAMPLES = 160;

/** RFC 3389: the peer is silent but there. */
const COMFORT_NOISE = 13;

/** All sessions of a worker run one after the other, so they share what is used up within a call. */
const header: RtpHeader = emptyRtpHeader();
const frame = new Int16Array(FRAME_SAMPLES);

/** What a session relays to: the session it is bridged with. */
export interface RelayPeer {
  relay(datagram: Buffer, header: RtpHeader, payloadType: RemoteMedia['payloadType'], nowMs: number): void;
  /** A packet of the relayed stream is not passed on, and is no loss. */
  withhold(ssrc: number, sequence: number): void;
  relayDigit(digit: string, durationMs: number): void;
  interrupt(): void;
}

export class RtpSession implements RelayPeer, TransportListener {
  readonly id: string;
  /** Stands for the id in memory shared between threads. */
  readonly number: number;
  /** Of the clock. */
  readonly phase: number;
  /** Datagrams that were no RTP of this session's peer, by why. */
  readonly #ignored = { malformed: 0, payloadType: 0, source: 0, noRemote: 0 };
  readonly #transport: RtpTransport;
  readonly #emit: (event: MediaEvent) => void;
  readonly #onFault: (session: RtpSession, error: unknown) => void;
  readonly #latch = new SourceLatch();
  readonly #statistics = new ReceptionStatistics();
  readonly #dtmfReceiver = new DtmfReceiver();
  readonly #sender: RtpSender;
  readonly #rtcp: RtcpReporter;
  readonly recordings: SessionRecordings;
  #remote: RemoteMedia | null = null;
  #player: Player | null = null;
  #peer: RelayPeer | null = null;
  /** Who listens to this session. */
  readonly #taps = new Set<Tap>();
  /** How this session listens to another. */
  #ear: Tap | null = null;
  #mediaTimeoutMs = 0;
  #lastReceivedMs: number;
  #isTimedOut = false;
  #isClosed = false;

  constructor(
    { id, number, phase }: { readonly id: string; readonly number: number; readonly phase: number },
    transport: RtpTransport,
    emit: (event: MediaEvent) => void,
    onFault: (session: RtpSession, error: unknown) => void,
  ) {
    this.id = id;
    this.number = number;
    this.phase = phase;
    this.#transport = transport;
    this.#emit = emit;
    this.#onFault = onFault;
    this.recordings = new SessionRecordings((end) => emit({ type: 'record-end', sessionId: id, end }));
    const nowMs = systemClock.now();
    this.#lastReceivedMs = nowMs;
    this.#sender = new RtpSender(transport, this.#latch, this.#onSent.bind(this), nowMs);
    this.#rtcp = new RtcpReporter(transport, this.#sender.stream, this.#statistics, id, nowMs);
    transport.listen(this);
  }

  /** Throws a MediaError when no packet can be sent to such an address. */
  setRemote(remote: RemoteMedia): void {
    if (!this.#transport.reaches(remote.address)) {
      throw new MediaError(`${remote.address} is not an IP address that this session can reach`);
    }
    const expectedBefore = this.#remote?.receive ?? false;
    this.#remote = remote;
    this.#latch.expect(remote.address, remote.port);
    this.#sender.setRemote(remote);
    // The time-out begins anew when the peer is told that it may speak.
    if (remote.receive && !expectedBefore) this.#lastReceivedMs = systemClock.now();
  }

  setMediaTimeout(timeoutMs: number): void {
    this.#mediaTimeoutMs = timeoutMs;
    this.#lastReceivedMs = systemClock.now();
    this.#isTimedOut = false;
  }

  play(playId: number, request: PlayRequest, source: SampleSource): void {
    this.#endPlay('stopped');
    this.#sender.startFrames();
    // The other leg is not relayed to meanwhile; what it missed must not look like loss.
    this.#peer?.interrupt();
    this.#player = new Player(playId, source, request.plays);
  }

  /** `tap` is the other session's, which this one plays from now on. */
  listen(playId: number, request: PlayRequest, tap: Tap): void {
    this.play(playId, request, tap);
    this.#ear = tap;
  }

  addTap(tap: Tap): void {
    this.#taps.add(tap);
  }

  removeTap(tap: Tap): void {
    this.#taps.delete(tap);
  }

  stopPlay(): void {
    this.#endPlay('stopped');
  }

  sendDtmf(digits: string, durationMs: number): void {
    this.#sender.queueDtmf(digits, durationMs);
  }

  /** Relays to `peer` from now on; null ends it. */
  setPeer(peer: RelayPeer | null): void {
    this.#peer?.interrupt();
    this.#peer = peer;
  }

  stats(): MediaStats {
    return {
      packetsSent: this.#rtcp.packetsSent,
      packetsReceived: this.#statistics.received,
      packetsLost: this.#statistics.lost(),
      packetsLate: this.#statistics.late,
      packetsIgnored: Object.values(this.#ignored).reduce((sum, count) => sum + count, 0),
      jitterMs: this.#statistics.jitterSamples / 8,
    };
  }

  /** Settles when both ports are free; `recordings.ended` tells when the files are complete too. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const nowMs = systemClock.now();
    this.#endPlay('stopped');
    for (const tap of [...this.#taps]) tap.close();
    this.recordings.close(nowMs);
    this.#rtcp.bye(nowMs, this.#latch.address, this.#latch.port);
    await this.#transport.close();
  }

  /** One tick of 20 ms. A late tick moves everything on and sends nothing. */
  tick(dueMs: number, isLate: boolean): void {
    const lostEnd = this.#dtmfReceiver.expire(dueMs);
    if (lostEnd !== null) this.#onDigit(lostEnd);
    const hasEvent = !isLate && this.#sender.dtmf.isBusy() && this.#sender.sendEvent(dueMs);
    if (this.#player !== null) this.#playFrame(this.#player, dueMs, !isLate && !hasEvent);
    this.recordings.tick(dueMs);
    if (this.#remote === null) return;
    this.#rtcp.tick(dueMs, this.#latch.address, this.#latch.port);
    if (this.#mediaTimeoutMs > 0 && this.#remote.receive && !this.#isTimedOut) {
      this.#isTimedOut = dueMs - this.#lastReceivedMs >= this.#mediaTimeoutMs;
      if (this.#isTimedOut) this.#emit({ type: 'media-timeout', sessionId: this.id });
    }
  }

  onRtp(datagram: Buffer, source: DatagramSource): void {
    const remote = this.#remote;
    if (remote === null) this.#ignored.noRemote += 1;
    else if (datagram.length > MAX_PACKET_BYTES || !parseRtp(datagram, header)) this.#ignored.malformed += 1;
    else if (!isExpected(header.payloadType, remote)) this.#ignored.payloadType += 1;
    else if (!this.#latch.accepts(source.address, source.port)) this.#ignored.source += 1;
    else this.#onPacket(datagram, remote);
  }

  onRtcp(datagram: Buffer, source: DatagramSource): void {
    this.#rtcp.take(datagram, source, this.#latch.address, systemClock.now());
  }

  onFault(error: unknown): void {
    this.#onFault(this, error);
  }

  relay(datagram: Buffer, relayed: RtpHeader, payloadType: RemoteMedia['payloadType'], nowMs: number): void {
    // What is played takes the place of the bridge, as with FreeSWITCH's uuid_broadcast.
    if (this.#player === null) this.#sender.relay(datagram, relayed, payloadType, nowMs);
  }

  withhold(ssrc: number, sequence: number): void {
    this.#sender.stream.withhold(ssrc, sequence);
  }

  relayDigit(digit: string, durationMs: number): void {
    if (this.#player === null) this.#sender.queueDtmf(digit, durationMs);
  }

  interrupt(): void {
    this.#sender.stream.interrupt();
  }

  #onPacket(datagram: Buffer, remote: RemoteMedia): void {
    const nowMs = systemClock.now();
    const { ssrc, sequence, timestamp, payloadStart, payloadBytes, payloadType } = header;
    this.#lastReceivedMs = nowMs;
    this.#isTimedOut = false;
    if (ssrc !== this.#statistics.ssrc) this.#dtmfReceiver.reset();
    this.#statistics.take(ssrc, sequence, timestamp, nowMs, payloadType === remote.payloadType);
    if (payloadType !== remote.payloadType) {
      this.#peer?.withhold(ssrc, sequence);
      if (payloadType === COMFORT_NOISE) return;
      const digit = this.#dtmfReceiver.take(datagram, payloadStart, payloadBytes, timestamp, nowMs);
      if (digit !== null) this.#onDigit(digit);
      return;
    }
    if (payloadBytes === 0) return;
    this.#ear?.speak(payloadType, datagram, payloadStart, payloadBytes);
    for (const tap of this.#taps) tap.hear(true, payloadType, datagram, payloadStart, payloadBytes);
    for (const tap of this.#taps) tap.mixInto(true, payloadType, datagram, payloadStart, payloadBytes);
    this.recordings.take(true, payloadType, ssrc, sequence, timestamp, datagram, payloadStart, payloadBytes, nowMs);
    // FreeSWITCH suspends both directions of a bridge while one of its legs is played to.
    if (this.#player === null) this.#peer?.relay(datagram, header, remote.payloadType, nowMs);
  }

  #onSent(packet: Buffer, payloadBytes: number, isAudio: boolean, nowMs: number): void {
    const { ssrc, sequence, timestamp } = this.#sender.stream;
    this.#rtcp.countSent(payloadBytes, timestamp, nowMs);
    if (!isAudio || this.#remote === null) return;
    const payloadType = this.#remote.payloadType;
    this.recordings.take(false, payloadType, ssrc, sequence, timestamp, packet, RTP_HEADER_BYTES, payloadBytes, nowMs);
    for (const tap of this.#taps) tap.hear(false, payloadType, packet, RTP_HEADER_BYTES, payloadBytes);
    for (const tap of this.#taps) tap.mixInto(false, payloadType, packet, RTP_HEADER_BYTES, payloadBytes);
  }

  #onDigit({ digit, durationSamples }: ReceivedDigit): void {
    const durationMs = durationSamples / 8;
    this.#emit({ type: 'dtmf', sessionId: this.id, digit, durationMs });
    if (this.#player === null) this.#peer?.relayDigit(digit, durationMs);
  }

  #playFrame(player: Player, dueMs: number, canSend: boolean): void {
    if (player.fill(frame, FRAME_SAMPLES) && canSend) this.#sender.sendFrame(frame, FRAME_SAMPLES, dueMs);
    const state = player.state();
    if (state !== 'playing') this.#endPlay(state);
  }

  #endPlay(end: PlayEnd): void {
    const player = this.#player;
    if (player === null) return;
    this.#player = null;
    this.#ear = null;
    player.close();
    this.#emit({ type: 'play-end', sessionId: this.id, playId: player.playId, end, playedMs: player.playedMs() });
  }
}

function isExpected(payloadType: number, remote: RemoteMedia): boolean {
  return (
    payloadType === remote.payloadType ||
    payloadType === (remote.receiveTelephoneEventPayloadType ?? remote.telephoneEventPayloadType) ||
    payloadType === COMFORT_NOISE
  );
}
