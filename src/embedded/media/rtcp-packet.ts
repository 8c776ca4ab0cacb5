/**
 * RTCP (RFC 3550 section 6): the compound packets that a session sends every five seconds and at its end, and the little
 * that it reads of the peer's. Called by the RTCP part of a session, off the hot path.
 */

import { readUint32, writeUint32 } from './rtp-packet.js';

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const BYE = 203;

/** Seconds from 1900 (NTP) to 1970 (Unix). */
const NTP_UNIX_OFFSET_SECONDS = 2_208_988_800;

export interface SenderInfo {
  /** Wall clock in ms since 1970, and the RTP timestamp of that instant. */
  readonly wallMs: number;
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly octets: number;
}

export interface ReportBlock {
  readonly ssrc: number;
  /** In 1/256. */
  readonly fractionLost: number;
  readonly cumulativeLost: number;
  readonly extendedHighestSequence: number;
  readonly jitterSamples: number;
  /** Middle 32 bits of the NTP time of the last sender report received, 0 when none was. */
  readonly lastSenderReport: number;
  /** Since that report, in 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

export interface CompoundPacket {
  readonly ssrc: number;
  /** Null when nothing was sent since the last report: then a receiver report is made (section 6.4). */
  readonly sender: SenderInfo | null;
  readonly report: ReportBlock | null;
  readonly cname: string;
  readonly bye: boolean;
}

export function writeCompound(packet: CompoundPacket): Uint8Array {
  const parts = [writeReport(packet), writeDescription(packet.ssrc, packet.cname)];
  if (packet.bye) parts.push(writeBye(packet.ssrc));
  return Buffer.concat(parts);
}

function header(target: Uint8Array, count: number, type: number): void {
  target[0] = 0x80 | count;
  target[1] = type;
  // Section 6.4.1: the length in 32-bit words, minus one.
  const words = target.length / 4 - 1;
  target[2] = words >> 8;
  target[3] = words;
}

function writeReport(packet: CompoundPacket): Uint8Array {
  const senderBytes = packet.sender === null ? 0 : 20;
  const target = new Uint8Array(8 + senderBytes + (packet.report === null ? 0 : 24));
  header(target, packet.report === null ? 0 : 1, packet.sender === null ? RECEIVER_REPORT : SENDER_REPORT);
  writeUint32(target, 4, packet.ssrc);
  if (packet.sender !== null) {
    const seconds = packet.sender.wallMs / 1000 + NTP_UNIX_OFFSET_SECONDS;
    writeUint32(target, 8, Math.floor(seconds));
    writeUint32(target, 12, Math.floor((seconds % 1) * 2 ** 32));
    writeUint32(target, 16, packet.sender.rtpTimestamp);
    writeUint32(target, 20, packet.sender.packets);
    writeUint32(target, 24, packet.sender.octets);
  }
  if (packet.report !== null) writeReportBlock(target, 8 + senderBytes, packet.report);
  return target;
}

function writeReportBlock(target: Uint8Array, at: number, report: ReportBlock): void {
  writeUint32(target, at, report.ssrc);
  writeUint32(target, at + 4, ((report.fractionLost & 0xff) << 24) | Math.min(report.cumulativeLost, 0x7fffff));
  writeUint32(target, at + 8, report.extendedHighestSequence);
  writeUint32(target, at + 12, Math.round(report.jitterSamples));
  writeUint32(target, at + 16, report.lastSenderReport);
  writeUint32(target, at + 20, report.delaySinceLastSenderReport);
}

function writeDescription(ssrc: number, cname: string): Uint8Array {
  const text = Buffer.from(cname, 'latin1').subarray(0, 255);
  // Section 6.5: SSRC, CNAME item, then null octets (at least one) to the next 32-bit word.
  const target = new Uint8Array(8 + 4 * Math.ceil((2 + text.length + 1) / 4));
  header(target, 1, SOURCE_DESCRIPTION);
  writeUint32(target, 4, ssrc);
  target[8] = 1;
  target[9] = text.length;
  target.set(text, 10);
  return target;
}

function writeBye(ssrc: number): Uint8Array {
  const target = new Uint8Array(8);
  header(target, 1, BYE);
  writeUint32(target, 4, ssrc);
  return target;
}

export interface ReceivedRtcp {
  /** SSRC of the first report's sender. */
  readonly ssrc: number;
  /** Middle 32 bits of the NTP time stamp of a sender report, or null when there was none. */
  readonly senderReport: number | null;
  readonly reports: readonly ReportBlock[];
  readonly hasBye: boolean;
}

/** Parses a compound packet; null when it is not valid as a whole (appendix A.2). */
export function parseCompound(datagram: Uint8Array): ReceivedRtcp | null {
  if (datagram.length < 8) return null;
  const firstType = datagram[1] ?? 0;
  if (firstType !== SENDER_REPORT && firstType !== RECEIVER_REPORT) return null;
  let senderReport: number | null = null;
  let hasBye = false;
  const reports: ReportBlock[] = [];
  for (let at = 0; at < datagram.length; ) {
    const type = datagram[at + 1] ?? 0;
    const bytes = 4 + 4 * (((datagram[at + 2] ?? 0) << 8) | (datagram[at + 3] ?? 0));
    if ((datagram[at] ?? 0) >> 6 !== 2 || at + bytes > datagram.length) return null;
    const body = datagram.subarray(at, at + bytes);
    if (type === SENDER_REPORT && bytes >= 28) {
      senderReport = ((readUint32(body, 8) & 0xffff) * 65536 + (readUint32(body, 12) >>> 16)) >>> 0;
      readReportBlocks(body, 28, reports);
    } else if (type === RECEIVER_REPORT) readReportBlocks(body, 8, reports);
    else if (type === BYE) hasBye = true;
    at += bytes;
  }
  return { ssrc: readUint32(datagram, 4), senderReport, reports, hasBye };
}

function readReportBlocks(body: Uint8Array, start: number, reports: ReportBlock[]): void {
  const count = (body[0] ?? 0) & 0x1f;
  for (let i = 0; i < count && start + 24 * (i + 1) <= body.length; i += 1) {
    const at = start + 24 * i;
    reports.push({
      ssrc: readUint32(body, at),
      fractionLost: body[at + 4] ?? 0,
      cumulativeLost: readUint32(body, at + 4) & 0xffffff,
      extendedHighestSequence: readUint32(body, at + 8),
      jitterSamples: readUint32(body, at + 12),
      lastSenderReport: readUint32(body, at + 16),
      delaySinceLastSenderReport: readUint32(body, at + 20),
    });
  }
}
