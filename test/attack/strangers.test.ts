/** Who does not belong here: addresses of no trunk, and numbers that are nobody's. The first learn nothing, the second are told why. */
import t from 'tap';
import { OUTSIDER, STRANGER } from '../e2e/campaign-builder.js';
import { AttackSystem } from './attack-system.js';
import { newBranch } from './hostile-caller.js';

const system = await AttackSystem.start();
t.teardown(() => system.close());
const did = await system.addCampaign({ targets: [], changes: { greetingPromptId: null } });

const skip = system.switch.kind === 'servers' ? 'drachtio answers everybody: a firewall is its filter' : false;

for (const transport of ['udp', 'tcp'] as const) {
  t.test(`an outsider over ${transport.toUpperCase()} gets not one byte, whatever he sends`, { skip }, async (t) => {
    const outsider = await system.caller(did, { transport, address: OUTSIDER });
    const { peer } = outsider;
    const known = await system.caller(did, { transport });
    await known.call();
    const invite = outsider.invite();
    const messages = [
      invite,
      outsider.write('OPTIONS'),
      outsider.write('REGISTER'),
      outsider.write('SUBSCRIBE', { headers: 'Event: presence\r\n' }),
      outsider.write('MESSAGE'),
      outsider.write('CANCEL', { cseq: 1, branch: outsider.branch }),
      outsider.write('BYE', { to: `<sip:${did}@127.0.0.1>;tag=guessed` }),
      outsider.write('PRACK', { to: `<sip:${did}@127.0.0.1>;tag=guessed`, headers: 'RAck: 1 1 INVITE\r\n' }),
      outsider.write('UPDATE', { to: `<sip:${did}@127.0.0.1>;tag=guessed` }),
      outsider.write('INVITE', { to: `<sip:${did}@127.0.0.1>;tag=guessed`, branch: newBranch() }),
      outsider.write('NONSENSE'),
      invite.replace('SIP/2.0\r\n', 'SIP/7.0\r\n'),
      invite.replace(/Via: .*\r\n/, ''),
      invite.replace(/Call-ID: .*\r\n/, '').replace(outsider.branch, newBranch()),
      invite.replace('Content-Length', 'X-Length').replace(outsider.branch, newBranch()),
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      '\0\0\0\0',
    ];
    for (const message of messages) await peer.send(message);
    // All of it has been read before this is answered.
    for (let times = 0; times < 3; times += 1) t.equal((await options(known)).status, 200);
    t.equal(peer.bytesReceived, 0);
    t.equal((await known.hangup()).status, 200);
    await system.record(known.callId);
    await system.assertNothingHeld(t);
  });
}

async function options(caller: Awaited<ReturnType<typeof system.caller>>): Promise<{ readonly status: number }> {
  const text = caller.write('OPTIONS');
  await caller.peer.send(text);
  const cseq = Number(/CSeq: (\d+)/.exec(text)?.[1]);
  return await caller.peer.final('OPTIONS', cseq);
}

t.test('a source that the app alone knows for a stranger is not answered by the app, and counted', async (t) => {
  const before = system.app.events.unknownSources();
  const stranger = await system.caller(did, { address: STRANGER });
  await stranger.peer.send(stranger.invite());
  const [only] = await Promise.all([stranger.peer.response(100)]);
  await stranger.cancel();
  await stranger.peer.response(487);
  t.match(only.startLine, /^SIP\/2\.0 100/, 'the stack of drachtio answers 100 before the app is asked');
  t.equal(system.app.events.unknownSources(), before + 1);
  t.equal(
    system.logLines.filter((line) => line.includes('unknown source')).length,
    1,
    'a flood is not logged line by line',
  );
  await system.assertNothingHeld(t);
});

t.test('a stranger whose INVITE could not even be read is told nothing either, and counted', async (t) => {
  const before = system.app.events.unknownSources();
  const stranger = await system.caller(did, { address: STRANGER });
  await stranger.peer.send(stranger.invite({ sdp: '<sdp/>' }));
  await stranger.peer.response(100);
  await stranger.cancel();
  t.match((await stranger.peer.response(487)).startLine, /487/, 'its own CANCEL ends it, no 415 before');
  t.equal(system.app.events.unknownSources(), before + 1);
  await system.assertNothingHeld(t);
});

t.test('numbers that are nobody’s: 404, with the reason in the record, nothing asked of anybody', async (t) => {
  for (const called of [
    '+12025559999',
    '911',
    'anonymous',
    '%2b12025559999%00',
    "x'or'1'='1",
    '+1202555010%s',
    'a'.repeat(500),
  ]) {
    const caller = await system.caller(called);
    await caller.peer.send(caller.invite());
    const refusal = await caller.peer.final('INVITE', 1);
    await caller.acknowledgeRefusal(refusal);
    t.equal(refusal.status, 404, called.slice(0, 40));
    const { call, ledger, legs, bids } = await system.record(caller.callId);
    t.match(call, { state: 'refused', outcome: 'refused', release: { by: 'system', sipStatus: 404 } });
    t.match(call.release?.detail, /\w/, call.release?.detail ?? '');
    t.same([ledger, legs, bids], [[], [], []]);
  }
  await system.assertNothingHeld(t);
});
