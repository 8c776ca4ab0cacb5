// What a publisher is bid, and which promise a call that arrives takes up.
import fc from 'fast-check';
import t from 'tap';
import { bidMicrosFor, judgeArrival, type PingReservation } from '../../src/domain/bidding/ping-reservation.js';

const ALICE = '+15125550123';
const BOB = '+15125550199';

function reservation(reference: string, changes: Partial<PingReservation> = {}): PingReservation {
  return {
    ...{ reference, keyId: 'k', sourceId: 's', campaignId: 'c', didId: 'd', callerNumber: ALICE, signature: null },
    ...{
      tags: {},
      bidMicros: 1,
      currency: 'USD',
      payoutAfterMs: 0,
      madeAt: 0,
      expiresAt: 60_000,
      offers: [],
      bids: [],
    },
    callId: null,
    ...changes,
  };
}

t.test('a call takes up the ping that named its caller until the moment it expires, and not at it', async (t) => {
  const one = reservation('one');
  t.match(judgeArrival([one], ALICE, 59_999), { kind: 'matched', reservation: { reference: 'one' } });
  t.match(judgeArrival([one], ALICE, 60_000), { kind: 'unmatched', reason: 'late' });
});

t.test('of several pings the one that expires first is taken up, and one without a caller last', async (t) => {
  const anybody = reservation('anybody', { callerNumber: null, expiresAt: 10_000 });
  const later = reservation('later', { expiresAt: 50_000 });
  const sooner = reservation('sooner', { expiresAt: 40_000 });
  const all = [anybody, later, sooner];
  t.match(judgeArrival(all, ALICE, 1), { reservation: { reference: 'sooner' } });
  t.match(judgeArrival(all, BOB, 1), { reservation: { reference: 'anybody' } });
});

t.test('a call that takes up nothing is told apart: never pinged, late, another caller, already taken', async (t) => {
  const reason = (rows: readonly PingReservation[], caller: string, at = 1) => {
    const arrival = judgeArrival(rows, caller, at);
    return arrival.kind === 'unmatched' ? arrival.reason : 'matched';
  };
  const taken = reservation('taken', { callId: 'call' });
  t.equal(reason([], ALICE), 'none');
  t.equal(reason([reservation('one')], BOB), 'other-caller');
  t.equal(reason([taken], ALICE), 'taken');
  t.equal(reason([taken], BOB), 'none', 'what somebody has taken waits for nobody');
  t.equal(reason([taken], ALICE, 70_000), 'none');
  t.equal(reason([reservation('one', { callerNumber: null })], BOB, 70_000), 'late');
  t.equal(reason([reservation('old', { callerNumber: BOB, expiresAt: 5 }), reservation('one')], BOB, 10), 'late');
});

t.test('a promise is never more than the best offer, and nothing is no bid', async (t) => {
  t.equal(bidMicrosFor({ kind: 'share', basisPoints: 7_000 }, 30_000_000), 21_000_000);
  t.equal(bidMicrosFor({ kind: 'fixed', amountMicros: 25_000_000 }, 30_000_000), 25_000_000);
  t.equal(bidMicrosFor({ kind: 'fixed', amountMicros: 31_000_000 }, 30_000_000), null);
  t.equal(bidMicrosFor({ kind: 'none' }, 30_000_000), null);
  const amounts = fc.integer({ min: 0, max: 1_000_000_000_000 });
  fc.assert(
    fc.property(amounts, fc.integer({ min: 0, max: 10_000 }), (bestMicros, basisPoints) => {
      const bid = bidMicrosFor({ kind: 'share', basisPoints }, bestMicros);
      return bid === null ? bestMicros * basisPoints < 10_000 : bid > 0 && bid <= bestMicros;
    }),
  );
});
