// Money, telephone numbers, SIP URIs and destinations: what is taken, what is refused.
import fc from 'fast-check';
import t from 'tap';
import { type SettlementTerms, settle } from '../../src/domain/money/ledger.js';
import { formatMicros, microsFromUnits } from '../../src/domain/money/money.js';
import { parseDestination } from '../../src/domain/trunks/destination.js';
import { isE164, maskNumber } from '../../src/domain/trunks/phone-number.js';
import { parseSipUri } from '../../src/domain/trunks/sip-uri.js';

t.test('an amount is whole micros, and absurd ones are refused', async (t) => {
  t.equal(microsFromUnits(12.5), 12_500_000);
  t.equal(microsFromUnits(0.1 + 0.2), 300_000);
  for (const absurd of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e308, 1_000_001])
    t.equal(microsFromUnits(absurd), null, `${absurd}`);
  t.equal(formatMicros(12_500_000, 'USD'), '12.50 USD');
  t.equal(formatMicros(-1_234_500, 'USD'), '-1.2345 USD');
});

t.test('numbers are E.164 or they are not dialled', async (t) => {
  for (const good of ['+12025550100', '+442079460000']) t.ok(isE164(good), good);
  for (const bad of ['2025550100', '+02025550100', '+1202', '+1202555010012345', '+1202555-0100', '+12025550100\n'])
    t.notOk(isE164(bad), JSON.stringify(bad));
  t.equal(maskNumber('+12025550100'), '+12*******00');
});

const uris: readonly [string, boolean][] = [
  ['sip:acme@203.0.113.9', true],
  ['sip:+12025550100@carrier.example:5080;transport=tcp', true],
  ['sips:a@[2001:db8::1]:5061', true],
  ['sip:acme@host?Route=%3Csip:evil%3E', false],
  ['sip:a@host\r\nX-Evil: 1', false],
  ['sip:a b@host', false],
  ['sip:a@host:99999', false],
  ['sip:a@host;transport=ws', false],
  ['http://host', false],
  ['sip:', false],
];
for (const [uri, isGood] of uris) {
  t.test(`${JSON.stringify(uri)} ${isGood ? 'may be dialled' : 'is refused'}`, async (t) => {
    t.equal(parseSipUri(uri) !== null, isGood);
    t.equal(parseDestination(uri) !== null, isGood);
  });
}

t.test('whatever a bidder sends as destination, parsing it neither throws nor lets a line break through', async (t) => {
  fc.assert(
    fc.property(fc.string({ maxLength: 600 }), (text) => {
      const destination = parseDestination(text);
      return (
        destination === null || !/[\r\n\s]/.test(destination.kind === 'sip' ? destination.uri : destination.number)
      );
    }),
  );
  t.pass('no counterexample');
});

const TERMS: SettlementTerms = {
  callId: 'c1',
  currency: 'USD',
  talkMs: 60_000,
  buyerId: 'b',
  priceMicros: 31_000_001,
  billAfterMs: 30_000,
  unbilledFor: null,
  sourceId: 's',
  payout: { kind: 'share', basisPoints: 7_000 },
  payoutAfterMs: 0,
  at: 1,
};

t.test('the buyer owes from his own second on and the publisher is paid by his own rule', async (t) => {
  t.match(settle(TERMS), { isBilled: true, priceMicros: 31_000_001, payoutMicros: 21_700_000 });
  t.match(settle({ ...TERMS, talkMs: 29_999 }), { isBilled: false, priceMicros: 0, payoutMicros: 0, entries: [] });
  const fixed = settle({ ...TERMS, talkMs: 29_999, payout: { kind: 'fixed', amountMicros: 5_000_000 } });
  t.match(fixed, { isBilled: false, payoutMicros: 5_000_000 });
  t.same(
    settle(TERMS).entries.map((entry) => entry.key),
    ['c1:buyer-charge', 'c1:source-payout'],
  );
});

t.test('a share is exact to the micro for every price and percentage', async (t) => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 52 }), fc.integer({ min: 0, max: 10_000 }), (priceMicros, basisPoints) => {
      const { payoutMicros } = settle({ ...TERMS, priceMicros, payout: { kind: 'share', basisPoints } });
      return BigInt(payoutMicros) === (BigInt(priceMicros) * BigInt(basisPoints)) / 10_000n;
    }),
  );
  t.pass('no counterexample');
});
