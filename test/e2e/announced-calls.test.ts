/**
 * A publisher pings over HTTP and sends the call over SIP: in time it is sold with the offers of the ping, a second time, late or from
 * another caller it is refused.
 */
import t from 'tap';
import { makeKey } from '../../src/cli/run-key.js';
import { missingProgram } from '../support/installed-program.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { BUYER_HZ } from './tone-prompts.js';

const skip = missingProgram('sipp');
const CALLER = '+13105550123';
const HANGUP_MS = 3_500;
const TERMS = { isRequired: true, allowsUnknownCaller: false, tags: ['zip'], sipHost: null };

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());
const url = sut.app.apiUrl ?? '';
const { text: apiKey } = await makeKey(sut.app.store.keys, 'test', ['publisher-keys:manage']);

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

/** The campaigns of these tests are numbered in the order in which they are added. */
async function publisherKeyOf(campaign: string): Promise<string> {
  const made = await post('/api/v1/publisher-keys', {
    ...{ name: 'Search & Co', sourceId: `${campaign}-publisher`, campaignId: campaign },
  });
  return String(made.key);
}

t.test('ping, then the call: the bidder is asked once, the buyer rings, what was bid is paid', { skip }, async (t) => {
  const bidder = await sut.startBidder({ accepted: true, bid: 40 });
  const buyer = await sut.startBuyer('uas-answers-expect-bye');
  const did = await sut.addCampaign({
    targets: [{ id: 'acme', uri: buyer.run.uri, bidderUrl: bidder.url }],
    pings: { ...TERMS, lifetimeMs: 50_000 },
  });
  const key = await publisherKeyOf('campaign-0');
  const answer = await post(`/rtb/${key}`, { callerNumber: CALLER, tags: { zip: '73301' } });
  t.match(answer, { status: 'bid', bid: { amount: 28, currency: 'USD' }, phoneNumber: did });
  const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: HANGUP_MS, caller: CALLER });
  t.ok(await caller.hears(BUYER_HZ), 'the caller hears the buyer');
  t.equal((await caller.run.ended).diagnosis, '');
  t.equal((await buyer.run.ended).diagnosis, '');
  const { call, timeline, bids } = await sut.record(caller);
  t.match(call, { outcome: 'sold', priceMicros: 40_000_000, payoutMicros: 28_000_000 });
  const steps = timeline.map(({ step }) => step);
  t.ok(steps.includes('ping-taken-up'));
  t.notOk(steps.includes('ping'), 'nobody is asked again');
  t.match(bids, [{ outcome: 'bid', amountMicros: 40_000_000 }]);
  const again = await sut.startCaller('uac-calls-expect-480', did, { caller: CALLER });
  t.equal((await again.run.ended).diagnosis, '', 'one ping, one call');
  await post(`/rtb/${key}`, { callerNumber: CALLER });
  const other = await sut.startCaller('uac-calls-expect-403', did, { caller: '+13105550199' });
  t.equal((await other.run.ended).diagnosis, '');
  t.match((await sut.record(other)).call.release, { sipStatus: 403, detail: /another caller/ });
  const figures = await (await fetch(`${url}/metrics`)).text();
  const source = 'source="campaign-0-publisher"';
  t.ok(figures.includes(`ringpost_publisher_pings_total{${source},result="bid"} 2`), 'looked twice');
  t.ok(figures.includes(`ringpost_publisher_calls_total{${source},result="matched"} 1`), 'and booked once');
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test(
  'a call that comes when its ping has expired is answered 480 and recorded with its reason',
  { skip },
  async (t) => {
    const did = await sut.addCampaign({
      targets: [{ id: 'acme', uri: 'sip:nobody@127.0.0.1:9' }],
      pings: { ...TERMS, lifetimeMs: 1 },
    });
    const answer = await post(`/rtb/${await publisherKeyOf('campaign-1')}`, { callerNumber: CALLER });
    t.match(answer, { status: 'bid', expiresInSeconds: 0 });
    const caller = await sut.startCaller('uac-calls-expect-480', did, { caller: CALLER });
    t.equal((await caller.run.ended).diagnosis, '');
    const { call } = await sut.record(caller);
    t.match(call, { outcome: 'refused', release: { by: 'system', sipStatus: 480, detail: /has expired/ } });
    t.same(await sut.settled(), NOTHING_HELD);
  },
);
