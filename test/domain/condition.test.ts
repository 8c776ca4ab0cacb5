// Conditions over what is known of a call, and what is known of it.
import fc from 'fast-check';
import t from 'tap';
import { receiveCall } from '../../src/domain/calls/call.js';
import { attestationOf, type CallerArea, tagsOf } from '../../src/domain/calls/call-tags.js';
import {
  type Condition,
  describeCondition,
  describeTags,
  holds,
  type TagOperator,
} from '../../src/domain/routing/condition.js';

function tag(name: string, operator: TagOperator, ...values: string[]): Condition {
  return { kind: 'tag', tag: name, operator, values, passesIfMissing: false };
}

const TAGS = new Map([
  ['caller.state', 'TX'],
  ['ivr.age', '65'],
  ['ivr.zip', '78701'],
]);

const TEXAS: CallerArea = { country: 'US', state: 'TX', areaCode: '512', timeZone: 'America/Chicago' };

t.test('each operator compares as its name says, letters without their case, numbers by size', (t) => {
  const rows: readonly [Condition, boolean][] = [
    [tag('caller.state', 'equals', 'tx'), true],
    [tag('caller.state', 'not-equals', 'TX'), false],
    [tag('caller.state', 'in', 'CA', 'tx'), true],
    [tag('caller.state', 'not-in', 'CA', 'NV'), true],
    [tag('ivr.age', 'less-than', '100'), true],
    [tag('ivr.age', 'at-most', '65'), true],
    [tag('ivr.age', 'greater-than', '65'), false],
    [tag('ivr.age', 'at-least', '65'), true],
    [tag('caller.state', 'less-than', '5'), false],
    [tag('caller.state', 'at-least', '5'), false],
    [tag('ivr.zip', 'begins-with', '787'), true],
    [tag('ivr.zip', 'contains', '870'), true],
    [tag('ivr.zip', 'exists'), true],
    [tag('ivr.service', 'exists'), false],
    [tag('ivr.service', 'not-equals', 'roof'), false],
  ];
  for (const [condition, expected] of rows) t.equal(holds(condition, TAGS), expected, describeCondition(condition));
  t.end();
});

t.test('a tag that is missing passes only where the condition says so', (t) => {
  const condition = { ...tag('ivr.service', 'equals', 'roof'), passesIfMissing: true } as Condition;
  t.ok(holds(condition, TAGS));
  t.notOk(holds(condition, new Map([['ivr.service', 'windows']])));
  const zone = tag('caller.time_zone', 'in', 'America/Chicago', 'America/Denver');
  t.ok(holds(zone, new Map([['caller.time_zone', 'America/Denver']])));
  t.notOk(holds(zone, TAGS));
  t.notOk(holds(tag('caller.time_zone', 'not-in', 'America/Denver'), TAGS));
  t.end();
});

t.test('all, any and not are what logic says they are', (t) => {
  const anyLeaf = fc.constantFrom(tag('caller.state', 'equals', 'TX'), tag('caller.state', 'equals', 'CA'));
  fc.assert(
    fc.property(fc.array(anyLeaf, { minLength: 1, maxLength: 5 }), (of) => {
      const truths = of.map((each) => holds(each, TAGS));
      t.equal(holds({ kind: 'all', of }, TAGS), truths.every(Boolean));
      t.equal(holds({ kind: 'any', of }, TAGS), truths.some(Boolean));
      t.equal(holds({ kind: 'not', of: { kind: 'all', of } }, TAGS), !truths.every(Boolean));
    }),
  );
  t.end();
});

t.test('the trace is told what was found and what was asked for', (t) => {
  const condition: Condition = {
    kind: 'all',
    of: [tag('caller.state', 'in', 'CA', 'NV'), tag('ivr.service', 'exists')],
  };
  t.equal(describeTags(condition, TAGS), 'caller.state is TX, ivr.service is missing');
  t.equal(describeCondition(condition), 'caller.state in CA, NV, and ivr.service exists');
  t.end();
});

t.test('the words of carriers become attestations; a word that nobody knows becomes none of them', (t) => {
  const rows = [
    ['TN-Validation-Passed', 'A'],
    ['TN-Validation-Passed-B', 'B'],
    ['TN-Validation-Failed', 'failed'],
    ['No-TN-Validation', 'none'],
    ['Quite-Sure', null],
    ['constructor', null],
    ['__proto__', null],
  ] as const;
  for (const [word, attestation] of rows) t.equal(attestationOf(word), attestation, word);
  t.end();
});

t.test('what is not known of a call has no tag', (t) => {
  const call = receiveCall({
    callId: 'c',
    sipCallId: 's',
    configurationVersion: 1,
    trunkId: 'trunk',
    callerNumber: '+15125550123',
    calledNumber: '+18005550100',
    callerName: null,
    startedAt: 0,
  });
  const tags = tagsOf(call, TEXAS);
  t.equal(tags.get('caller.state'), 'TX');
  t.equal(tags.get('caller.time_zone'), 'America/Chicago');
  t.same(
    ['caller.name', 'caller.attestation', 'call.source'].filter((name) => tags.has(name)),
    [],
  );
  t.notOk(tagsOf(call, null).has('caller.state'));
  const shared = tagsOf(call, { country: 'CA', state: null, areaCode: '867', timeZone: null });
  t.same([shared.get('caller.area_known'), shared.get('caller.country')], ['yes', 'CA']);
  t.same([shared.has('caller.state'), shared.has('caller.time_zone')], [false, false]);
  t.end();
});

t.test('at least an attestation is asked only of calls that carry one', (t) => {
  const rows = [
    ['A', 'B', true],
    ['B', 'B', true],
    ['C', 'B', false],
    ['failed', 'C', false],
    ['none', 'A', true],
    [null, 'A', true],
    ['B', 'A', false],
  ] as const;
  for (const [found, atLeast, expected] of rows) {
    const tags = new Map(found === null ? [] : [['caller.attestation', found]]);
    const condition: Condition = { kind: 'attestation', atLeast };
    t.equal(holds(condition, tags), expected, `${found} against ${atLeast}`);
    t.match(describeTags(condition, tags), found === null ? /is missing/ : new RegExp(`is ${found}`));
  }
  t.equal(describeCondition({ kind: 'attestation', atLeast: 'B' }), 'an attestation of at least B, or none');
  t.end();
});

t.test('an area that nobody knows is a tag of its own, and number and source say what they know of every call', (t) => {
  const call = receiveCall({
    ...{ callId: 'c', sipCallId: 's', configurationVersion: 1, trunkId: 'trunk', callerNumber: '+18005550199' },
    ...{ calledNumber: '+18005550100', callerName: null, startedAt: 0 },
  });
  const rows = { did: { tags: { language: 'es' } }, source: { tags: { skill: 'roofing' } } };
  const tags = tagsOf(call, null, {}, rows);
  t.equal(tags.get('caller.area_known'), 'no');
  t.equal(tagsOf(call, TEXAS).get('caller.area_known'), 'yes');
  t.same([tags.get('did.language'), tags.get('source.skill')], ['es', 'roofing']);
  t.end();
});
