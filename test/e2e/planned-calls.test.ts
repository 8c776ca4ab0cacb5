/**
 * Calls that walk a plan of several groups over real SIP: from an auction to all at once to one after another, until somebody answers;
 * what `simulate` said before is what the call does. A version that is published meanwhile holds from the next call on.
 */
import t, { type Test } from 'tap';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import { makeKey } from '../../src/cli/run-key.js';
import type { CandidateTrace } from '../../src/domain/routing/decision-trace.js';
import { group, planOf, tagIs } from '../domain/plan-samples.js';
import { missingProgram } from '../support/installed-program.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { BUYER_HZ, CALLER_HZ } from './tone-prompts.js';

const skip = missingProgram('sipp');
const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());
const { text: key } = await makeKey(sut.app.store.keys, 'ops', [
  'configuration:read',
  'configuration:write',
  'calls:control',
]);

interface Simulation {
  readonly planVersion: number;
  readonly targetId: string | null;
  readonly steps: readonly { readonly group: string; readonly mode: string; readonly offers: readonly Priced[] }[];
  readonly trace: NonNullable<CallDetails['trace']>;
}

type Priced = { readonly targetId: string; readonly amountMicros: number };

async function ask(method: string, path: string, body?: object, etag?: string): Promise<Response> {
  const headers = {
    authorization: `Bearer ${key}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(etag === undefined ? {} : { 'if-match': etag }),
  };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(`${sut.app.apiUrl}/api/v1/${path}`, init);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response;
}

async function simulate(planId: string, question: object): Promise<Simulation> {
  const response = await ask('POST', `plans/${planId}/simulate`, { caller: '+13105550123', ...question });
  return (await response.json()) as Simulation;
}

/** Of every place in the plan: who stood there, and what became of him. */
const outcomesOf = (candidates: readonly CandidateTrace[] = []): readonly string[] =>
  candidates.map(({ targetId, group: place, outcome }) => `${place}: ${targetId} ${outcome}`);

function assertAsSimulated(t: Test, { trace, call }: CallDetails, simulation: Simulation): void {
  t.equal(call.targetId, simulation.targetId, 'the call goes where the simulation said');
  t.same(outcomesOf(trace?.candidates), outcomesOf(simulation.trace.candidates), 'for the same reasons');
  t.same(
    trace?.plan?.groups.map(({ group: name, reach }) => [name, reach]),
    simulation.trace.plan?.groups.map(({ group: name, reach }) => [name, reach]),
  );
}

t.test(
  'from group to group: an auction, all at once, one after another; each overflows to the next',
  { skip },
  async (t) => {
    const bidder = await sut.startBidder({ accepted: true, bid: 50 });
    const dear = await sut.startBuyer('uas-busy-expect-ack');
    const one = await sut.startBuyer('uas-busy-expect-ack');
    const two = await sut.startBuyer('uas-unavailable-expect-ack');
    const gone = await sut.startBuyer('uas-unavailable-expect-ack');
    const last = await sut.startBuyer('uas-answers-and-hangs-up-expect-200', { talk_ms: 3_000 });
    const id = (name: string): string => `campaign-0-${name}`;
    const root = group('all', 'sequential', [
      group('elsewhere', 'priority', [id('last')], { condition: tagIs('caller.state', 'TX') }),
      group('best-price', 'auction', [id('dear')]),
      group('together', 'simultaneous', [id('one'), id('two')]),
      group('in-order', 'sequential', [id('gone'), id('last')]),
    ]);
    const did = await sut.addCampaign({
      targets: [
        { id: 'dear', uri: dear.run.uri, bidderUrl: bidder.url },
        { id: 'one', uri: one.run.uri, price: 30 },
        { id: 'two', uri: two.run.uri, price: 25 },
        { id: 'gone', uri: gone.run.uri, price: 15 },
        { id: 'last', uri: last.run.uri, price: 10 },
      ],
      team: planOf(root, 'overflow'),
      changes: { planId: 'overflow' },
    });
    const failing = ['dear', 'one', 'two', 'gone'].map(id);
    const simulation = await simulate('overflow', { called: did, bids: { [id('dear')]: 50 }, failing });
    t.match(simulation.steps, [
      { group: 'best-price', mode: 'one', offers: [{ targetId: id('dear'), amountMicros: 50_000_000 }] },
      { group: 'together', mode: 'simultaneous', offers: { length: 2 } },
      { group: 'in-order', mode: 'one', offers: [{ targetId: id('gone') }] },
      { group: 'in-order', mode: 'one', offers: [{ targetId: id('last') }] },
    ]);
    const caller = await sut.startCaller('uac-waits-expect-200-and-bye', did);
    t.same(await Promise.all([caller.hears(BUYER_HZ), last.hears(CALLER_HZ)]), [true, true], 'the last one talks');
    for (const party of [caller, dear, one, two, gone, last]) t.equal((await party.run.ended).diagnosis, '');
    const details = await sut.record(caller);
    assertAsSimulated(t, details, simulation);
    t.match(details.call, { outcome: 'sold', planId: 'overflow', planVersion: 1, priceMicros: 10_000_000 });
    const groups = details.timeline.filter(({ step }) => step === 'plan').map(({ text }) => text);
    t.match(groups, [
      /comes to group all \(sequential\)/,
      /group elsewhere is passed over: caller\.state is /,
      /comes to group best-price \(auction\)/,
      /comes to group together \(simultaneous\)/,
      /comes to group in-order \(sequential\)/,
    ]);
    t.equal(bidder.requests.length, 1, 'the bidder is asked once');
    t.same(await sut.settled(), NOTHING_HELD);
  },
);

t.test('a version published while a call is up holds from the next call on, without a restart', { skip }, async (t) => {
  const before = await sut.startBuyer('uas-answers-expect-bye');
  const after = await sut.startBuyer('uas-answers-and-hangs-up-expect-200', { talk_ms: 3_000 });
  const id = (name: string): string => `campaign-1-${name}`;
  const did = await sut.addCampaign({
    targets: [
      { id: 'before', uri: before.run.uri },
      { id: 'after', uri: after.run.uri },
    ],
    team: planOf(group('all', 'sequential', [id('before')]), 'edited'),
    changes: { planId: 'edited' },
  });
  const first = await sut.startCaller('uac-waits-expect-200-and-bye', did);
  t.same(await Promise.all([first.hears(BUYER_HZ), before.hears(CALLER_HZ)]), [true, true]);
  const published = (await (await ask('GET', 'plans/edited')).json()) as { readonly root: object };
  const draft = { ...published, root: { ...published.root, members: [id('after')] } };
  const etag = (await ask('PUT', 'plans/edited/draft', draft)).headers.get('etag') ?? '';
  t.match(await simulate('edited', { version: 'draft' }), { planVersion: 0, targetId: id('after') });
  t.match(await simulate('edited', {}), { planVersion: 1, targetId: id('before') }, 'a draft changes nothing');
  t.match(await (await ask('POST', 'plans/edited/publish', {}, etag)).json(), { version: 2 });
  const simulation = await simulate('edited', { called: did });
  t.match(simulation, { planVersion: 2, targetId: id('after') });
  const second = await sut.startCaller('uac-waits-expect-200-and-bye', did);
  t.same(await Promise.all([second.hears(BUYER_HZ), after.hears(CALLER_HZ)]), [true, true]);
  t.equal((await second.run.ended).diagnosis, '');
  const [talking] = sut.app.live.list();
  t.match(talking, { planVersion: 1 }, 'the first call is up all the while');
  await ask('POST', `live-calls/${talking?.callId}/hangup`);
  const told = await sut.record(second);
  assertAsSimulated(t, told, simulation);
  t.match(told.call, { outcome: 'sold', planId: 'edited', planVersion: 2, targetId: id('after') });
  for (const party of [first, before, after]) t.equal((await party.run.ended).diagnosis, '');
  t.match((await sut.record(first)).call, { outcome: 'sold', planVersion: 1, targetId: id('before') });
  t.same(await sut.settled(), NOTHING_HELD);
});
