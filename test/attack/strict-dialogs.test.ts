/**
 * Where the embedded switch keeps to RFC 3261 and the real drachtio does not (src/embedded/drachtio/differences.ts): a merged request is
 * refused, so is a request inside a dialog whose CSeq goes backwards, and each 200 of a forked INVITE but the first is ended.
 */
import t from 'tap';
import { AttackSystem } from './attack-system.js';
import { HostileBuyer } from './hostile-buyer.js';
import { newBranch } from './hostile-caller.js';

const system = await AttackSystem.start();
t.teardown(() => system.close());
const did = await system.addCampaign({
  targets: [],
  changes: { greetingPromptId: 'long-greeting' },
});

t.test('the same INVITE by another branch is a merged request: 482, and the first goes on', async (t) => {
  const caller = await system.caller(did);
  await caller.peer.send(caller.invite());
  await caller.peer.send(caller.invite({ branch: newBranch() }));
  const refusal = await caller.peer.response(482);
  t.match(refusal.startLine, /482/);
  await caller.acknowledge(await caller.peer.response(200));
  await caller.hangup();
  t.match((await system.record(caller.callId)).call, { state: 'ended', release: { by: 'caller' } });
  await system.assertNothingHeld(t);
});

t.test('a request with an older CSeq is refused and changes nothing (RFC 3261 section 12.2.2)', async (t) => {
  const caller = await system.caller(did);
  await caller.call({ cseq: 100 });
  await caller.peer.send(caller.write('BYE', { cseq: 5 }));
  t.equal((await caller.peer.final('BYE', 5)).status, 500);
  await caller.peer.send(caller.write('BYE', { cseq: 101 }));
  t.equal((await caller.peer.final('BYE', 101)).status, 200);
  t.match((await system.record(caller.callId)).call, { state: 'ended', release: { by: 'caller' } });
  await system.assertNothingHeld(t);
});

t.test('two 200s of a forked INVITE: the second is acknowledged and ended at once', async (t) => {
  const buyer = new HostileBuyer(await system.peer());
  const sold = await system.addCampaign({
    targets: [{ id: 'forked', uri: buyer.uri }],
    changes: { greetingPromptId: null, recording: 'off' },
  });
  const caller = await system.caller(sold);
  await caller.call();
  const invite = await buyer.invite();
  const bridged = system.reached('bridged');
  await buyer.answer(invite, '200 OK', { tag: 'one' });
  await buyer.peer.request('ACK');
  await buyer.answer(invite, '200 OK', { tag: 'two' });
  t.match((await buyer.byes()).header('to'), /tag=two/);
  await bridged;
  const byed = buyer.byes(1);
  t.equal((await caller.hangup()).status, 200);
  t.match((await byed).header('to'), /tag=one/);
  await system.record(caller.callId);
  await system.assertNothingHeld(t);
});
