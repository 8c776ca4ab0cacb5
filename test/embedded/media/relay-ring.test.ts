/** The ring between two media threads. */

import fc from 'fast-check';
import t from 'tap';
import {
  createRelayMemory,
  RelayReader,
  type RelayReceiver,
  RelayWriter,
} from '../../../src/embedded/media/relay-ring.js';
import { emptyRtpHeader } from '../../../src/embedded/media/rtp-packet.js';

/** Writes down what arrives. */
function journal(entries: unknown[]): RelayReceiver {
  return {
    relay: (target, packet, { ssrc, sequence, timestamp, payloadStart, payloadBytes }, payloadType) => {
      const payload = [...packet.subarray(payloadStart, payloadStart + payloadBytes)];
      entries.push(['packet', target, ssrc, sequence, timestamp, payloadType, payload]);
    },
    withhold: (...event) => entries.push(['withheld', ...event]),
    relayDigit: (...event) => entries.push(['digit', ...event]),
    interrupt: (...event) => entries.push(['interrupt', ...event]),
  };
}

t.test('what is written is read, in order and whole, through many turns of the ring', async (t) => {
  const memory = createRelayMemory();
  const [writer, reader] = [new RelayWriter(memory), new RelayReader(memory)];
  const uint32 = fc.integer({ min: 0, max: 0xffffffff });
  const packet = fc.record({
    payload: fc.uint8Array({ maxLength: 300 }),
    ssrc: uint32,
    timestamp: uint32,
    isAlaw: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 60 }), (packets) => {
      const expected: unknown[] = [];
      const read: unknown[] = [];
      packets.forEach(({ payload, ssrc, timestamp, isAlaw }, index) => {
        const header = {
          ...emptyRtpHeader(),
          ssrc,
          timestamp,
          sequence: index,
          payloadStart: 12,
          payloadBytes: payload.length,
        };
        writer.relay(7, Buffer.concat([Buffer.alloc(12), payload]), header, isAlaw ? 8 : 0);
        expected.push(['packet', 7, ssrc, index, timestamp, isAlaw ? 8 : 0, [...payload]]);
        writer.withhold(8, ssrc, index);
        expected.push(['withheld', 8, ssrc, index]);
        writer.relayDigit(9, '#', 100);
        expected.push(['digit', 9, '#', 100]);
        writer.interrupt(10);
        expected.push(['interrupt', 10]);
      });
      reader.drain(journal(read));
      t.same(read, expected);
    }),
  );
});

t.test('a reader that does not keep up loses the newest and nothing is garbled', async (t) => {
  const memory = createRelayMemory();
  const [writer, reader] = [new RelayWriter(memory), new RelayReader(memory)];
  for (let i = 0; i < 2000; i += 1) writer.withhold(1, 5, i);
  t.equal(writer.overflows, 2000 - 1024);
  const read: unknown[] = [];
  reader.drain(journal(read));
  t.same(
    read,
    Array.from({ length: 1024 }, (_, i) => ['withheld', 1, 5, i]),
  );
  writer.withhold(1, 5, 9);
  reader.drain(journal(read));
  t.equal(read.length, 1025);
});
