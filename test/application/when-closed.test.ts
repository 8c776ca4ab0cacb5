// Callers who find a campaign closed: outside its hours or those of the source, on a holiday, beyond a cap.
import t from 'tap';
import type { Campaign } from '../../src/domain/campaigns/campaign.js';
import type { Cap } from '../../src/domain/routing/cap.js';
import type { Schedule } from '../../src/domain/routing/schedule.js';
import { pingingSource, staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { PingFixture } from '../support/ping-fixture.js';
import { servedCall } from '../support/served-call.js';

const NEVER: Schedule = { timeZone: 'UTC', ranges: [] };
const MESSAGE: Partial<Campaign> = {
  greetingPromptId: 'greeting',
  fallback: [{ kind: 'voicemail', greetingPromptId: null, limitMs: 60_000 }],
  whenClosed: [{ kind: 'message', promptId: 'apology' }],
};
const NONE_LEFT: Cap = { dimension: 'attempts', window: 'day', limit: 0, timeZone: 'UTC', kind: 'hard' };

const closings = [
  { why: 'a closed campaign', campaign: { schedule: NEVER }, detail: /campaign Plumbing is closed: .*message played/ },
  { why: 'a campaign with a full cap', campaign: { caps: [NONE_LEFT] }, detail: /campaign .*0 of 0.*message played/ },
];
for (const { why, campaign, detail } of closings) {
  t.test(`the caller of ${why} hears the message in place of a refusal, and is sold to nobody`, async (t) => {
    const fixture = new CallFixture({ targets: [staticTarget('alpha', 20)], campaign: { ...MESSAGE, ...campaign } });
    const { call, done } = fixture.invite();
    const caller = await call.answeredLeg.promise;
    t.equal(call.treatment?.greetingPath, null, 'a greeting promises what is not to come');
    caller.greet();
    await fixture.clock.advance(2_000);
    t.match(fixture.telephony.log, [/^message/]);
    caller.end();
    await done;
    t.same(fixture.telephony.dialled, []);
    const { call: record, timeline } = await fixture.stored();
    t.match(record, { outcome: 'message', release: { detail } });
    t.match(timeline.find(({ step }) => step === 'admitted')?.text, /not for sale: /);
    t.same(fixture.leftovers(), []);
  });
}

t.test('who is kept out for another reason is refused as ever, whatever the hours are', async (t) => {
  const ways: readonly (readonly [Partial<Campaign>, number])[] = [
    [{ isActive: false }, 480],
    [{ blockedCallers: ['+1310*'] }, 603],
    [{ maxCalls: 0 }, 503],
    [{ whenClosed: null }, 480],
  ];
  for (const [campaign, status] of ways) {
    const fixture = new CallFixture({ campaign: { ...MESSAGE, schedule: NEVER, ...campaign } });
    const { call, done } = fixture.invite();
    await done;
    t.equal(call.rejectedWith, status);
    t.same(fixture.leftovers(), []);
  }
});

t.test(
  'a source outside its hours: its caller hears the message and takes up no ping, its pings get no bid',
  async (t) => {
    const source = pingingSource({ isRequired: true }, { schedule: NEVER });
    const pings = new PingFixture({ campaign: MESSAGE }, source);
    t.match(await pings.ping(), { kind: 'no-bid', reason: 'closed-or-capped' });
    const { call, done } = pings.calls.invite();
    const caller = await call.answeredLeg.promise;
    caller.greet();
    await pings.calls.clock.advance(1_000);
    caller.end();
    await done;
    const { call: record } = await pings.calls.stored();
    t.match(record, { outcome: 'message', release: { detail: /source Publisher may not send calls now/ } });
    t.same(pings.calls.leftovers(), []);
  },
);

t.test('a caller outside the hours is put through to the number of the night, and nobody is billed', async (t) => {
  const dial = { kind: 'dial', destination: { kind: 'sip', uri: 'sip:night@192.0.2.9' }, trunkId: null } as const;
  const fixture = new CallFixture({
    targets: [staticTarget('alpha', 20)],
    campaign: { schedule: NEVER, whenClosed: [{ ...dial, ringTimeoutMs: 20_000 }] },
  });
  await servedCall(fixture);
  t.equal((await fixture.stored()).call.outcome, 'fallback-connected');
  t.same(
    fixture.telephony.dialled.map(({ targetId }) => targetId),
    [null],
  );
  t.same(fixture.leftovers(), []);
});
