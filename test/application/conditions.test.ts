// Targets with conditions, in whole calls on scripted ports.
import t from 'tap';
import type { Condition } from '../../src/domain/routing/condition.js';
import { DID, staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { servedCall } from '../support/served-call.js';

function inStates(...values: string[]): Condition {
  return { kind: 'tag', tag: 'caller.state', operator: 'in', values, passesIfMissing: false };
}

t.test(
  "a target whose condition the caller's state does not meet is left out, and the trace says what would",
  async (t) => {
    const targets = [
      staticTarget('west', 40, { condition: inStates('CA', 'NV') }),
      staticTarget('south', 30, { condition: inStates('TX') }),
    ];
    const fixture = new CallFixture({ targets });
    t.same(await servedCall(fixture, { callerUser: '+15125550123' }), ['south']);
    const { trace } = await fixture.stored();
    const west = trace?.candidates.find(({ targetId }) => targetId === 'west');
    t.equal(west?.outcome, 'ineligible');
    t.match(
      west?.checks.find((each) => each.check === 'condition'),
      { passed: false, values: 'caller.state is TX', needed: 'caller.state in CA, NV' },
    );
  },
);

t.test('a call that needs a language goes to a target that has it, though another offers more', async (t) => {
  const speaks = (language: string): Condition => {
    return { kind: 'tag', tag: 'did.language', operator: 'in', values: [language], passesIfMissing: true };
  };
  const targets = [
    staticTarget('english', 40, { condition: speaks('en') }),
    staticTarget('spanish', 30, { condition: speaks('es') }),
  ];
  const row = {
    id: 'did',
    number: DID,
    campaignId: 'campaign',
    sourceId: 'source',
    isActive: true,
    pause: null,
    fax: null,
  };
  const fixture = new CallFixture({ targets, document: { dids: [{ ...row, tags: { language: 'es' } }] } });
  await servedCall(fixture);
  t.equal(fixture.telephony.dialled[0]?.targetId, 'spanish');
});

t.test(
  'a caller goes to the team of his time zone; one whose zone nobody knows to who does not ask for it',
  async (t) => {
    const inZone = (...values: string[]): Condition => {
      return { kind: 'tag', tag: 'caller.time_zone', operator: 'in', values, passesIfMissing: false };
    };
    const targets = [
      staticTarget('eastern', 40, { condition: inZone('America/New_York', 'America/Toronto') }),
      staticTarget('central', 30, { condition: inZone('America/Chicago') }),
      staticTarget('anywhere', 20),
    ];
    t.same(await servedCall(new CallFixture({ targets }), { callerUser: '+15125550123' }), ['central']);
    t.same(await servedCall(new CallFixture({ targets }), { callerUser: '+18005550123' }), ['anywhere']);
  },
);
