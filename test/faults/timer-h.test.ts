/** A caller whose ACK never comes (RFC 3261 section 13.3.1.4): it takes 64*T1, 32 s, until the call is given up, with its reason. */
import t from 'tap';
import { AttackSystem } from '../attack/attack-system.js';

const system = await AttackSystem.start();
t.teardown(() => system.close());

t.test('no ACK to our 200: it is repeated, then BYE after 64*T1, and the record says so', async (t) => {
  const did = await system.addCampaign({
    targets: [],
    changes: { greetingPromptId: null, apologyPromptId: null, fallback: [] },
  });
  const caller = await system.caller(did);
  await caller.peer.send(caller.invite());
  caller.confirm(await caller.peer.response(200));
  await caller.peer.response(200, 'INVITE', 3);
  t.match((await caller.byes()).header('call-id'), caller.callId);
  const { call } = await system.record(caller.callId);
  t.match(call, { state: 'ended', outcome: 'abandoned', release: { cause: 'RECOVERY_ON_TIMER_EXPIRE' } });
  await system.assertNothingHeld(t);
});
