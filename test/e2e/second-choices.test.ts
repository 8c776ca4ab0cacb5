/**
 * Calls that get another buyer than the first one who was rung, over real SIP and real audio: the best is silent and the next best is rung
 * beside him; the best hangs up as soon as he is connected, and the caller hears music again until the next one talks to him.
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

const MUSIC_HZ = TONE_PROMPTS['hold-music'].hz;

async function ended(t: Test, caller: SippParty, buyers: readonly SippParty[]): Promise<CallDetails> {
  t.equal((await caller.run.ended).diagnosis, '');
  for (const buyer of buyers) t.equal((await buyer.run.ended).diagnosis, '');
  const details = await sut.record(caller);
  t.match(details.call, { outcome: 'sold', state: 'ended', priceMicros: 25_000_000 });
  t.equal(details.ledger.filter(({ kind }) => kind === 'buyer-charge').length, 1, 'one buyer owes the price');
  t.same(await sut.settled(), NOTHING_HELD);
  return details;
}

t.test('the best buyer is silent: the next best is rung beside him and takes the call', { skip }, async (t) => {
  const silent = await sut.startBuyer('uas-silent-expect-cancel');
  const next = await sut.startBuyer('uas-answers-expect-bye', { ring_ms: 300 });
  const did = await sut.addCampaign({
    targets: [
      { id: 'silent', uri: silent.run.uri, price: 40 },
      { id: 'next', uri: next.run.uri, price: 25 },
    ],
    changes: { hedgeAfterMs: 800 },
  });
  const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: 5_000 });
  t.same(await Promise.all([caller.hears(BUYER_HZ), next.hears(CALLER_HZ)]), [true, true], 'they talk');
  const { text } = await silent.run.message('received', /^CANCEL/);
  t.match(text, /^Reason: SIP;cause=200;text="Call completed elsewhere"\r?$/m);
  const { timeline } = await ended(t, caller, [silent, next]);
  t.ok(timeline.some(({ step, text }) => step === 'buyer-let-go' && text === 'silent is let go: next took the call'));
});

t.test('the best buyer hangs up at once: the caller hears music, then talks to the next one', { skip }, async (t) => {
  const rude = await sut.startBuyer('uas-answers-and-hangs-up-expect-200', { talk_ms: 1_500 });
  const next = await sut.startBuyer('uas-answers-expect-bye', { ring_ms: 1_500 });
  const did = await sut.addCampaign({
    targets: [
      { id: 'rude', uri: rude.run.uri, price: 40 },
      { id: 'next', uri: next.run.uri, price: 25 },
    ],
    changes: { recovery: { withinMs: 20_000, maxAttempts: 5 } },
  });
  const recovered = sut.reached('recovered');
  const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: 9_000 });
  t.ok(await rude.hears(CALLER_HZ), 'he talks to the first one');
  await recovered;
  t.ok(await caller.hears(MUSIC_HZ), 'then he hears music again');
  t.same(await Promise.all([caller.hears(BUYER_HZ), next.hears(CALLER_HZ)]), [true, true], 'and talks to the next one');
  const { recordings, timeline } = await ended(t, caller, [rude, next]);
  t.same(
    recordings.map(({ state }) => state),
    ['ready', 'ready'],
  );
  t.equal(timeline.filter(({ step }) => step === 'bridged').length, 2);
});
