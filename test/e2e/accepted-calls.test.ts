/**
 * Calls that a buyer takes with a key, over real SIP and real audio: he hears whisper and prompt, the caller goes on hearing music, and
 * the two are joined when the key is pressed, in the audio (RFC 4733) or by INFO; without it the next buyer is rung.
 */
import t, { type Test } from 'tap';
import type { AcceptKey } from '../../src/domain/campaigns/buyer.js';
import { missingProgram } from '../support/installed-program.js';
import type { SippParty } from './sipp-party.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { BUYER_HZ, CALLER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const skip = missingProgram('sipp');
const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());

const KEY: AcceptKey = { digit: '5', timeoutMs: 8_000, promptId: 'accept-prompt', voicemailDrop: null };
const CHANGES = { whisperPromptId: 'whisper', acceptKey: KEY };
const MUSIC_HZ = TONE_PROMPTS['hold-music'].hz;

async function assertTalk(t: Test, caller: SippParty, buyer: SippParty): Promise<void> {
  t.same(await Promise.all([caller.hears(BUYER_HZ), buyer.hears(CALLER_HZ)]), [true, true], 'they talk');
  await Promise.all([caller.receives(30), buyer.receives(30)]);
  t.ok(caller.isSilentAt(MUSIC_HZ), 'the music is over');
  t.ok(buyer.isSilentAt(TONE_PROMPTS['accept-prompt'].hz), 'and so is the prompt, though it is longer');
}

async function assertSold(t: Test, caller: SippParty, buyers: readonly SippParty[], taken: string): Promise<void> {
  t.equal((await caller.run.ended).diagnosis, '');
  for (const buyer of buyers) t.equal((await buyer.run.ended).diagnosis, '');
  const { call, timeline } = await sut.record(caller);
  t.match(call, { outcome: 'sold', state: 'ended' });
  t.match(call.targetId, new RegExp(`-${taken}$`));
  const at = (step: string): number => timeline.find((entry) => entry.step === step)?.atMs ?? Number.NaN;
  const released = timeline.find(({ step }) => step === 'unbridged')?.atMs ?? Number.NaN;
  t.ok(Math.abs(call.talkMs - (released - at('bridged'))) < 1_000, `talk of ${call.talkMs} ms counts from the bridge`);
  t.same(await sut.settled(), NOTHING_HELD);
}

for (const [how, scenario, keys] of [
  ['as an RFC 4733 telephone event', 'uas-answers-expect-bye', {}],
  ['by INFO', 'uas-presses-key-by-info-expect-bye', { press_ms: 2_500, press_key: 5 }],
] as const) {
  t.test(`a buyer takes the call with a key ${how}; the caller hears music until then`, { skip }, async (t) => {
    const buyer = await sut.startBuyer(scenario, keys);
    const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: buyer.run.uri, changes: CHANGES }] });
    const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: 7_000 });
    t.ok(await buyer.hears(TONE_PROMPTS.whisper.hz), 'the buyer hears the whisper');
    t.ok(await buyer.hears(TONE_PROMPTS['accept-prompt'].hz), 'then what to press');
    t.ok(await caller.hears(MUSIC_HZ), 'the caller hears music meanwhile');
    t.ok(caller.isSilentAt(BUYER_HZ) && buyer.isSilentAt(CALLER_HZ), 'and neither hears the other');
    if (scenario === 'uas-answers-expect-bye') buyer.phone.sendDtmf('5');
    await assertTalk(t, caller, buyer);
    await assertSold(t, caller, [buyer], 'acme');
  });
}

t.test('a voicemail box that presses nothing is left a message, while the next buyer talks', { skip }, async (t) => {
  const mailbox = await sut.startBuyer('uas-answers-expect-bye');
  const next = await sut.startBuyer('uas-answers-expect-bye');
  const voicemailDrop = { promptId: 'ending-message', afterMs: 200 };
  const acceptKey = { ...KEY, timeoutMs: 1_000, promptId: null, voicemailDrop };
  const did = await sut.addCampaign({
    targets: [
      { id: 'mailbox', uri: mailbox.run.uri, price: 40, changes: { acceptKey } },
      { id: 'next', uri: next.run.uri, price: 25 },
    ],
  });
  const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: 7_000 });
  t.ok(await mailbox.hears(TONE_PROMPTS['ending-message'].hz), 'the box hears the message');
  t.equal((await mailbox.run.ended).diagnosis, '', 'and is hung up behind it');
  t.ok(caller.isSilentAt(TONE_PROMPTS['ending-message'].hz), 'the caller does not');
  await assertTalk(t, caller, next);
  t.equal((await caller.run.ended).diagnosis, '');
  const { call, timeline } = await sut.record(caller);
  t.match(call.targetId, /-next$/);
  const told = timeline.filter(({ step }) => step === 'voicemail-drop').map(({ text }) => text);
  t.match(told, [/mailbox is left a message$/, /mailbox: the message was left whole$/]);
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('a buyer who answers and presses nothing is let go, and the next one gets the call', { skip }, async (t) => {
  const mailbox = await sut.startBuyer('uas-answers-expect-bye');
  const next = await sut.startBuyer('uas-answers-expect-bye');
  const acceptKey = { ...KEY, timeoutMs: 1_000, promptId: null };
  const did = await sut.addCampaign({
    targets: [
      { id: 'mailbox', uri: mailbox.run.uri, price: 40, changes: { acceptKey } },
      { id: 'next', uri: next.run.uri, price: 25 },
    ],
  });
  const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: 5_000 });
  t.ok(await caller.hears(MUSIC_HZ), 'the caller hears music while nobody presses a key');
  await assertTalk(t, caller, next);
  await assertSold(t, caller, [mailbox, next], 'next');
});
