/**
 * Several buyers ring for one caller, over real SIP and real audio: one of them gets the call, the others are told that it was completed
 * elsewhere, and nobody but the one who talks pays or is left over.
 */
import t, { type Test } from 'tap';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import { missingProgram } from '../support/installed-program.js';
import type { SippParty } from './sipp-party.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { BUYER_HZ, CALLER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const skip = missingProgram('sipp');
const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());

const ELSEWHERE = /^Reason: SIP;cause=200;text="Call completed elsewhere"\r?$/m;

async function assertTalk(t: Test, caller: SippParty, buyer: SippParty): Promise<void> {
  t.same(await Promise.all([caller.hears(BUYER_HZ), buyer.hears(CALLER_HZ)]), [true, true], 'they talk');
  await Promise.all([caller.receives(30), buyer.receives(30)]);
  t.ok(caller.isSilentAt(TONE_PROMPTS['hold-music'].hz), 'and the music is over');
}

async function assertSold(
  t: Test,
  caller: SippParty,
  buyers: readonly SippParty[],
  taken: string,
): Promise<CallDetails> {
  t.equal((await caller.run.ended).diagnosis, '');
  for (const buyer of buyers) t.equal((await buyer.run.ended).diagnosis, '');
  const details = await sut.record(caller);
  t.match(details.call, { outcome: 'sold', state: 'ended' });
  t.match(details.call.targetId, new RegExp(`-${taken}$`));
  t.equal(details.ledger.filter(({ kind }) => kind === 'buyer-charge').length, 1, 'one buyer pays');
  t.same(await sut.settled(), NOTHING_HELD);
  return details;
}

t.test('all ring at once: the first who answers talks, the others get CANCEL with its reason', { skip }, async (t) => {
  const slow = await sut.startBuyer('uas-rings-expect-cancel');
  const busy = await sut.startBuyer('uas-busy-expect-ack');
  const quick = await sut.startBuyer('uas-answers-expect-bye', { ring_ms: 800 });
  const did = await sut.addCampaign({
    strategy: { kind: 'simultaneous' },
    targets: [
      { id: 'slow', uri: slow.run.uri, price: 40 },
      { id: 'busy', uri: busy.run.uri, price: 35 },
      { id: 'quick', uri: quick.run.uri, price: 25 },
    ],
  });
  const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: 5_000 });
  await assertTalk(t, caller, quick);
  t.match((await slow.run.message('received', /^CANCEL/)).text, ELSEWHERE);
  const { timeline } = await assertSold(t, caller, [slow, busy, quick], 'quick');
  t.equal(timeline.filter(({ step }) => step === 'buyer-let-go').length, 1);
});

t.test('a 200 that crosses the CANCEL is hung up: the caller talks to the first one alone', { skip }, async (t) => {
  const late = await sut.startBuyer('uas-answers-despite-cancel-expect-ack-and-bye');
  const quick = await sut.startBuyer('uas-answers-expect-bye', { ring_ms: 500 });
  const did = await sut.addCampaign({
    strategy: { kind: 'simultaneous' },
    targets: [
      { id: 'late', uri: late.run.uri, price: 40 },
      { id: 'quick', uri: quick.run.uri, price: 25 },
    ],
  });
  const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: 5_000 });
  await assertTalk(t, caller, quick);
  await assertSold(t, caller, [late, quick], 'quick');
});

t.test('one who has answered and presses no key loses to one who presses it', { skip }, async (t) => {
  const mailbox = await sut.startBuyer('uas-answers-expect-bye');
  const person = await sut.startBuyer('uas-answers-expect-bye', { ring_ms: 600 });
  const changes = { acceptKey: { digit: '1', timeoutMs: 20_000, promptId: 'accept-prompt', voicemailDrop: null } };
  const did = await sut.addCampaign({
    strategy: { kind: 'staggered', intervalMs: 300 },
    targets: [
      { id: 'mailbox', uri: mailbox.run.uri, price: 40, changes },
      { id: 'person', uri: person.run.uri, price: 25, changes },
    ],
  });
  const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: 8_000 });
  const prompt = TONE_PROMPTS['accept-prompt'].hz;
  t.same(await Promise.all([mailbox.hears(prompt), person.hears(prompt)]), [true, true], 'both are asked');
  person.phone.sendDtmf('1');
  await assertTalk(t, caller, person);
  await assertSold(t, caller, [mailbox, person], 'person');
});

t.test('the caller hangs up while all ring: each of them is cancelled', { skip }, async (t) => {
  const buyers = await Promise.all([1, 2, 3].map(() => sut.startBuyer('uas-rings-expect-cancel')));
  const did = await sut.addCampaign({
    strategy: { kind: 'simultaneous' },
    targets: buyers.map(({ run }, index) => ({ id: `b${index}`, uri: run.uri })),
  });
  const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: 2_500 });
  t.equal((await caller.run.ended).diagnosis, '');
  for (const buyer of buyers) t.equal((await buyer.run.ended).diagnosis, '');
  t.match((await sut.record(caller)).call, { outcome: 'abandoned', bridgedAt: null });
  t.same(await sut.settled(), NOTHING_HELD);
});
