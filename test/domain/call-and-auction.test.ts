// The table of legal transitions, opening hours, and the auction's two questions.
import fc from 'fast-check';
import t from 'tap';
import { Auction } from '../../src/domain/bidding/auction.js';
import {
  advance,
  CALL_STATES,
  IllegalTransitionError,
  isTerminal,
  mayAdvance,
  receiveCall,
} from '../../src/domain/calls/call.js';
import { causeFromSipStatus, HANGUP_CAUSES, isHangupCause } from '../../src/domain/calls/hangup-cause.js';
import { isOpenAt, isTimeZone, type Schedule } from '../../src/domain/routing/schedule.js';
import { orderGateways } from '../../src/domain/trunks/gateway-order.js';
import { ANY_BIDDER, biddingTarget, staticTarget } from '../support/call-configuration.js';
import { fieldOf } from '../support/call-fixture.js';

const RECEIVED = receiveCall({
  callId: 'c1',
  sipCallId: 's1',
  configurationVersion: 1,
  trunkId: null,
  callerNumber: '',
  calledNumber: '',
  callerName: null,
  startedAt: 0,
});

t.test('a call goes along the drawn arrows only, and a terminal state is the end', async (t) => {
  for (const from of CALL_STATES) {
    for (const to of CALL_STATES) {
      const call = { ...RECEIVED, state: from };
      if (mayAdvance(from, to)) t.equal(advance(call, to).state, to);
      else t.throws(() => advance(call, to), IllegalTransitionError);
    }
  }
  t.same(CALL_STATES.filter(isTerminal), ['refused', 'ended']);
});

const NEW_YORK: Schedule = {
  timeZone: 'America/New_York',
  ranges: [
    { weekday: 1, fromMinute: 540, toMinute: 720 },
    { weekday: 1, fromMinute: 780, toMinute: 1_080 },
    { weekday: 5, fromMinute: 1_320, toMinute: 120 },
  ],
};
const instants: readonly [string, boolean, string][] = [
  ['2026-11-23T14:00:00Z', true, 'Monday 09:00 in winter'],
  ['2026-11-23T13:59:59Z', false, 'a second before it opens'],
  ['2026-11-23T17:30:00Z', false, 'the lunch break'],
  ['2026-11-23T23:00:00Z', false, 'closing time itself'],
  ['2026-07-06T13:00:00Z', true, 'Monday 09:00 in summer, an hour earlier in UTC'],
  ['2026-11-28T06:30:00Z', true, 'Saturday 01:30 belongs to Friday night'],
  ['2026-11-28T07:00:00Z', false, 'Saturday 02:00'],
];
for (const [instant, isOpen, why] of instants) {
  t.test(`${instant} is ${isOpen ? 'open' : 'closed'}: ${why}`, async (t) => {
    t.equal(isOpenAt(NEW_YORK, Date.parse(instant)), isOpen);
  });
}

t.test('a time zone that does not exist is known as such', async (t) => {
  t.equal(isTimeZone('Europe/Berlin'), true);
  t.equal(isTimeZone('Mars/Olympus'), false);
});

t.test('every final SIP status has a cause that has a status', async (t) => {
  for (let status = 300; status < 700; status += 1) t.ok(isHangupCause(causeFromSipStatus(status)), `${status}`);
  t.equal(HANGUP_CAUSES[causeFromSipStatus(486)].q850, 17);
});

t.test('equal prices go by priority, then by a draw in proportion to the weights', async (t) => {
  let heavyFirst = 0;
  let state = 1;
  const random = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  for (let round = 0; round < 4_000; round += 1) {
    const field = fieldOf([
      staticTarget('light', 30, { weight: 1 }),
      staticTarget('heavy', 30, { weight: 3 }),
      staticTarget('last', 30, { priority: 2, weight: 100 }),
    ]);
    const auction = new Auction(field, random);
    // Offers that are handed out one by one and those that the trace asks for come from the same draw.
    if (round % 2 === 0) auction.offerAt(0);
    const order = auction.ranking().map((offer) => offer.target.id);
    t.equal(order[2], 'last');
    if (order[0] === 'heavy') heavyFirst += 1;
  }
  t.ok(heavyFirst > 2_850 && heavyFirst < 3_150, `heavy came first in ${heavyFirst} of 4,000, 3,000 expected`);
});

t.test('an auction is decided exactly when no outstanding bidder could come first', async (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5 }),
      fc.array(fc.option(fc.integer({ min: 0, max: 5 })), { maxLength: 4 }),
      (best, maxima) => {
        const bidders = maxima.map((maximum, index) => {
          const maximumBidMicros = maximum === null ? null : maximum * 1_000_000;
          return { ...ANY_BIDDER, id: `bidder-t${index}`, maximumBidMicros };
        });
        const live = bidders.map((_bidder, index) => biddingTarget(`t${index}`, { priority: 3 }));
        const field = fieldOf([staticTarget('static', best, { priority: 2 }), ...live], {}, {}, { bidders });
        const auction = new Auction(field, () => 0.5);
        for (const planned of field.bidding()) auction.awaitBid(planned);
        const canStillWin = maxima.some((maximum) => maximum === null || maximum > best);
        return auction.isDecided() === !canStillWin;
      },
    ),
  );
  t.pass('no counterexample');
});

t.test('a bid under the minimum is no offer', async (t) => {
  const live = biddingTarget('beta', { pricing: { kind: 'bid', bidderId: 'b', minimumMicros: 35_000_000 } });
  const field = fieldOf([staticTarget('alpha', 10), live], { minimumBidMicros: 20_000_000 });
  const auction = new Auction(field, () => 0.5);
  const [planned] = field.bidding();
  if (planned === undefined) throw new Error('beta has a bidder');
  auction.awaitBid(planned);
  const verdict = auction.enterBid(
    planned,
    {
      kind: 'bid',
      amountMicros: 31_000_000,
      destination: null,
      reference: null,
      billAfterMs: null,
      lifetimeMs: 1,
      latencyMs: 1,
    },
    0,
  );
  t.same(verdict, { kind: 'below-minimum', minimumMicros: 35_000_000 });
  t.same(auction.ranking(), [], 'neither is a static price under it');
});

t.test('gateways are tried by priority', async (t) => {
  const gateway = (host: string, priority: number) =>
    ({ host, port: 5060, transport: 'udp', priority, weight: 1 }) as const;
  const order = orderGateways([gateway('backup', 2), gateway('main', 1)], () => 0.5);
  t.same(
    order.map((each) => each.host),
    ['main', 'backup'],
  );
});
