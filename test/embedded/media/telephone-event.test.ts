/** RFC 4733: digits in and out, with everything that networks do to their packets. */

import fc from 'fast-check';
import t from 'tap';
import { DtmfReceiver, DtmfSender, eventOfDigit } from '../../../src/embedded/media/telephone-event.js';

function eventPayload(digit: string, durationSamples: number, isEnd: boolean): Uint8Array {
  return Uint8Array.of(eventOfDigit(digit) ?? 255, isEnd ? 0x8a : 0x0a, durationSamples >> 8, durationSamples & 255);
}

interface SentPacket {
  readonly tick: number;
  readonly marker: boolean;
  readonly isEnd: boolean;
  readonly event: number;
  readonly durationSamples: number;
}

function sendAll(sender: DtmfSender): SentPacket[] {
  const sent: SentPacket[] = [];
  for (let tick = 0; sender.isBusy() && tick < 1000; tick += 1) {
    if (!sender.next(20)) continue;
    const [event = -1, , high = 0, low = 0] = sender.payload;
    sent.push({
      tick,
      marker: sender.packet.marker,
      isEnd: sender.packet.isEnd,
      event,
      durationSamples: high * 256 + low,
    });
  }
  return sent;
}

t.test('a digit of 100 ms is five packets of growing duration, the first marked and the last ended', async (t) => {
  const sender = new DtmfSender();
  sender.push('5', 100);
  const sent = sendAll(sender);
  t.same(
    sent.map((packet) => packet.durationSamples),
    [160, 320, 480, 640, 800],
  );
  t.same(
    sent.map((packet) => packet.marker),
    [true, false, false, false, false],
  );
  t.same(
    sent.map((packet) => packet.isEnd),
    [false, false, false, false, true],
  );
  t.ok(sent.every((packet) => packet.event === 5));
});

t.test('two digits are parted by a gap in which audio may be sent', async (t) => {
  const sender = new DtmfSender();
  sender.push('*#', 60);
  const sent = sendAll(sender);
  t.same(
    sent.map((packet) => packet.tick),
    [0, 1, 2, 6, 7, 8],
  );
  t.same(
    sent.map((packet) => packet.event),
    [10, 10, 10, 11, 11, 11],
  );
});

t.test('characters that are no digit are not sent, and the queue has an end', async (t) => {
  const sender = new DtmfSender();
  sender.push('x1 \n2é', 40);
  t.same(
    sendAll(sender).map((packet) => packet.event),
    [1, 1, 2, 2],
  );
  sender.push('1'.repeat(10_000), 40);
  t.equal(sendAll(sender).filter((packet) => packet.isEnd).length, 128);
});

t.test('a digit is reported once, at its first end packet', async (t) => {
  const receiver = new DtmfReceiver();
  const take = (samples: number, isEnd: boolean) => receiver.take(eventPayload('7', samples, isEnd), 0, 4, 1000, 0);
  t.equal(take(160, false), null);
  t.equal(take(320, false), null);
  t.same(take(480, true), { digit: '7', durationSamples: 480 });
  t.equal(take(480, true), null);
  t.equal(take(480, true), null);
  t.equal(take(160, false), null, 'a packet that was overtaken');
});

t.test('a digit whose end packets were all lost ends when the next begins, or after a while', async (t) => {
  const receiver = new DtmfReceiver();
  t.equal(receiver.take(eventPayload('1', 160, false), 0, 4, 1000, 0), null);
  t.same(receiver.take(eventPayload('1', 160, false), 0, 4, 3000, 100), { digit: '1', durationSamples: 160 });
  t.equal(receiver.expire(250), null);
  t.same(receiver.expire(301), { digit: '1', durationSamples: 160 });
  t.equal(receiver.expire(302), null);
  t.equal(receiver.take(eventPayload('1', 320, true), 0, 4, 3000, 310), null, 'its end comes too late to count twice');
});

t.test('payloads that are no digit are ignored', async (t) => {
  const receiver = new DtmfReceiver();
  t.equal(receiver.take(Uint8Array.of(1, 0x80, 0), 0, 3, 1, 0), null, 'too short');
  t.equal(receiver.take(Uint8Array.of(16, 0x80, 1, 0), 0, 4, 2, 0), null, 'flash hook');
  t.equal(receiver.take(Uint8Array.of(255, 0x80, 1, 0), 0, 4, 3, 0), null);
  t.equal(receiver.expire(1000), null);
});

t.test(
  'any digits arrive in order through loss and doubling of packets, as long as one of each event does',
  async (t) => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789*#ABCD'), minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        digits,
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 40, maxLength: 40 }),
        (sentDigits, fates) => {
          const sender = new DtmfSender();
          sender.push(sentDigits, 80);
          const receiver = new DtmfReceiver();
          let heard = '';
          let timestamp = 0;
          sendAll(sender).forEach((packet, index) => {
            if (packet.marker) timestamp += 2000;
            const payload = Uint8Array.of(
              packet.event,
              packet.isEnd ? 0x80 : 0,
              packet.durationSamples >> 8,
              packet.durationSamples & 255,
            );
            const copies = packet.marker ? 1 : (fates[index % fates.length] ?? 1);
            for (let copy = 0; copy < copies; copy += 1)
              heard += receiver.take(payload, 0, 4, timestamp, index * 20)?.digit ?? '';
          });
          heard += receiver.expire(1e6)?.digit ?? '';
          t.equal(heard, sentDigits);
        },
      ),
    );
  },
);
