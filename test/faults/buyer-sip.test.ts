/**
 * Buyers' phones that break the rules: answers without or with impossible SDP, redirections, 200s after CANCEL or several of them, BYE
 * before ACK, requests that would move the call elsewhere. The next buyer is rung, and never do two of them talk.
 */
import t, { type Test } from 'tap';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import { AttackSystem } from '../attack/attack-system.js';
import { HostileBuyer } from '../attack/hostile-buyer.js';
import { type HostileCaller, sdpFor } from '../attack/hostile-caller.js';
import type { SipText } from '../attack/hostile-peer.js';
import { CoreWait } from '../support/core-wait.js';
import { SILENCE_LIMIT_MS, SilenceMeter } from '../support/silence-meter.js';

const system = await AttackSystem.start();
t.teardown(() => system.close());

interface Scene {
  readonly caller: HostileCaller;
  /** Offers most, and misbehaves. */
  readonly bad: HostileBuyer;
  /** Offers less, and answers properly. */
  readonly good: HostileBuyer;
  readonly invite: SipText;
  /** What the caller hears; it measures silence from his answer to the bridge. */
  readonly ear: SilenceMeter;
  readonly wait: CoreWait;
}

/** An answered caller, and the INVITE that the better offer has received. */
async function scene(ringTimeoutMs = 5_000): Promise<Scene> {
  const bad = new HostileBuyer(await system.peer());
  const good = new HostileBuyer(await system.peer());
  const did = await system.addCampaign({
    targets: [
      { id: 'bad', uri: bad.uri, price: 40, ringTimeoutMs },
      { id: 'good', uri: good.uri, price: 30 },
    ],
    changes: { greetingPromptId: null, recording: 'off' },
  });
  const caller = await system.caller(did);
  const ear = await SilenceMeter.open(null);
  system.defer(() => ear.phone.close());
  const ok = await caller.call({ sdp: sdpFor(ear.phone.port) });
  ear.phone.setRemote('127.0.0.1', Number(/^m=audio (\d+)/m.exec(ok.body)?.[1]), 0);
  ear.start();
  const wait = new CoreWait([process.pid, ...(system.switch.pid === null ? [] : [system.switch.pid])]);
  return { caller, bad, good, ear, wait, invite: await bad.invite() };
}

/** Whoever the call has reached, the caller hangs up and the record is closed. */
async function finish(t: Test, { caller }: Scene): Promise<CallDetails> {
  t.equal((await caller.hangup()).status, 200, 'the caller was still there');
  const details = await system.record(caller.callId);
  t.match(details.call, { state: 'ended', release: { by: 'caller' } });
  await system.assertNothingHeld(t);
  return details;
}

/** The second offer is rung, answers and talks; the first is in the trace with its reason. */
async function goodBuyerTakesIt(t: Test, at: Scene, reason: RegExp): Promise<void> {
  const invite = await at.good.invite();
  const bridged = system.reached('bridged');
  await at.good.answer(invite, '200 OK');
  await at.good.peer.request('ACK');
  await bridged;
  const [silentMs, waitedMs] = [Math.round(at.ear.stop()), at.wait.ms];
  // A machine that is busy with other things is not what is measured.
  const sentence = `the caller heard nothing for ${silentMs} ms at the most; ${waitedMs} ms were waited for a core`;
  t.ok(silentMs - waitedMs <= SILENCE_LIMIT_MS, sentence);
  const byed = at.good.byes();
  const { call, trace } = await finish(t, at);
  await byed;
  t.match(call.targetId, /good$/, 'the good buyer had the call');
  const failed = trace?.candidates.find(({ targetId }) => targetId.endsWith('bad'));
  t.equal(failed?.outcome, 'failed');
  const dial = failed?.checks.find((check) => check.check === 'dial' && !check.passed);
  t.match(dial?.values, reason, `the trace says: ${dial?.values}`);
}

const REFUSALS = [
  '302 Moved Temporarily',
  '404 Not Found',
  '486 Busy Here',
  '503 Service Unavailable',
  '603 Decline',
  '699 What',
];

for (const refusal of REFUSALS) {
  t.test(`${refusal}: no redirection is followed, the next buyer is rung`, async (t) => {
    const at = await scene();
    const elsewhere = new HostileBuyer(await system.peer());
    await at.bad.answer(at.invite, refusal, { headers: `Contact: <${elsewhere.uri}>\r\n` });
    await at.bad.peer.request('ACK');
    await goodBuyerTakesIt(t, at, new RegExp(`^${refusal.slice(0, 3)} `));
    t.same(elsewhere.peer.seen, [], 'nobody else was asked');
  });
}

const BAD_ANSWERS: Readonly<Record<string, string | null>> = {
  'without SDP': null,
  'with a body that is no SDP': 'hello\r\n',
  'without m=': 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n',
  'with the stream refused (port 0)': sdpFor(0),
  'without a codec of ours': sdpFor(9).replaceAll('RTP/AVP 0 101', 'RTP/AVP 18').replace('0 PCMU/8000', '18 G729/8000'),
  'with a port beyond all ports': sdpFor(70_000),
  'without an address': sdpFor(9)
    .replace(/c=.*\r\n/, '')
    .replace(/o=.*\r\n/, ''),
};

for (const [what, sdp] of Object.entries(BAD_ANSWERS)) {
  t.test(`200 ${what}: it is acknowledged and ended, the next buyer is rung`, async (t) => {
    const at = await scene();
    const byed = at.bad.byes();
    await at.bad.answer(at.invite, '200 OK', { sdp });
    await at.bad.peer.request('ACK');
    await byed;
    await goodBuyerTakesIt(t, at, /\w/);
  });
}

t.test('183 with audio, then silence until the ring time-out: CANCEL, and the next buyer is rung', async (t) => {
  const at = await scene(1_200);
  await at.bad.answer(at.invite, '183 Session Progress', { sdp: sdpFor() });
  const cancel = await at.bad.peer.request('CANCEL');
  await at.bad.answer(cancel, '200 OK');
  await at.bad.answer(at.invite, '487 Request Terminated');
  await goodBuyerTakesIt(t, at, /no answer in 1200 ms/);
});

t.test('200 after our CANCEL: acknowledged and ended at once, and only the other buyer talks', async (t) => {
  const at = await scene(1_200);
  await at.bad.answer(at.invite, '180 Ringing');
  const cancel = await at.bad.peer.request('CANCEL');
  const byed = at.bad.byes();
  await at.bad.answer(cancel, '200 OK');
  await at.bad.answer(at.invite, '200 OK');
  await at.bad.peer.request('ACK');
  await byed;
  await goodBuyerTakesIt(t, at, /no answer/);
});

t.test('a buyer who ignores the CANCEL as well: he is given up, the next buyer is rung', async (t) => {
  const at = await scene(1_200);
  await at.bad.answer(at.invite, '180 Ringing');
  const cancel = await at.bad.peer.request('CANCEL');
  const answered = at.good.invite();
  await answered;
  // Later he thinks better of it: his 200 is acknowledged and ended, though nobody waits for it any more.
  const byed = at.bad.byes();
  await at.bad.answer(cancel, '200 OK');
  await at.bad.answer(at.invite, '200 OK');
  await at.bad.peer.request('ACK');
  await byed;
  await goodBuyerTakesIt(t, at, /no answer/);
});

t.test('two 200s of a forked INVITE: the first talks, and never do two', async (t) => {
  const at = await scene();
  const bridged = system.reached('bridged');
  await at.bad.answer(at.invite, '200 OK', { tag: 'one' });
  await at.bad.peer.request('ACK');
  await at.bad.answer(at.invite, '200 OK', { tag: 'two' });
  // The real drachtio takes the second for the first come again, and acknowledges that one.
  await at.bad.peer.request('ACK', 1);
  await bridged;
  const isOfTheFirst = at.bad.peer.next(
    ({ method, status, text }) => method === 'BYE' && status === 0 && /^To:.*tag=one/im.test(text),
  );
  const answered = isOfTheFirst.then((bye) => at.bad.answer(bye, '200 OK'));
  const { call } = await finish(t, at);
  await answered;
  t.match(call.targetId, /bad$/);
  t.same(at.good.peer.seen, [], 'the other buyer was never rung');
});

t.test('200 and BYE in one moment, before our ACK: the next buyer is rung', async (t) => {
  const at = await scene();
  await Promise.all([at.bad.answer(at.invite, '200 OK'), at.bad.peer.send(at.bad.write(at.invite, 'BYE', 1))]);
  t.equal((await at.bad.peer.final('BYE', 1)).status, 200);
  await goodBuyerTakesIt(t, at, /\w/);
});

t.test('a 200 that is repeated ten times is acknowledged each time and is one call', async (t) => {
  const at = await scene();
  const bridged = system.reached('bridged');
  await at.bad.answer(at.invite, '200 OK');
  await at.bad.peer.request('ACK');
  for (let times = 0; times < 10; times += 1) await at.bad.answer(at.invite, '200 OK');
  await at.bad.peer.request('ACK', 10);
  await bridged;
  const byed = at.bad.byes();
  const { legs } = await finish(t, at);
  await byed;
  t.equal(legs.filter(({ side }) => side === 'b').length, 1);
});

/** The only channel up whose extension is the buyer's. */
async function buyerChannel(): Promise<string> {
  const { rows } = JSON.parse(await system.api('show channels as json')) as { rows: { uuid: string; dest: string }[] };
  const found = rows.find(({ dest }) => dest === 'buyer');
  if (found === undefined) throw new Error('no buyer has a channel');
  return found.uuid;
}

t.test(
  'the buyer holds by re-INVITE and resumes: he is answered each time, may be silent meanwhile, and the call goes on',
  async (t) => {
    const at = await scene();
    const bridged = system.reached('bridged');
    await at.bad.answer(at.invite, '200 OK');
    await bridged;
    const wanted = { sendonly: /a=recvonly/, inactive: /a=inactive/, sendrecv: /m=audio [1-9]/ };
    for (const [index, [direction, answered]] of Object.entries(wanted).entries()) {
      const cseq = index + 1;
      const sdp = sdpFor(9, cseq + 1).replace('a=sendrecv', `a=${direction}`);
      await at.bad.peer.send(at.bad.write(at.invite, 'INVITE', cseq, { sdp }));
      const final = await at.bad.peer.final('INVITE', cseq);
      t.equal(final.status, 200);
      t.match(final.body, answered, `${direction} is answered in kind`);
      await at.bad.peer.send(at.bad.write(at.invite, 'ACK', cseq));
      const limit = direction === 'sendrecv' ? '60000' : '1800000';
      t.equal((await system.api(`uuid_getvar ${await buyerChannel()} media_timeout`)).trim(), limit, direction);
    }
    const byed = at.bad.byes();
    await finish(t, at);
    await byed;
    t.same(at.good.peer.seen, [], 'the other buyer was never rung');
  },
);

t.test('re-INVITEs of both sides that meet: 491 for ours or theirs, and the call goes on', async (t) => {
  const at = await scene();
  const bridged = system.reached('bridged');
  await at.bad.answer(at.invite, '200 OK');
  await bridged;
  const { caller, bad, invite } = at;
  await Promise.all([
    caller.peer.send(caller.write('INVITE', { sdp: sdpFor(9, 2), cseq: 2 })),
    bad.peer.send(bad.write(invite, 'INVITE', 1, { sdp: sdpFor(9, 2) })),
  ]);
  const finals = await Promise.all([caller.peer.final('INVITE', 2), bad.peer.final('INVITE', 1)]);
  for (const { status } of finals) t.ok([200, 491, 500].includes(status), `answered ${status}`);
  await caller.peer.send(caller.write('ACK', { cseq: 2 }));
  await bad.peer.send(bad.write(invite, 'ACK', 1));
  const byed = bad.byes();
  await finish(t, at);
  await byed;
});

t.test('REFER, NOTIFY, SUBSCRIBE and an unknown method from the buyer move nothing', async (t) => {
  const at = await scene();
  const bridged = system.reached('bridged');
  await at.bad.answer(at.invite, '200 OK');
  await bridged;
  const elsewhere = new HostileBuyer(await system.peer());
  const headers = `Refer-To: <${elsewhere.uri}>\r\nEvent: refer\r\nSubscription-State: active\r\n`;
  const wanted = { REFER: 603, NOTIFY: 489, SUBSCRIBE: 489, PUBLISH: 405 } as const;
  for (const [index, [method, status]] of Object.entries(wanted).entries()) {
    await at.bad.peer.send(at.bad.write(at.invite, method, index + 1, { headers }));
    t.equal((await at.bad.peer.final(method, index + 1)).status, status, method);
  }
  const byed = at.bad.byes();
  await finish(t, at);
  await byed;
  t.same(elsewhere.peer.seen, []);
});
