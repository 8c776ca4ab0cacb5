/** How every call repository searches the call log. Run by the test of each store. */
import t, { type Test } from 'tap';
import { ANY_CALL, type CallFilter, type CallRepository } from '../../src/application/ports/call-repository.js';
import type { Call } from '../../src/domain/calls/call.js';
import { loggedCallOf, refusalsOf } from '../../src/domain/plans/logged-call.js';
import type { OpenCalls } from './call-repository-contract.js';
import { answeredCall, BIDS, closingOf, endedCall, receivedCall, recordingOf, TRACE } from './call-samples.js';

const FIRST_START = 1_000_000;

/** Forty calls, two a millisecond, of everything that can be asked for some and some not. */
function sampleCalls(): readonly Call[] {
  return Array.from({ length: 40 }, (_, index): Call => {
    const received = receivedCall(`c${String(index).padStart(2, '0')}`, FIRST_START + Math.floor(index / 2));
    const caller = { ...received, callerNumber: index % 5 === 0 ? '+13105550123' : received.callerNumber };
    if (index % 8 === 7) return { ...caller, state: 'refused', outcome: 'refused', trunkId: null };
    if (index % 8 === 6) return { ...caller, state: 'dialing', campaignId: 'plumbing' };
    const answered = { ...answeredCall(caller), sourceId: index % 3 === 0 ? 'publisher-2' : 'publisher-1' };
    if (index % 2 === 0) return answered;
    return { ...endedCall(answered), buyerId: index % 4 === 1 ? 'acme' : 'other', targetId: `t${index % 3}` };
  });
}

async function searchAll(calls: CallRepository, filter: Partial<CallFilter>, limit: number): Promise<string[]> {
  const seen: string[] = [];
  for (let after: Awaited<ReturnType<CallRepository['search']>>['next'] = null; ; ) {
    const page = await calls.search({ ...ANY_CALL, ...filter }, { limit, after });
    seen.push(...page.calls.map(({ callId }) => callId));
    if (page.next === null) return seen;
    after = page.next;
  }
}

const FILTERS: Readonly<Record<string, Partial<CallFilter>>> = {
  'no condition': {},
  'a campaign': { campaignId: 'roofing' },
  'a source': { sourceId: 'publisher-2' },
  'a buyer': { buyerId: 'acme' },
  'a target': { targetId: 't1' },
  'a trunk': { trunkId: 'telnyx' },
  'a DID': { didId: 'did-1' },
  'a caller': { callerNumber: '+13105550123' },
  'an outcome': { outcome: 'sold' },
  'the state refused': { state: 'refused' },
  'the state ended': { state: 'ended' },
  'a state of calls that are up': { state: 'dialing' },
  'a range of time': { startedFrom: FIRST_START + 3, startedBefore: FIRST_START + 11 },
  'many conditions': { campaignId: 'roofing', buyerId: 'acme', outcome: 'sold', startedFrom: FIRST_START + 2 },
  'what no call has': { campaignId: 'nobody', callerNumber: '+13105550123' },
};

function expected(samples: readonly Call[], filter: Partial<CallFilter>): string[] {
  const { startedFrom = null, startedBefore = null, ...fields } = filter;
  return samples
    .filter((call) => Object.entries(fields).every(([field, value]) => call[field as keyof Call] === value))
    .filter((call) => startedFrom === null || call.startedAt >= startedFrom)
    .filter((call) => startedBefore === null || call.startedAt < startedBefore)
    .map(({ callId }) => callId)
    .reverse();
}

async function checkPages(t: Test, openCalls: OpenCalls): Promise<void> {
  await t.test('every condition finds its calls newest first, each once, on pages of any size', async (t) => {
    const calls = await openCalls(t);
    const samples = sampleCalls();
    for (const call of samples) await calls.open(call);
    for (const [title, filter] of Object.entries(FILTERS)) {
      for (const limit of [1, 3, 1_000]) {
        t.same(await searchAll(calls, filter, limit), expected(samples, filter), `${title}, ${limit} a page`);
      }
    }
    t.equal((await calls.search(ANY_CALL, { limit: 3, after: null })).calls[0]?.callId, 'c39');
  });

  await t.test('calls that come in between two pages move nothing', async (t) => {
    const calls = await openCalls(t);
    for (const id of ['a', 'b', 'c', 'd']) await calls.open(receivedCall(id, 100));
    const first = await calls.search(ANY_CALL, { limit: 2, after: null });
    await calls.open(receivedCall('e', 100));
    await calls.open(receivedCall('f', 200));
    const second = await calls.search(ANY_CALL, { limit: 2, after: first.next });
    t.same([...first.calls, ...second.calls].map(({ callId }) => callId).join(''), 'dcba');
  });

  await t.test('a search for a back-test brings bids and refusals with each call, in the same pages', async (t) => {
    const calls = await openCalls(t);
    const ended = endedCall(answeredCall(receivedCall('c1', 100)));
    await calls.open(ended);
    await calls.close(closingOf(ended));
    await calls.open(receivedCall('c2', 200));
    const first = await calls.logged(ANY_CALL, { limit: 1, after: null });
    t.same(
      first.calls.map(({ call, isRouted }) => [call.callId, isRouted]),
      [['c2', false]],
    );
    const second = await calls.logged(ANY_CALL, { limit: 1, after: first.next });
    t.same(second, { calls: [loggedCallOf(ended, BIDS, refusalsOf(TRACE))], next: null });
    t.same(await calls.loggedCall('c1'), loggedCallOf(ended, BIDS, refusalsOf(TRACE)));
    t.equal(await calls.loggedCall('nobody'), null);
    await t.rejects(calls.logged(ANY_CALL, { limit: 1_001, after: null }), { name: 'RangeError' });
  });

  await t.test('a page of no calls, or of too many, is refused', async (t) => {
    const calls = await openCalls(t);
    for (const limit of [0, -1, 1.5, 1_001]) {
      await t.rejects(calls.search(ANY_CALL, { limit, after: null }), { name: 'RangeError' });
    }
  });
}

export async function callSearchContract(name: string, openCalls: OpenCalls): Promise<void> {
  await t.test(`the search of calls in ${name}`, async (t) => {
    await checkPages(t, openCalls);
    await t.test('a recording is found by its id', async (t) => {
      const calls = await openCalls(t);
      const call = receivedCall('c1');
      await calls.open(call);
      await calls.saveRecording(recordingOf(call));
      t.same(await calls.findRecording('c1-recording'), recordingOf(call));
      t.equal(await calls.findRecording('nobody'), null);
    });
  });
}
