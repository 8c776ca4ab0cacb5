/**
 * RTCP of one session (RFC 3550 section 6): a report every five seconds, BYE at the end, and what the peer's sender
 * reports tell for our own. Called by the session on its ticks; ten packets a minute, so clarity comes before speed.
 */

import type { OutgoingStream } from './outgoing-stream.js';
import type { ReceptionStatistics } from './reception-statistics.js';
import { parseCompound, type ReportBlock, type SenderInfo, writeCompound } from './rtcp-packet.js';
import type { DatagramSource, RtpTransport } from './rtp-transport.js';

const REPORT_INTERVAL_MS = 5000;

/** The smaller UDP ports of hosts that reflect; longer datagrams are no RTCP of a call with two parties. */
const MAX_RTCP_BYTES = 1500;

export class RtcpReporter {
  packetsSent = 0;
  octetsSent = 0;
  /** The RTP timestamp of the newest packet, and when it left. */
  #lastTimestamp = 0;
  #lastSentMs = 0;
  readonly #transport: RtpTransport;
  readonly #stream: OutgoingStream;
  readonly #statistics: ReceptionStatistics;
  readonly #cname: string;
  #nextReportMs: number;
  #packetsAtReport = 0;
  #peerReport = 0;
  #peerReportMs = 0;
  /** Where the peer's RTCP comes from, once known. */
  #learnedPort = 0;
  #learnedAddress = '';

  constructor(
    transport: RtpTransport,
    stream: OutgoingStream,
    statistics: ReceptionStatistics,
    cname: string,
    nowMs: number,
  ) {
    this.#transport = transport;
    this.#stream = stream;
    this.#statistics = statistics;
    this.#cname = cname;
    this.#nextReportMs = nowMs + REPORT_INTERVAL_MS;
  }

  /** Counts an RTP packet that left. */
  countSent(payloadBytes: number, timestamp: number, nowMs: number): void {
    this.packetsSent += 1;
    this.octetsSent += payloadBytes;
    this.#lastTimestamp = timestamp;
    this.#lastSentMs = nowMs;
  }

  /** Takes a datagram of the RTCP port; those from another host than the session's peer are ignored. */
  take(datagram: Buffer, source: DatagramSource, peerAddress: string, nowMs: number): void {
    if (source.address !== peerAddress || datagram.length > MAX_RTCP_BYTES) return;
    const received = parseCompound(datagram);
    if (received === null) return;
    this.#learnedAddress = source.address;
    this.#learnedPort = source.port;
    if (received.senderReport !== null) {
      this.#peerReport = received.senderReport;
      this.#peerReportMs = nowMs;
    }
  }

  tick(nowMs: number, peerAddress: string, peerRtpPort: number): void {
    if (nowMs < this.#nextReportMs) return;
    // Absolute deadlines; after a stall the missed reports are not made up for.
    this.#nextReportMs = Math.max(this.#nextReportMs + REPORT_INTERVAL_MS, nowMs);
    this.#send(nowMs, peerAddress, peerRtpPort, false);
  }

  /** The last word (section 6.6). */
  bye(nowMs: number, peerAddress: string, peerRtpPort: number): void {
    if (this.packetsSent > 0 || this.#statistics.received > 0) this.#send(nowMs, peerAddress, peerRtpPort, true);
  }

  #send(nowMs: number, peerAddress: string, peerRtpPort: number, bye: boolean): void {
    const isLearned = this.#learnedAddress === peerAddress && this.#learnedPort > 0;
    const port = isLearned ? this.#learnedPort : peerRtpPort + 1;
    if (peerRtpPort === 0 || port > 65535) return;
    const packet = writeCompound({
      ssrc: this.#stream.ssrc,
      sender: this.#sender(nowMs),
      report: this.#report(nowMs),
      cname: this.#cname,
      bye,
    });
    this.#transport.sendRtcp(packet, port, peerAddress);
  }

  #sender(nowMs: number): SenderInfo | null {
    if (this.packetsSent === this.#packetsAtReport) return null;
    this.#packetsAtReport = this.packetsSent;
    const rtpTimestamp = (this.#lastTimestamp + Math.round((nowMs - this.#lastSentMs) * 8)) >>> 0;
    return { wallMs: Date.now(), rtpTimestamp, packets: this.packetsSent, octets: this.octetsSent };
  }

  #report(nowMs: number): ReportBlock | null {
    const statistics = this.#statistics;
    if (!statistics.hasSource()) return null;
    const delayMs = this.#peerReport === 0 ? 0 : nowMs - this.#peerReportMs;
    return {
      ssrc: statistics.ssrc,
      fractionLost: statistics.fractionLost(),
      cumulativeLost: statistics.lost(),
      extendedHighestSequence: statistics.extendedHighest(),
      jitterSamples: statistics.jitterSamples,
      lastSenderReport: this.#peerReport,
      delaySinceLastSenderReport: Math.round((delayMs * 65536) / 1000),
    };
  }
}
