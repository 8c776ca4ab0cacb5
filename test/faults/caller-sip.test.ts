/**
 * Callers at the wrong moment: CANCEL at any point of the set-up, BYE that crosses our answer, an INVITE that comes twice or under a
 * Call-ID that is taken, an ACK that never comes, re-INVITEs that meet. Each call ends once, with one record that says by whom.
 */
import t, { type Test } from 'tap';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { TonePhone } from '../../src/embedded/phone/tone-phone.js';
import { AttackSystem } from '../attack/attack-system.js';
import { HostileBuyer } from '../attack/hostile-buyer.js';
import { type HostileCaller, newBranch, sdpFor } from '../attack/hostile-caller.js';
import { SeededRandom } from '../attack/seeded-random.js';
import { OUTSIDER } from '../e2e/campaign-builder.js';
import { Deferred } from '../support/deferred.js';

/** How many cancelled calls; more for a longer hunt. */
const CANCELS = Number(process.env.ATTACK_CANCELS ?? 40);
const SEED = Number(process.env.ATTACK_SEED ?? 1);

const system = await AttackSystem.start();
t.teardown(() => system.close());

const ringing = await TonePhone.start({
  name: 'ringing',
  address: '127.0.0.1',
  port: 0,
  transport: 'udp',
  manner: { kind: 'ring-forever' },
  media: () => TonePhoneMedia.open({ address: '127.0.0.1', toneHz: null }),
});
system.defer(() => ringing.close());

/** A number whose callers hear nothing but music: their buyer rings and never answers. */
const unsold = await system.addCampaign({
  targets: [{ id: 'ringing', uri: ringing.uri, ringTimeoutMs: 25_000 }],
  changes: { greetingPromptId: null, maxHoldMs: 120_000, recording: 'off' },
});

async function ended(t: Test, caller: HostileCaller, by: string): Promise<CallDetails> {
  const details = await system.record(caller.callId);
  t.equal(details.call.state, 'ended');
  t.equal(details.call.release?.by, by, `released: ${JSON.stringify(details.call.release)}`);
  t.same(details.ledger, [], 'nobody pays');
  return details;
}

/** Does something at a seeded moment: the moment is what is attacked with, and nothing is waited for but the action's own end. */
function at<Result>(afterMs: number, act: () => Promise<Result>): Promise<Result> {
  const done = new Deferred<Promise<Result>>();
  setTimeout(() => done.resolve(act()), afterMs);
  return done.promise.then((result) => result);
}

t.test('CANCEL at any moment of the set-up: 487 or a call that ends with BYE, one record, nothing left', async (t) => {
  const random = new SeededRandom(SEED);
  const outcomes = new Map<string, number>();
  await Promise.all(
    Array.from({ length: CANCELS }, async () => {
      const caller = await system.caller(unsold, { callId: `cancel-${random.next()}-${random.next()}` });
      await at(random.below(1_000), () => caller.peer.send(caller.invite()));
      await at(random.below(60), () => caller.cancel());
      const final = await caller.peer.final('INVITE', 1);
      if (final.status === 200) {
        await caller.acknowledge(final);
        await caller.hangup();
      } else {
        t.equal(final.status, 487);
        await caller.acknowledgeRefusal(final);
      }
      const { call } = await ended(t, caller, 'caller');
      outcomes.set(`${final.status} ${call.outcome}`, (outcomes.get(`${final.status} ${call.outcome}`) ?? 0) + 1);
    }),
  );
  t.comment(JSON.stringify([...outcomes]));
  t.same(
    [...outcomes.keys()].filter((key) => key !== '487 cancelled' && key !== '200 abandoned'),
    [],
  );
  await system.assertNothingHeld(t);
});

t.test('BYE in place of the ACK to our 200: the call ends, nothing waits for the ACK', async (t) => {
  const caller = await system.caller(unsold);
  await caller.peer.send(caller.invite());
  caller.confirm(await caller.peer.response(200));
  t.equal((await caller.hangup()).status, 200);
  await ended(t, caller, 'caller');
  await system.assertNothingHeld(t);
});

t.test('ACK and BYE in one moment, BYE first', async (t) => {
  const caller = await system.caller(unsold);
  await caller.peer.send(caller.invite());
  caller.confirm(await caller.peer.response(200));
  const bye = caller.write('BYE', { cseq: 2 });
  const ack = caller.write('ACK', { cseq: 1 });
  await Promise.all([caller.peer.send(bye), caller.peer.send(ack)]);
  t.equal((await caller.peer.final('BYE', 2)).status, 200);
  await ended(t, caller, 'caller');
  await system.assertNothingHeld(t);
});

t.test('BYE before any answer but the 100 belongs to no dialog: 481, and the call goes on', async (t) => {
  const caller = await system.caller(unsold);
  await caller.peer.send(caller.invite());
  await caller.peer.send(caller.write('BYE', { cseq: 2 }));
  const answers = await Promise.all([caller.peer.final('BYE', 2), caller.peer.response(200)]);
  t.equal(answers[0].status, 481);
  await caller.acknowledge(answers[1]);
  t.equal((await caller.hangup()).status, 200);
  await ended(t, caller, 'caller');
  await system.assertNothingHeld(t);
});

t.test('an INVITE that comes ten times is one call', async (t) => {
  const caller = await system.caller(unsold);
  const before = (await system.app.store.calls.list({ limit: 500, before: null })).length;
  const invite = caller.invite();
  for (let times = 0; times < 10; times += 1) await caller.peer.send(invite);
  await caller.acknowledge(await caller.peer.response(200));
  await caller.peer.send(invite);
  await caller.hangup();
  await ended(t, caller, 'caller');
  const after = (await system.app.store.calls.list({ limit: 500, before: null })).length;
  t.equal(after, before + 1);
  await system.assertNothingHeld(t);
});

t.test('the same INVITE by another branch is refused, or a call of its own that ends too; nothing stays', async (t) => {
  const caller = await system.caller(unsold);
  const other = newBranch();
  await caller.peer.send(caller.invite());
  await caller.peer.send(caller.invite({ branch: other }));
  const finalOf = (branch: string) =>
    caller.peer.next(({ status, text }) => status >= 200 && text.includes(branch) && /^CSeq: 1 INVITE/im.test(text));
  const finals = await Promise.all([finalOf(caller.branch), finalOf(other)]);
  t.ok(
    finals.some(({ status }) => status === 200),
    `answered ${finals.map(({ status }) => status).join(' and ')}`,
  );
  for (const [index, final] of finals.entries()) {
    if (final.status === 200) await caller.acknowledge(final);
    else t.ok([480, 482].includes(final.status), `refused with ${final.status}`);
    if (final.status === 200) await caller.peer.send(caller.write('BYE', { cseq: 2 + index }));
  }
  await system.app.live.whenEmpty();
  await system.assertNothingHeld(t);
});

t.test('a new INVITE under the Call-ID of a call that is up does not touch that call', async (t) => {
  const caller = await system.caller(unsold);
  await caller.call();
  const intruder = await system.caller(unsold, { callId: caller.callId });
  await intruder.peer.send(intruder.invite());
  const refusal = await intruder.peer.final('INVITE', 1);
  t.ok([482, 491].includes(refusal.status), `${refusal.status}: the very same CSeq is a merged request`);
  await intruder.acknowledgeRefusal(refusal);
  await intruder.peer.send(intruder.invite({ branch: newBranch(), cseq: 7 }));
  t.equal((await intruder.peer.final('INVITE', 7)).status, 491);
  t.equal((await caller.hangup()).status, 200, 'the call was still there');
  await ended(t, caller, 'caller');
  await system.assertNothingHeld(t);
});

t.test(
  'two INVITEs with one Call-ID and different From tags, both before an answer: each ends, none is forgotten',
  async (t) => {
    const first = await system.caller(unsold, { callId: 'shared-call-id-1' });
    const second = await system.caller(unsold, { callId: 'shared-call-id-1', fromTag: 'other' });
    await Promise.all([first.peer.send(first.invite()), second.peer.send(second.invite())]);
    for (const caller of [first, second]) {
      const final = await caller.peer.final('INVITE', 1);
      if (final.status !== 200) {
        await caller.acknowledgeRefusal(final);
        continue;
      }
      await caller.acknowledge(final);
      t.equal((await caller.hangup()).status, 200);
    }
    await system.assertNothingHeld(t);
  },
);

t.test('re-INVITEs that meet: the second is answered 491, the first 200, and the call goes on', async (t) => {
  const buyer = new HostileBuyer(await system.peer());
  const did = await system.addCampaign({ targets: [{ id: 'b', uri: buyer.uri }], changes: { greetingPromptId: null } });
  const caller = await system.caller(did);
  const bridged = system.reached('bridged');
  await caller.call();
  const invite = await buyer.invite();
  await buyer.answer(invite, '200 OK');
  await bridged;
  await Promise.all([
    caller.peer.send(caller.write('INVITE', { cseq: 2, sdp: sdpFor(9, 2) })),
    caller.peer.send(caller.write('INVITE', { cseq: 3, sdp: sdpFor(9, 3) })),
  ]);
  const finals = await Promise.all([caller.peer.final('INVITE', 2), caller.peer.final('INVITE', 3)]);
  t.ok([491, 500].includes(finals[1].status), `the second gets ${finals[1].status}`);
  t.equal(finals[0].status, 200);
  await caller.peer.send(caller.write('ACK', { cseq: 2 }));
  await buyer.peer.send(buyer.write(invite, 'INVITE', 9, { sdp: sdpFor(9, 2) }));
  t.equal((await buyer.peer.final('INVITE', 9)).status, 200);
  await buyer.peer.send(buyer.write(invite, 'ACK', 9));
  const byed = buyer.byes();
  await caller.peer.send(caller.write('BYE', { cseq: 4 }));
  t.equal((await caller.peer.final('BYE', 4)).status, 200);
  await byed;
  const { call } = await system.record(caller.callId);
  t.match(call, { state: 'ended', release: { by: 'caller' } });
  await system.assertNothingHeld(t);
});

t.test('a stranger who guesses Call-ID and tags cannot end a call', async (t) => {
  const caller = await system.caller(unsold);
  await caller.call();
  const stranger = await system.peer({ address: OUTSIDER });
  await stranger.send(caller.write('BYE', { to: '<sip:x@127.0.0.1>;tag=guessed', cseq: 50 }));
  t.equal((await caller.hangup()).status, 200);
  t.ok(
    stranger.seen.every(({ status }) => status === 481),
    'he is told at the most that there is no such call',
  );
  await ended(t, caller, 'caller');
  await system.assertNothingHeld(t);
});

t.test('REFER from the caller is declined: he may not choose whom we dial', async (t) => {
  const caller = await system.caller(unsold);
  await caller.call();
  await caller.peer.send(caller.write('REFER', { cseq: 2, headers: 'Refer-To: <sip:premium@127.0.0.1:9>\r\n' }));
  t.equal((await caller.peer.final('REFER', 2)).status, 603);
  await caller.peer.send(caller.write('BYE', { cseq: 3 }));
  t.equal((await caller.peer.final('BYE', 3)).status, 200);
  await ended(t, caller, 'caller');
  await system.assertNothingHeld(t);
});

t.test(
  'a Contact without a host, of which drachtio 0.9.10 would die at our answer: no answer, and the next call is taken',
  async (t) => {
    const contacts = ['<sir@127.0.0.1:9>', '<tel:+15550100>', '*', '<:@>'];
    for (const contact of contacts) {
      const caller = await system.caller(unsold);
      await caller.peer.send(caller.invite({ contact }));
      await caller.peer.send(caller.write('OPTIONS', { cseq: 2 }));
      t.equal((await caller.peer.final('OPTIONS', 2)).status, 200, contact);
      const finals = caller.peer.seen.filter(({ status, method }) => method === 'INVITE' && status >= 200);
      t.ok(
        finals.every(({ status }) => status === 400),
        'at most the stack itself refuses it',
      );
    }
    const plain = await system.caller(unsold);
    await plain.call();
    t.equal((await plain.hangup()).status, 200);
    await ended(t, plain, 'caller');
    await system.assertNothingHeld(t);
  },
);
