/** RTP and RTCP on the wire: what we write we can read, and hostile octets are refused without harm. */

import fc from 'fast-check';
import t from 'tap';
import { parseCompound, writeCompound } from '../../../src/embedded/media/rtcp-packet.js';
import {
  emptyRtpHeader,
  parseRtp,
  sequenceDistance,
  timestampDistance,
  writeRtpHeader,
} from '../../../src/embedded/media/rtp-packet.js';

t.test('a header that is written is read back', async (t) => {
  const uint32 = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 127 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 65535 }),
      uint32,
      uint32,
      fc.integer({ min: 0, max: 200 }),
      (payloadType, marker, sequence, timestamp, ssrc, payloadBytes) => {
        const packet = new Uint8Array(12 + payloadBytes);
        writeRtpHeader(packet, payloadType, marker, sequence, timestamp, ssrc);
        const header = emptyRtpHeader();
        t.ok(parseRtp(packet, header));
        t.same(header, { payloadType, marker, sequence, timestamp, ssrc, payloadStart: 12, payloadBytes });
      },
    ),
  );
});

t.test('CSRC list, extension and padding are no payload', async (t) => {
  const packet = Buffer.alloc(12 + 8 + 4 + 4 + 10 + 3);
  packet[0] = 0x80 | 0x20 | 0x10 | 2;
  packet.writeUInt16BE(1, 12 + 8 + 2);
  packet[packet.length - 1] = 3;
  const header = emptyRtpHeader();
  t.ok(parseRtp(packet, header));
  t.equal(header.payloadStart, 28);
  t.equal(header.payloadBytes, 10);
});

t.test('what is no RTP is refused', async (t) => {
  const valid = Buffer.alloc(172);
  valid[0] = 0x80;
  const changed = (change: (packet: Buffer) => void) => {
    const packet = Buffer.from(valid);
    change(packet);
    return packet;
  };
  const cases: [string, Buffer][] = [
    ['empty', Buffer.alloc(0)],
    ['eleven octets', valid.subarray(0, 11)],
    ['version 1', changed((packet) => packet.writeUInt8(0x40, 0))],
    ['version 3', changed((packet) => packet.writeUInt8(0xc0, 0))],
    ['15 CSRCs in 20 octets', changed((packet) => packet.writeUInt8(0x8f, 0)).subarray(0, 20)],
    ['an extension without its header', changed((packet) => packet.writeUInt8(0x90, 0)).subarray(0, 14)],
    ['an extension beyond the end', changed((packet) => packet.fill(0xff, 12).writeUInt8(0x90, 0))],
    ['padding of zero', changed((packet) => packet.writeUInt8(0xa0, 0))],
    ['padding beyond the start', changed((packet) => packet.fill(0xff, 171).writeUInt8(0xa0, 0))],
  ];
  for (const [what, packet] of cases) t.equal(parseRtp(packet, emptyRtpHeader()), false, what);
});

t.test('no octets whatever make a parser throw or read beyond the end', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => {
      const header = emptyRtpHeader();
      if (parseRtp(octets, header)) t.ok(header.payloadStart + header.payloadBytes <= octets.length);
      parseCompound(octets);
    }),
    { numRuns: 2000 },
  );
  t.pass('for any octets');
});

t.test('sequence numbers and timestamps are compared across their wrap', async (t) => {
  t.equal(sequenceDistance(2, 65534), 4);
  t.equal(sequenceDistance(65534, 2), -4);
  t.equal(timestampDistance(100, 0xffffffff), 101);
  t.equal(timestampDistance(0xffffffff, 100), -101);
});

t.test('a sender report with BYE is read back whole', async (t) => {
  const report = {
    ssrc: 77,
    fractionLost: 25,
    cumulativeLost: 1234,
    extendedHighestSequence: 0x10005,
    jitterSamples: 16,
    lastSenderReport: 0xdeadbeef,
    delaySinceLastSenderReport: 65536,
  };
  const sender = { wallMs: 1_800_000_000_500, rtpTimestamp: 4_000_000_000, packets: 250, octets: 40_000 };
  const packet = writeCompound({ ssrc: 42, sender, report, cname: 'a name', bye: true });
  t.equal(packet.length % 4, 0);
  const received = parseCompound(packet);
  t.match(received, { ssrc: 42, hasBye: true });
  t.same(received?.reports, [report]);
  // 16 bits of seconds and 16 of fraction: half a second is 0x8000.
  t.equal((received?.senderReport ?? 0) & 0xffff, 0x8000);
});

t.test('a receiver report comes from a session that has sent nothing', async (t) => {
  const packet = writeCompound({ ssrc: 42, sender: null, report: null, cname: 'abc', bye: false });
  t.equal(packet[1], 201);
  t.same(parseCompound(packet), { ssrc: 42, senderReport: null, reports: [], hasBye: false });
});
