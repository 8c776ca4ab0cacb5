/** The one stream that a receiver sees, whatever fills it. */

import fc from 'fast-check';
import t from 'tap';
import { OutgoingStream } from '../../../src/embedded/media/outgoing-stream.js';

interface Stamp {
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
}

function stamp({ sequence, timestamp, marker }: OutgoingStream): Stamp {
  return { sequence, timestamp, marker };
}

t.test('frames of our own follow each other across the wrap of both counters', async (t) => {
  const stream = new OutgoingStream(1, 65535, 0xffffff00, 0);
  const stamps = [0, 20, 40].map((dueMs) => {
    stream.own(dueMs, 160);
    return stamp(stream);
  });
  t.same(stamps, [
    { sequence: 65535, timestamp: 0xffffff00, marker: true },
    { sequence: 0, timestamp: 0xffffffa0, marker: false },
    { sequence: 1, timestamp: 64, marker: false },
  ]);
});

t.test('a pause is a gap in time and not in sequence', async (t) => {
  const stream = new OutgoingStream(1, 10, 0, 0);
  stream.own(0, 160);
  stream.interrupt();
  stream.own(1000, 160);
  t.same(stamp(stream), { sequence: 11, timestamp: 8000, marker: true });
});

t.test('from a prompt to the other leg and back the receiver sees one stream', async (t) => {
  const stream = new OutgoingStream(1, 10, 0, 0);
  stream.own(0, 160);
  stream.own(20, 160);
  t.ok(stream.relay(99, 5000, 777_000, 160, 43));
  t.same(stamp(stream), { sequence: 12, timestamp: 344, marker: true });
  t.ok(stream.relay(99, 5001, 777_160, 160, 61));
  t.same(stamp(stream), { sequence: 13, timestamp: 504, marker: false });
  stream.own(80, 160);
  t.same(stamp(stream), { sequence: 14, timestamp: 664, marker: true }, 'never before the end of what was sent');
});

t.test('loss and reordering on the other leg stay visible, duplicates do not pass', async (t) => {
  const stream = new OutgoingStream(1, 0, 0, 0);
  const relay = (sequence: number) => (stream.relay(9, sequence, sequence * 160, 160, 0) ? stream.sequence : null);
  t.same([100, 101, 104, 103, 103, 104, 102, 99, 105].map(relay), [0, 1, 4, 3, null, null, 2, null, 5]);
});

t.test('telephone events kept from the stream leave no gap in it', async (t) => {
  const stream = new OutgoingStream(1, 0, 0, 0);
  const relay = (sequence: number) => (stream.relay(9, sequence, sequence * 160, 160, 0) ? stream.sequence : null);
  t.equal(relay(100), 0);
  stream.withhold(9, 101);
  stream.withhold(9, 102);
  stream.withhold(9, 102);
  t.equal(relay(103), 1);
});

t.test('a restarted sender of the other leg is joined on without a jump', async (t) => {
  const stream = new OutgoingStream(1, 0, 0, 0);
  stream.relay(9, 100, 16_000, 160, 0);
  for (const [ssrc, sequence, timestamp] of [
    [10, 40_000, 3_000_000_000],
    [10, 5, 3_000_000_160],
    [10, 6, 160],
  ] as const) {
    const before = stamp(stream);
    t.ok(stream.relay(ssrc, sequence, timestamp, 160, 20));
    t.equal(stream.sequence, before.sequence + 1);
    t.equal(stream.timestamp, before.timestamp + 160);
    t.ok(stream.marker);
  }
});

t.test('an event keeps its first timestamp and time has passed after it', async (t) => {
  const stream = new OutgoingStream(1, 0, 0, 0);
  stream.own(0, 160);
  stream.event(20, true, 160);
  t.same(stamp(stream), { sequence: 1, timestamp: 160, marker: true });
  stream.event(40, false, 320);
  t.same(stamp(stream), { sequence: 2, timestamp: 160, marker: false });
  stream.own(60, 160);
  t.same(stamp(stream), { sequence: 3, timestamp: 480, marker: true });
});

t.test('whatever happens, sequence numbers go up by one and timestamps never go back', async (t) => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('own' as const), waitMs: fc.integer({ min: 0, max: 500 }) }),
    fc.record({ kind: fc.constant('event' as const), waitMs: fc.integer({ min: 0, max: 500 }) }),
    fc.record({
      kind: fc.constant('relay' as const),
      waitMs: fc.integer({ min: 0, max: 500 }),
      ssrc: fc.integer({ min: 1, max: 3 }),
      timestamp: fc.integer({ min: 0, max: 0xffffffff }),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 0, max: 0xffffffff }), (steps, firstTimestamp) => {
      const stream = new OutgoingStream(1, 0, firstTimestamp, 0);
      let nowMs = 0;
      let sequence = -1;
      let timestamp = firstTimestamp;
      for (const next of steps) {
        nowMs += next.waitMs;
        if (next.kind === 'own') stream.own(nowMs, 160);
        else if (next.kind === 'event') stream.event(nowMs, true, 160);
        else stream.relay(next.ssrc, (sequence + 1000) & 0xffff, next.timestamp, 160, nowMs);
        sequence = (sequence + 1) & 0xffff;
        t.equal(stream.sequence, sequence);
        t.ok(((stream.timestamp - timestamp) | 0) >= 0);
        timestamp = stream.timestamp;
      }
    }),
  );
});
