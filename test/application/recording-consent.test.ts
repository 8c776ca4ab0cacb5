/** Consent to recordings by the caller's state: who hears the announcement, and who is not recorded. */
import t from 'tap';
import { ALL_PARTY_STATUTES, whyConsent } from '../../src/domain/calls/recording-consent.js';
import type { Campaign } from '../../src/domain/campaigns/campaign.js';
import { staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';

const RULE = { states: Object.keys(ALL_PARTY_STATUTES) };
/** The one state whose numbers the test knows. */
const TEXAS = { states: ['TX'] };

const [TEXAN, TOLL_FREE] = ['+15125550123', '+18005550123'] as const;

async function served(callerUser: string, changes: Partial<Campaign>) {
  const fixture = new CallFixture({ targets: [staticTarget('alpha', 20)], campaign: changes });
  const { call, done } = fixture.invite({ callerUser });
  const caller = await call.answeredLeg.promise;
  const { consentPath, recordPath } = call.treatment ?? {};
  caller.greet();
  await fixture.clock.advance(3_000);
  caller.end();
  await done;
  const { recordings } = await fixture.stored();
  const told = fixture.steps.filter(({ step }) => step === 'consent').map(({ text }) => text);
  t.same(fixture.leftovers(), []);
  return { hears: consentPath !== null, isRecorded: recordings.length > 0, fromAnswer: recordPath !== null, told };
}

t.test(
  'the announcement is for callers of the states of the rule, and for whom nobody knows; all are recorded',
  async (t) => {
    const changes = { consentPromptId: 'greeting', recording: 'from-bridge' } as const;
    t.same(await served(TEXAN, { ...changes, consent: TEXAS }), {
      ...{ hears: true, isRecorded: true, fromAnswer: false },
      told: ['the caller hears the consent announcement: the caller may be in TX'],
    });
    t.same(await served(TEXAN, { ...changes, consent: RULE }), {
      ...{ hears: false, isRecorded: true, fromAnswer: false, told: ['no consent to the recording is asked for'] },
    });
    t.same(await served(TOLL_FREE, { ...changes, consent: RULE }), {
      ...{ hears: true, isRecorded: true, fromAnswer: false },
      told: ['the caller hears the consent announcement: where the caller is, is not known'],
    });
  },
);

t.test('without an announcement nothing is recorded of them, and the timeline says so', async (t) => {
  for (const recording of ['from-bridge', 'from-answer'] as const) {
    const changes = { consentPromptId: null, recording };
    t.same(await served(TEXAN, { ...changes, consent: TEXAS }), {
      ...{ hears: false, isRecorded: false, fromAnswer: false },
      told: ['the call is not recorded: the caller may be in TX, and there is no consent announcement'],
    });
    const free = await served(TEXAN, { ...changes, consent: RULE });
    t.match(free, { isRecorded: true, fromAnswer: recording === 'from-answer' });
  }
});

t.test('a campaign without a rule plays the announcement to everybody, and records as it did', async (t) => {
  const changes = { consentPromptId: 'greeting', recording: 'from-bridge', consent: null } as const;
  t.match(await served(TEXAN, changes), { hears: true, isRecorded: true, told: [] });
  t.match(await served(TEXAN, { ...changes, consentPromptId: null }), { hears: false, isRecorded: true });
});

t.test('a publisher who says where the caller is, is believed as well as his number', (t) => {
  const tags = (state: string, pinged: string) =>
    new Map([
      ['caller.state', state],
      ['ping.state', pinged],
    ]);
  t.equal(whyConsent(RULE, tags('TX', 'ca')), 'the caller may be in CA');
  t.equal(whyConsent(RULE, tags('WA', 'TX')), 'the caller may be in WA');
  t.equal(whyConsent(RULE, tags('TX', 'AZ')), null);
  t.end();
});
