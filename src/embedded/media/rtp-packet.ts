/**
 * RTP packets (RFC 3550 section 5.1). The media worker parses every datagram that reaches a session's port and writes
 * every header that leaves it; both work in place on buffers of the caller and never throw on hostile octets.
 */

export const RTP_HEADER_BYTES = 12;

/** A header as parsed; one object is reused for all packets, so keep no reference to it. */
export interface RtpHeader {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  payloadStart: number;
  payloadBytes: number;
}

export function emptyRtpHeader(): RtpHeader {
  return { payloadType: 0, marker: false, sequence: 0, timestamp: 0, ssrc: 0, payloadStart: 0, payloadBytes: 0 };
}

/**
 * Parses a datagram into `header`. Answers false, and leaves `header` unfit for use, when it is no RTP: too short, not
 * version 2, or with CSRC list, extension or padding that reach past its end.
 */
export function parseRtp(datagram: Uint8Array, header: RtpHeader): boolean {
  const bytes = datagram.length;
  const first = datagram[0] ?? 0;
  if (bytes < RTP_HEADER_BYTES || first >> 6 !== 2) return false;
  let start = RTP_HEADER_BYTES + 4 * (first & 0x0f);
  if (first & 0x10) {
    // Section 5.3.1: 16 bits of profile, then the extension's length in 32-bit words.
    if (start + 4 > bytes) return false;
    start += 4 + 4 * (((datagram[start + 2] ?? 0) << 8) | (datagram[start + 3] ?? 0));
  }
  let end = bytes;
  if (first & 0x20) {
    // The last octet counts the padding, itself included, so zero is malformed.
    const padding = datagram[bytes - 1] ?? 0;
    if (padding === 0) return false;
    end -= padding;
  }
  if (start > end) return false;
  const second = datagram[1] ?? 0;
  header.marker = second >= 0x80;
  header.payloadType = second & 0x7f;
  header.sequence = ((datagram[2] ?? 0) << 8) | (datagram[3] ?? 0);
  header.timestamp = readUint32(datagram, 4);
  header.ssrc = readUint32(datagram, 8);
  header.payloadStart = start;
  header.payloadBytes = end - start;
  return true;
}

/** Writes a header of 12 octets at the start of `target`; sequence and timestamp are taken modulo their size. */
export function writeRtpHeader(
  target: Uint8Array,
  payloadType: number,
  marker: boolean,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void {
  target[0] = 0x80;
  target[1] = (marker ? 0x80 : 0) | payloadType;
  target[2] = sequence >>> 8;
  target[3] = sequence;
  writeUint32(target, 4, timestamp);
  writeUint32(target, 8, ssrc);
}

export function readUint32(source: Uint8Array, at: number): number {
  return (
    (((source[at] ?? 0) << 24) |
      ((source[at + 1] ?? 0) << 16) |
      ((source[at + 2] ?? 0) << 8) |
      (source[at + 3] ?? 0)) >>>
    0
  );
}

export function writeUint32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

/** How far sequence number `a` is ahead of `b`, from -32768 to 32767 (RFC 3550 appendix A.1's modulo arithmetic). */
export function sequenceDistance(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** How far timestamp `a` is ahead of `b`, as a signed 32-bit number. */
export function timestampDistance(a: number, b: number): number {
  return (a - b) | 0;
}
