// The control app is killed while a caller is in a flow, and started again.
import t from 'tap';
import { ANY_BIDDER, biddingTarget } from '../support/call-configuration.js';
import { bidOf, CallFixture } from '../support/call-fixture.js';
import { flowOf, gatherNode, menuNode } from '../support/flow-samples.js';
import { adopt, killed, nextProcess } from '../support/next-process.js';
import { settled } from '../support/virtual-clock.js';

t.test('killed in a flow: he hears music, is not asked anew, and is sold with what he has answered', async (t) => {
  const nodes = { kept: gatherNode('zip', 'more', { maxDigits: 5 }), more: menuNode({ 1: 'sell' }) };
  const ping = { ...ANY_BIDDER.dialect.ping, fields: { zip: '{{zip}}' } };
  const bidder = { ...ANY_BIDDER, id: 'bidder-beta', dialect: { ...ANY_BIDDER.dialect, ping } };
  const campaign = { flowId: 'main', maxHoldMs: 30_000 };
  const options = {
    ...{ targets: [biddingTarget('beta')], bidders: [bidder], campaign },
    document: { flows: [flowOf(nodes)] },
  };
  const first = new CallFixture(options);
  const { call: invited } = first.invite();
  const leg = await invited.answeredLeg.promise;
  leg.greet();
  await first.clock.advance(0);
  for (const key of '90210') leg.press(key);
  await first.clock.advance(100);
  const { caller } = await killed(first);
  t.equal(first.pingsSent.length, 0);
  const next = nextProcess(first, 1_000, options);
  next.pings.set('bidder-beta', bidOf(45, 1_000));
  next.telephony.survivors.carry(caller, { application: 'playback' });
  const adopting = adopt(first, next);
  await settled();
  next.telephony.survivors.adopted[0]?.caller.greet();
  await adopting;
  await next.clock.advance(5_000);
  t.ok(next.telephony.log.includes('hold'));
  t.match(next.pingsSent, [{ tokens: { zip: '90210' } }]);
  next.telephony.survivors.adopted[0]?.caller.end();
  await settled();
  const { call, timeline } = await next.stored();
  t.match(call, { outcome: 'sold', flow: { answers: { zip: '90210' }, endedAt: Number } });
  t.match(
    timeline.find(({ step }) => step === 'adopted'),
    { text: /the caller waits, 30 s are left/ },
  );
  t.same(next.leftovers(), []);
});

t.test('a process that leaves asks nothing more: the caller is for the next one', async (t) => {
  const fixture = new CallFixture({
    campaign: { flowId: 'main' },
    document: { flows: [flowOf({ more: menuNode({ 1: 'sell' }) })] },
  });
  const { call } = fixture.invite();
  const leg = await call.answeredLeg.promise;
  leg.greet();
  await fixture.clock.advance(0);
  fixture.live.leave();
  await fixture.clock.advance(60_000);
  t.same(fixture.telephony.log, ['play nothing'], 'the question is not asked again');
  t.notOk(leg.hasEnded, 'and nobody is hung up');
  t.equal((await fixture.stored()).call.state, 'answered');
});
