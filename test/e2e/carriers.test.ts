/**
 * Calls as Telnyx and Twilio send them, and calls through trunks of theirs to a buyer: SIPp with the carriers' header forms and habits,
 * tones measured at both ends. The same sentences run against the embedded switch and the real servers.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import type { Gateway } from '../../src/domain/trunks/trunk.js';
import { missingProgram } from '../support/installed-program.js';
import { DIALLED } from './campaign-builder.js';
import type { SippParty } from './sipp-party.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { BUYER_HZ, CALLER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const skip = missingProgram('sipp');
const HANGUP_MS = 3_500;

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());

const gatewayAt = (port: number, priority = 1): Gateway => ({
  host: '127.0.0.1',
  port,
  transport: 'udp',
  priority,
  weight: 1,
});

async function assertWell(t: Test, ...parties: readonly SippParty[]): Promise<void> {
  for (const party of parties) t.equal((await party.run.ended).diagnosis, '', 'every message came as it had to');
}

async function assertTalk(t: Test, caller: SippParty, buyer: SippParty): Promise<void> {
  t.same(await Promise.all([caller.hears(BUYER_HZ), buyer.hears(CALLER_HZ)]), [true, true], 'each hears the other');
}

t.test(
  'telnyx-in: a call with all that Telnyx sends is sold, and its habits inside the call are answered',
  { skip },
  async (t) => {
    const buyer = await sut.startBuyer('uas-answers-and-hangs-up-expect-200', { talk_ms: 4_000 });
    const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: buyer.run.uri }] });
    const caller = await sut.startCaller('telnyx-in', did, { talk_ms: 1_500, hold_ms: 400 });
    await assertTalk(t, caller, buyer);
    const ping = await sut.startCaller('uac-options-expect-200', did);
    await assertWell(t, ping, caller, buyer);
    const { call } = await sut.record(caller);
    t.match(call, {
      ...{ outcome: 'sold', verstat: 'TN-Validation-Passed-A', isCallerPrivate: false },
      ...{ callerNumber: '+13105550123', callerName: 'Test caller', release: { by: 'buyer' } },
    });
    t.same(await sut.settled(), NOTHING_HELD);
  },
);

t.test(
  'twilio-in: a call with all that Twilio sends is sold, and its habits inside the call are answered',
  { skip },
  async (t) => {
    const buyer = await sut.startBuyer('uas-answers-expect-bye');
    const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: buyer.run.uri }] });
    const caller = await sut.startCaller('twilio-in', did, { talk_ms: 1_500, hold_ms: 400, hangup_ms: 1_000 });
    await assertTalk(t, caller, buyer);
    const ping = await sut.startCaller('uac-options-expect-200', did);
    await assertWell(t, ping, caller, buyer);
    const { call } = await sut.record(caller);
    t.match(call, { outcome: 'sold', verstat: 'TN-Validation-Passed-B', callerNumber: '+13105550123' });
    t.same(await sut.settled(), NOTHING_HELD);
  },
);

t.test(
  'a Telnyx gateway answers 503: the next gateway rings the buyer, with +E.164, Diversion and the identity',
  { skip },
  async (t) => {
    const full = await sut.startBuyer('uas-unavailable-expect-ack');
    const buyer = await sut.startBuyer('uas-answers-expect-bye');
    const gateways = [gatewayAt(full.run.port, 1), gatewayAt(buyer.run.port, 2)];
    const did = await sut.addCampaign({
      targets: [{ id: 'acme', uri: '', through: { profile: 'telnyx', gateways, optionsProbe: null } }],
    });
    const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: HANGUP_MS });
    await assertTalk(t, caller, buyer);
    await assertWell(t, full, caller, buyer);
    const { text } = await buyer.run.message('received', /^INVITE/);
    t.match(text, `INVITE sip:${DIALLED}@127.0.0.1:${buyer.run.port} SIP/2.0`);
    t.match(text, /^From: <sip:\+13105550123@/m);
    t.match(text, /^P-Asserted-Identity: <sip:\+13105550123@/m);
    t.match(text, new RegExp(`^Diversion: <sip:\\${did}@[^>]+>;reason=unconditional`, 'm'));
    const { timeline, call } = await sut.record(caller);
    t.equal(call.outcome, 'sold');
    t.match(timeline.find(({ step }) => step === 'buyer-failed')?.text, /^acme: 503 /);
    t.same(await sut.settled(), NOTHING_HELD);
  },
);

t.test(
  'a Twilio trunk takes one call a second: the second INVITE waits for its turn, and the timeline says so',
  { skip },
  async (t) => {
    const full = await sut.startBuyer('uas-unavailable-expect-ack');
    const buyer = await sut.startBuyer('uas-answers-expect-bye');
    const gateways = [gatewayAt(full.run.port, 1), gatewayAt(buyer.run.port, 2)];
    const through = { profile: 'twilio', name: 'Twilio', gateways, paceScope: 'trunk', optionsProbe: null } as const;
    const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: '', through }] });
    const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: HANGUP_MS });
    await assertTalk(t, caller, buyer);
    await assertWell(t, full, caller, buyer);
    const { timeline } = await sut.record(caller);
    const dials = timeline.filter(({ step }) => step === 'dialing');
    t.match(dials[1]?.text, /^acme waits \d+ ms for its turn: 1 call a second on trunk Twilio$/);
    t.ok((dials[2]?.atMs ?? 0) - (dials[0]?.atMs ?? 0) >= 990, 'a second lies between the two INVITEs');
    t.same(await sut.settled(), NOTHING_HELD);
  },
);

t.test('a trunk asks for credentials: the INVITE comes again with the answer to the challenge', { skip }, async (t) => {
  const buyer = await sut.startBuyer('uas-challenges-expect-credentials');
  const credentials = { username: 'ringpost', password: 's3cret' };
  const through = { credentials, gateways: [gatewayAt(buyer.run.port)], optionsProbe: null };
  const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: '', through }] });
  const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: HANGUP_MS });
  await assertTalk(t, caller, buyer);
  await assertWell(t, caller, buyer);
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test(
  'a gateway that says nothing: the next one rings the buyer while the caller hears music',
  { skip },
  async (t) => {
    const silent = createSocket('udp4');
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
    t.teardown(() => silent.close());
    const buyer = await sut.startBuyer('uas-answers-expect-bye');
    const gateways = [gatewayAt(silent.address().port, 1), gatewayAt(buyer.run.port, 2)];
    const through = { gateways, silentAfterMs: 700, optionsProbe: null };
    const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: '', through }] });
    const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: HANGUP_MS });
    await assertTalk(t, caller, buyer);
    await assertWell(t, caller, buyer);
    const { timeline, call } = await sut.record(caller);
    t.equal(call.outcome, 'sold');
    t.match(timeline.find(({ step }) => step === 'buyer-failed')?.text, /^acme: 408 .*no sign of life within 700 ms$/);
    // drachtio waits for the silent gateway until timer B, 32 s; that is all that is left.
    t.match(await sut.settled(), { ...NOTHING_HELD, pendingCommands: 1 });
  },
);

t.test(
  'audio of the buyer before his answer is not passed on: the caller hears music until the bridge',
  { skip },
  async (t) => {
    const buyer = await sut.startBuyer('uas-sends-early-media-expect-bye', { ring_ms: 2_000 });
    const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: buyer.run.uri }] });
    const ringing = sut.reached('ringing');
    const bridged = sut.reached('bridged');
    const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: 5_000 });
    await ringing;
    let isBridged = false;
    void bridged.then(() => {
      isBridged = true;
    });
    t.equal(await caller.hears(TONE_PROMPTS['hold-music'].hz), true, 'music');
    await caller.receives(30);
    t.equal(isBridged, false, 'while it rings');
    t.ok(caller.isSilentAt(BUYER_HZ), 'and nothing of the early audio');
    await bridged;
    await assertTalk(t, caller, buyer);
    await assertWell(t, caller, buyer);
    const held = await sut.settled();
    t.match(held, { callerLegs: 0, buyerLegs: 0, dialogs: 0, live: 0, slots: [] });
  },
);
