/**
 * Calls that reach a buyer, over real SIP and real audio: SIPp on both sides, tones measured at both ends. In each, caller and buyer hear
 * the other's tone and no prompt, one call record says what happened, and nothing is held afterwards.
 */
import t, { type Test } from 'tap';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import { missingProgram } from '../support/installed-program.js';
import type { SippOptions } from '../support/sipp-run.js';
import type { SippParty } from './sipp-party.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { BUYER_HZ, CALLER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const skip = missingProgram('sipp');
/** From the answer: 1 s of greeting, then talk. */
const HANGUP_MS = 3_500;

interface Sale {
  readonly callerScenario: string;
  readonly callerKeys?: NonNullable<SippOptions['keys']>;
  readonly transport?: 'udp' | 'tcp';
  readonly knowsRepeats?: boolean;
  readonly greeting?: 'short-greeting' | 'long-greeting';
  /** What is done while the two talk. */
  readonly during?: (caller: SippParty, buyer: SippParty) => Promise<void>;
}

async function assertTalk(t: Test, caller: SippParty, buyer: SippParty): Promise<void> {
  const heard = await Promise.all([caller.hears(BUYER_HZ), buyer.hears(CALLER_HZ)]);
  t.same(heard, [true, true], 'the caller hears the buyer, and the buyer the caller');
  // The window of the measurement is half a second: 30 packets later it holds nothing from before the bridge.
  await Promise.all([caller.receives(30), buyer.receives(30)]);
  t.ok(caller.isSilentAt(CALLER_HZ), 'the caller does not hear himself');
  t.ok(buyer.isSilentAt(BUYER_HZ), 'the buyer does not hear himself');
  for (const [prompt, { hz }] of Object.entries(TONE_PROMPTS)) {
    t.ok(caller.isSilentAt(hz) && buyer.isSilentAt(hz), `neither hears the ${prompt}`);
  }
}

async function sell(t: Test, sut: SystemUnderTest, sale: Sale): Promise<CallDetails> {
  const { transport = 'udp', knowsRepeats = true, greeting = 'short-greeting' } = sale;
  const buyer = await sut.startBuyer('uas-answers-expect-bye', {}, { transport });
  const uri = transport === 'tcp' ? `${buyer.run.uri};transport=tcp` : buyer.run.uri;
  const did = await sut.addCampaign({ targets: [{ id: 'acme', uri }], changes: { greetingPromptId: greeting } });
  const caller = await sut.startCaller(
    sale.callerScenario,
    did,
    { hangup_ms: HANGUP_MS, ...sale.callerKeys },
    { transport, knowsRepeats },
  );
  await assertTalk(t, caller, buyer);
  await sale.during?.(caller, buyer);
  t.equal((await caller.run.ended).diagnosis, '', 'the caller got every message that he had to get');
  t.equal((await buyer.run.ended).diagnosis, '', 'and so did the buyer');
  const details = await sut.record(caller);
  t.match(details.call, { outcome: 'sold', state: 'ended', priceMicros: 30_000_000, release: { by: 'caller' } });
  t.equal(details.ledger.length, 2, 'one charge and one payout');
  t.same(await sut.settled(), NOTHING_HELD);
  return details;
}

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());

t.test('a caller is answered, greeted and bridged, and hangs up while talking', { skip }, async (t) => {
  const { call, recordings } = await sell(t, sut, { callerScenario: 'uac-hangs-up-expect-200' });
  t.ok(call.talkMs > 1_000 && call.talkMs < HANGUP_MS, `talk of ${call.talkMs} ms`);
  t.equal(recordings.length, 1);
});

t.test('SIP over TCP on both legs', { skip }, async (t) => {
  const { call } = await sell(t, sut, { callerScenario: 'uac-hangs-up-expect-200', transport: 'tcp' });
  t.equal(call.release?.cause, 'NORMAL_CLEARING');
});

t.test('every header of the INVITE is in its compact form', { skip }, async (t) => {
  const { call } = await sell(t, sut, { callerScenario: 'uac-compact-headers-expect-200' });
  t.equal(call.callerNumber, '+13105550123');
});

t.test('the INVITE has no offer: the 200 brings it and the ACK answers it', { skip }, async (t) => {
  const { call } = await sell(t, sut, { callerScenario: 'uac-delayed-offer-expect-offer-in-200' });
  t.equal(call.callerNumber, '+13105550123');
});

t.test('a byte in From that is not UTF-8 does not stop the call', { skip }, async (t) => {
  const { call } = await sell(t, sut, { callerScenario: 'uac-non-utf8-from-expect-200' });
  t.match(call.callerName, /^Caf/);
});

t.test('an INVITE that arrives twice is one call', { skip }, async (t) => {
  const before = await sut.app.store.calls.list({ limit: 100, before: null });
  await sell(t, sut, { callerScenario: 'uac-repeats-invite-expect-one-200', knowsRepeats: false });
  const after = await sut.app.store.calls.list({ limit: 100, before: null });
  t.equal(after.length, before.length + 1);
});

t.test('digits go both ways as RFC 4733 telephone events', { skip }, async (t) => {
  await sell(t, sut, {
    callerScenario: 'uac-hangs-up-expect-200',
    callerKeys: { hangup_ms: HANGUP_MS + 2_000 },
    during: async (caller, buyer) => {
      caller.phone.sendDtmf('12#');
      buyer.phone.sendDtmf('9*0');
      await Promise.all([
        buyer.phone.until(() => buyer.phone.digits.length === 3),
        caller.phone.until(() => caller.phone.digits.length === 3),
      ]);
      t.equal(buyer.phone.digits, '12#');
      t.equal(caller.phone.digits, '9*0');
    },
  });
});

await t.test(
  'the caller holds by re-INVITE and resumes: no audio goes to him meanwhile, and both talk again',
  async (t) => {
    await sell(t, sut, {
      callerScenario: 'uac-holds-expect-200',
      callerKeys: { talk_ms: 2_500, hold_ms: 1_500, hangup_ms: 2_000 },
      during: async (caller, buyer) => {
        await caller.run.message('sent', /^a=sendonly/m);
        await caller.run.message('received', /^a=(recvonly|inactive)/m);
        await caller.run.message('sent', /^a=sendrecv/m);
        t.ok(await caller.hears(BUYER_HZ), 'the caller hears the buyer again');
        t.ok(await buyer.hears(CALLER_HZ), 'and the buyer the caller');
      },
    });
  },
);

t.test('a buyer who answers during the greeting waits until it has been played to its end', { skip }, async (t) => {
  const { timeline } = await sell(t, sut, {
    callerScenario: 'uac-hangs-up-expect-200',
    callerKeys: { hangup_ms: 9_000 },
    greeting: 'long-greeting',
  });
  const at = (step: string): number => timeline.find((entry) => entry.step === step)?.atMs ?? Number.NaN;
  t.ok(at('buyer-answered') < at('greeted'), `answered at ${at('buyer-answered')} ms`);
  t.ok(at('bridged') >= at('greeted'), `greeted at ${at('greeted')} ms, bridged at ${at('bridged')} ms`);
});
