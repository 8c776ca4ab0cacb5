// How a number is dialled through a trunk: its gateways, its pace, its forms of numbers. On scripted ports and a virtual clock.
import t from 'tap';
import { tagsOf } from '../../src/domain/calls/call-tags.js';
import type { Trunk } from '../../src/domain/trunks/trunk.js';
import { composeTrunk, type TrunkFields } from '../../src/domain/trunks/trunk-profile.js';
import { DID, staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';

const FIRST = { host: 'one.example', port: 5060, transport: 'udp', priority: 1, weight: 1 } as const;
const SECOND = { ...FIRST, host: 'two.example', priority: 2 };
const INBOUND = composeTrunk({ id: 'trunk', sourceCidrs: ['192.0.2.0/24'] });
const NUMBER = { kind: 'number', number: DID } as const;

const trunkOut = (fields: Partial<TrunkFields>): Trunk =>
  composeTrunk({ id: 'out', name: 'Outbound', gateways: [FIRST, SECOND], ...fields });

function fixtureWith(fields: Partial<TrunkFields>, inbound: Partial<TrunkFields> = {}): CallFixture {
  return new CallFixture({
    targets: [staticTarget('alpha', 30, { destination: NUMBER, trunkId: 'out', ringTimeoutMs: 20_000 })],
    document: { trunks: [{ ...INBOUND, ...composeTrunk({ ...INBOUND, ...inbound }) }, trunkOut(fields)] },
  });
}

const hostsOf = (fixture: CallFixture): readonly string[] =>
  fixture.telephony.dialled.map(({ address }) => (address.kind === 'gateway' ? address.gateway.host : address.uri));

const refusal = (sipStatus: number) =>
  ({ kind: 'fail', afterMs: 100, sipStatus, cause: 'NORMAL_TEMPORARY_FAILURE' }) as const;

/** Runs one call to its end, whatever becomes of the dial. */
async function call(fixture: CallFixture, facts: Parameters<CallFixture['invite']>[0] = {}): Promise<void> {
  const { call: inbound, done } = fixture.invite(facts);
  const caller = await inbound.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(30_000);
  caller.end();
  await done;
}

for (const [sipStatus, goesOn] of [
  [503, true],
  [500, true],
  [408, true],
  [404, false],
  [486, false],
  [603, false],
] as const) {
  t.test(`${sipStatus} from a gateway ${goesOn ? 'brings the next one' : 'is final'}`, async (t) => {
    const fixture = fixtureWith({});
    fixture.telephony.scripts.set('alpha', refusal(sipStatus));
    await call(fixture);
    t.same(hostsOf(fixture), goesOn ? ['one.example', 'two.example'] : ['one.example']);
    t.same(fixture.leftovers(), []);
  });
}

t.test('a trunk may say itself which answers bring the next gateway', async (t) => {
  const fixture = fixtureWith({ nextGatewayOn: ['404'] });
  fixture.telephony.scripts.set('alpha', refusal(404));
  await call(fixture);
  t.same(hostsOf(fixture), ['one.example', 'two.example']);
});

t.test('a gateway that is down is left out; when all are down, all are tried', async (t) => {
  const fixture = fixtureWith({});
  fixture.telephony.scripts.set('alpha', refusal(503));
  fixture.gateways.down.add('one.example:5060');
  await call(fixture);
  t.same(hostsOf(fixture), ['two.example']);
  const both = fixtureWith({});
  both.telephony.scripts.set('alpha', refusal(503));
  for (const name of ['one.example:5060', 'two.example:5060']) both.gateways.down.add(name);
  await call(both);
  t.same(hostsOf(both), ['one.example', 'two.example']);
});

t.test('only a gateway after which another is left may be given up for its silence', async (t) => {
  const fixture = fixtureWith({ silentAfterMs: 6_000 });
  fixture.telephony.scripts.set('alpha', refusal(503));
  fixture.gateways.answering.add('one.example:5060');
  await call(fixture);
  const terms = fixture.telephony.dialled.map((request) => request.terms);
  t.match(terms, [
    { silentAfterMs: 6_000, answersOptions: true },
    { silentAfterMs: null, answersOptions: false },
  ]);
});

t.test('one call a second (Twilio): the second waits for its turn, and the timeline says so', async (t) => {
  const fixture = fixtureWith({ profile: 'twilio', sourceCidrs: [], gateways: [FIRST] });
  const [one, two] = [fixture.invite({ sipCallId: 'one' }), fixture.invite({ sipCallId: 'two' })];
  for (const { call: inbound } of [one, two]) (await inbound.answeredLeg.promise).greet();
  await fixture.clock.advance(500);
  t.equal(fixture.telephony.dialled.length, 1);
  await fixture.clock.advance(600);
  t.equal(fixture.telephony.dialled.length, 2);
  t.match(
    fixture.steps.find(({ text }) => text.includes('waits')),
    { step: 'dialing', text: 'alpha waits 1000 ms for its turn: 1 call a second on trunk Outbound' },
  );
  for (const { call: inbound } of [one, two]) (await inbound.answeredLeg.promise).end();
  await Promise.all([one.done, two.done]);
  t.same(fixture.leftovers(), []);
});

t.test(
  'a turn that would come too late goes to the next gateway, then to the next target; the trace says why',
  async (t) => {
    const paced = { callsPerSecond: 1, paceScope: 'gateway', maxPaceWaitMs: 500 } as const;
    const fixture = fixtureWith(paced);
    const calls = ['one', 'two', 'three'].map((sipCallId) => fixture.invite({ sipCallId }));
    for (const { call: inbound } of calls) (await inbound.answeredLeg.promise).greet();
    await fixture.clock.advance(100);
    t.same(hostsOf(fixture), ['one.example', 'two.example'], 'each gateway has a turn of its own');
    await fixture.clock.advance(2_000);
    for (const { call: inbound } of calls) (await inbound.answeredLeg.promise).end();
    await Promise.all(calls.map(({ done }) => done));
    const unsold = (await fixture.calls.list({ limit: 10, before: null })).find(({ outcome }) => outcome !== 'sold');
    const details = await fixture.calls.find(unsold?.callId ?? '');
    const checks = details?.trace?.candidates[0]?.checks ?? [];
    t.match(
      checks.find(({ check }) => check === 'pace'),
      { passed: false, values: /a turn would come in \d+ ms: 1 call/, needed: 'a turn within 500 ms' },
    );
    t.same(fixture.leftovers(), []);
  },
);

t.test('a caller who leaves while his dial waits for its turn is gone at once, and nothing is dialled', async (t) => {
  const fixture = fixtureWith({ callsPerSecond: 0.5, gateways: [FIRST] });
  const [one, two] = [fixture.invite({ sipCallId: 'one' }), fixture.invite({ sipCallId: 'two' })];
  for (const { call: inbound } of [one, two]) (await inbound.answeredLeg.promise).greet();
  await fixture.clock.advance(500);
  (await two.call.answeredLeg.promise).end();
  await two.done;
  t.equal(fixture.telephony.dialled.length, 1);
  (await one.call.answeredLeg.promise).end();
  await one.done;
  t.same(fixture.leftovers(), []);
});

for (const [numberFormatOut, dialled, from] of [
  ['+e164', '+12025550100', '+13105550123'],
  ['e164', '12025550100', '13105550123'],
  ['national', '2025550100', '3105550123'],
] as const) {
  t.test(`numbers go out as ${numberFormatOut}, that of the caller too`, async (t) => {
    const fixture = fixtureWith({ numberFormatOut });
    await call(fixture);
    const [request] = fixture.telephony.dialled;
    t.match(request, { address: { number: dialled }, fromUser: from, assertedIdentity: from, diversion: dialled });
  });
}

t.test('numbers come in as the trunk writes them', async (t) => {
  const fixture = fixtureWith({}, { numberFormatIn: 'e164' });
  await call(fixture, { calledUser: DID.slice(1), callerUser: '13105550123' });
  t.match((await fixture.stored()).call, { calledNumber: DID, callerNumber: '+13105550123', outcome: 'sold' });
  const strict = fixtureWith({}, { numberFormatIn: '+e164' });
  const { call: inbound, done } = strict.invite({ calledUser: DID.slice(2) });
  await done;
  t.equal(inbound.rejectedWith, 404, 'a national number is no number of this trunk');
});

t.test('a private caller: the trunk is told who he is, the buyer, his bidders and a SIP URI are not', async (t) => {
  const fixture = fixtureWith({});
  await call(fixture, { isPrivate: true, verstat: 'TN-Validation-Passed-A' });
  t.match(fixture.telephony.dialled[0], {
    isPrivate: true,
    fromUser: 'anonymous',
    assertedIdentity: '+13105550123',
    diversion: DID,
  });
  t.match((await fixture.stored()).call, { isCallerPrivate: true, verstat: 'TN-Validation-Passed-A' });
  const direct = new CallFixture();
  await call(direct, { isPrivate: true });
  t.match(direct.telephony.dialled[0], { fromUser: 'anonymous', assertedIdentity: null, diversion: null });
  const own = fixtureWith({ callerId: { kind: 'own', number: DID } });
  await call(own, { isPrivate: true });
  t.match(own.telephony.dialled[0], { fromUser: DID, assertedIdentity: DID, diversion: null, isPrivate: false });
});

t.test('a trunk that names a header for the attestation is believed in it, any other trunk is not', async (t) => {
  const plivo = 'X-Plivo-Stir-Verification';
  const rows = [
    [plivo, 'Verified', 'Verified', 'A'],
    [plivo, 'Not Verified', 'Not Verified', 'none'],
    [plivo, 'Not Applicable', null, null],
    [plivo, '<script>', null, null],
    ['X-Twilio-VerStat', 'TN-Validation-Passed-B', null, null],
    [null, 'Verified', null, null],
  ] as const;
  for (const [attestationHeader, word, stored, attestation] of rows) {
    const fixture = fixtureWith({}, { attestationHeader });
    await call(fixture, { attestations: { [plivo]: word } });
    const { call: record } = await fixture.stored();
    t.equal(record.verstat, stored, word);
    t.equal(tagsOf(record, null).get('caller.attestation') ?? null, attestation);
  }
  const both = fixtureWith({}, { attestationHeader: plivo });
  await call(both, { attestations: { [plivo]: 'Not Applicable' }, verstat: 'TN-Validation-Passed-C' });
  t.equal(
    (await both.stored()).call.verstat,
    'TN-Validation-Passed-C',
    'what says nothing does not hide what says something',
  );
});
