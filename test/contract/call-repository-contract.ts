/** What every call repository does, whatever lies behind it. Run by the test of each store. */
import t, { type Test } from 'tap';
import type { CallRepository } from '../../src/application/ports/call-repository.js';
import { advance, CALL_STATES, type CallOutcome, isTerminal } from '../../src/domain/calls/call.js';
import {
  answeredCall,
  closingOf,
  DIALS,
  endedCall,
  ledgerOf,
  legOf,
  receivedCall,
  recordingOf,
  TIMELINE,
  TRACE,
} from './call-samples.js';

/** An empty repository whose release is registered with the test. */
export type OpenCalls = (test: Test) => Promise<CallRepository>;

const OUTCOMES: Readonly<Record<CallOutcome, true>> = {
  refused: true,
  cancelled: true,
  sold: true,
  'connected-unbilled': true,
  'fallback-connected': true,
  voicemail: true,
  message: true,
  abandoned: true,
  failed: true,
};

async function checkRecord(t: Test, openCalls: OpenCalls): Promise<void> {
  await t.test(
    'a call comes back field by field: record, legs, timeline, trace, bids, recording, ledger',
    async (t) => {
      const calls = await openCalls(t);
      const received = receivedCall('c1');
      await calls.open(received);
      t.same((await calls.find('c1'))?.call, received);
      const answered = answeredCall(received);
      await calls.save(answered);
      const aLeg = legOf(answered, 'a');
      await calls.saveLeg(aLeg);
      await calls.saveLeg(legOf(answered, 'b'));
      const up = { ...aLeg, state: 'up' as const, remoteTag: 'r1', localCseq: 4 };
      await calls.saveLeg(up);
      const closing = closingOf(endedCall(answered));
      await calls.close(closing);
      const late = { atMs: 99_000, step: 'recording-ready' as const, text: 'recording is ready', data: {} };
      await calls.appendTimeline('c1', [late]);
      await calls.saveRecording({ ...recordingOf(answered), state: 'recording', durationMs: null, sha256: null });
      await calls.saveRecording(recordingOf(answered), { ...late, atMs: 99_500 });
      const { capUses, dials, deliveries: _none, ...details } = closing;
      t.strictSame(await calls.capUses(), capUses);
      t.strictSame(await calls.targetDials(10), dials);
      t.strictSame(await calls.find('c1'), {
        ...details,
        legs: [up, legOf(answered, 'b')],
        timeline: [...TIMELINE, late, { ...late, atMs: 99_500 }],
        recordings: [recordingOf(answered)],
      });
    },
  );

  await t.test('a call that nobody knows is found as null', async (t) => {
    const calls = await openCalls(t);
    t.equal(await calls.find('nobody'), null);
  });

  await t.test('every state and every outcome of a call can be stored', async (t) => {
    const calls = await openCalls(t);
    for (const state of CALL_STATES) {
      const call = { ...receivedCall(`state-${state}`), state };
      await calls.open(call);
      t.same((await calls.find(call.callId))?.call, call);
    }
    for (const outcome of Object.keys(OUTCOMES) as CallOutcome[]) {
      const call = { ...endedCall(answeredCall(receivedCall(`outcome-${outcome}`))), outcome };
      await calls.open(call);
      t.equal((await calls.find(call.callId))?.call.outcome, outcome);
    }
  });
}

async function checkEnds(t: Test, openCalls: OpenCalls): Promise<void> {
  await t.test('a call that has ended cannot be written again', async (t) => {
    const calls = await openCalls(t);
    const answered = answeredCall(receivedCall('c1'));
    await calls.open(answered);
    const ended = endedCall(answered);
    await calls.close(closingOf(ended));
    await t.rejects(calls.save(advance(answered, 'dialing')), { name: 'IllegalTransitionError' });
    t.same((await calls.find('c1'))?.call, ended);
  });

  await t.test('a closing without its opening is recorded, a write to an unknown call is refused', async (t) => {
    const calls = await openCalls(t);
    const ended = endedCall(answeredCall(receivedCall('c1')));
    await calls.close(closingOf(ended));
    t.same((await calls.find('c1'))?.call, ended);
    await t.rejects(calls.save(receivedCall('c2')));
    await t.rejects(calls.saveLeg(legOf(receivedCall('c2'), 'a')));
    await t.rejects(calls.saveRecording(recordingOf(receivedCall('c2'))));
    await t.rejects(calls.appendTimeline('c2', TIMELINE));
    await t.rejects(calls.close(closingOf(receivedCall('c2'))), 'a closing carries an ended call');
    t.equal(await calls.find('c2'), null);
  });

  await t.test('the same call is not opened twice', async (t) => {
    const calls = await openCalls(t);
    await calls.open(receivedCall('c1'));
    await t.rejects(calls.open({ ...receivedCall('c1'), callerNumber: '+13105550199' }));
    t.equal((await calls.find('c1'))?.call.callerNumber, '+12125550101');
  });

  await t.test(
    'an end that was saved before its closing keeps its state, and the ledger is written once',
    async (t) => {
      const calls = await openCalls(t);
      const answered = answeredCall(receivedCall('c1'));
      await calls.open(answered);
      const ended = endedCall(answered);
      await calls.save(ended);
      const other = closingOf({ ...ended, outcome: 'failed' });
      await calls.close(other);
      await calls.close(closingOf(ended));
      const details = await calls.find('c1');
      t.same(details?.call, ended);
      t.same(details?.ledger, ledgerOf(ended));
      t.equal(details?.timeline.length, TIMELINE.length);
    },
  );
}

async function checkRaces(t: Test, openCalls: OpenCalls): Promise<void> {
  await t.test('what calls use of a cap adds up once per call, and a newer window begins at nothing', async (t) => {
    const calls = await openCalls(t);
    const use = (window: number, amount: number) => ({ key: 'buyer:b1:revenue:day:UTC', window, amount });
    const closings = [[use(1, 5)], [use(1, 7)], [use(2, 3)], [use(2, 4)]].map((capUses, index) => {
      return { ...closingOf(endedCall(receivedCall(`c${index}`))), capUses };
    });
    for (const closing of [...closings, ...closings]) await calls.close(closing);
    t.same(await calls.capUses(), [use(2, 7)]);
  });

  await t.test('twenty closings race: the first end stays, one ledger entry of each kind', async (t) => {
    const calls = await openCalls(t);
    const answered = answeredCall(receivedCall('c1'));
    await calls.open(answered);
    const attempts = Array.from({ length: 20 }, (_, index) => {
      const ended = { ...endedCall(answered), priceMicros: index };
      return calls.close({ ...closingOf(ended), ledger: ledgerOf(ended, index) });
    });
    await Promise.all(attempts);
    const details = await calls.find('c1');
    t.equal(details?.call.priceMicros, 0);
    t.same(details?.ledger, ledgerOf(answered, 0));
    t.equal(details?.timeline.length, TIMELINE.length);
    t.same(details?.trace, TRACE);
    t.equal(details?.bids.length, 2);
  });

  await t.test('two hundred calls at once: one that is refused takes no other with it', async (t) => {
    const calls = await openCalls(t);
    const ids = Array.from({ length: 200 }, (_, index) => `c${index % 100}`);
    const results = await Promise.allSettled(ids.map((id) => calls.open(receivedCall(id))));
    t.equal(results.filter(({ status }) => status === 'fulfilled').length, 100);
    t.equal((await calls.list({ limit: 1_000, before: null })).length, 100);
  });

  await t.test('what is written is what was given at that moment, not what became of it', async (t) => {
    const calls = await openCalls(t);
    const routeSet = ['<sip:p1.carrier.example;lr>'];
    await calls.open(receivedCall('c1'));
    const saving = calls.saveLeg({ ...legOf(receivedCall('c1'), 'a'), routeSet });
    routeSet.push('<sip:p2.carrier.example;lr>');
    await saving;
    t.equal((await calls.find('c1'))?.legs[0]?.routeSet.length, 1);
  });
}

async function checkDials(t: Test, openCalls: OpenCalls): Promise<void> {
  await t.test(
    'dials come by the end of their calls, the latest of each target, however late these were closed',
    async (t) => {
      const calls = await openCalls(t);
      const ends = [
        ['t1', 5_000, 1],
        ['t1', 3_000, 2],
        ['t2', 4_000, 3],
        ['t1', 5_000, 4],
        ['t1', 1_000, 5],
      ] as const;
      for (const [targetId, endedAt, revenueMicros] of ends) {
        const call = endedCall(receivedCall(`c${revenueMicros}`));
        const dials = DIALS.map((dial) => ({ ...dial, targetId, endedAt, revenueMicros }));
        await calls.close({ ...closingOf(call), dials });
      }
      const orderOf = async (perTarget: number): Promise<readonly number[]> =>
        (await calls.targetDials(perTarget)).map(({ revenueMicros }) => revenueMicros);
      t.strictSame(await orderOf(10), [5, 2, 3, 1, 4], 'of two that ended together the one that was closed first');
      t.strictSame(await orderOf(1), [3, 4]);
    },
  );
}

async function checkLists(t: Test, openCalls: OpenCalls): Promise<void> {
  await t.test('the log is read newest first, page by page, also within one millisecond', async (t) => {
    const calls = await openCalls(t);
    for (const [id, startedAt] of [
      ['a', 100],
      ['d', 200],
      ['b', 200],
      ['c', 200],
      ['e', 50],
    ] as const) {
      await calls.open(receivedCall(id, startedAt));
    }
    const seen: string[] = [];
    let before: string | null = null;
    for (;;) {
      const page = await calls.list({ limit: 2, before });
      seen.push(...page.map(({ callId }) => callId));
      before = page.at(-1)?.callId ?? null;
      if (before === null) break;
    }
    t.same(seen, ['d', 'c', 'b', 'a', 'e']);
    t.same(await calls.list({ limit: 5, before: 'nobody' }), []);
    await t.rejects(calls.list({ limit: -1, before: null }), { name: 'RangeError' });
    await t.rejects(calls.list({ limit: 1.5, before: null }), { name: 'RangeError' });
  });

  await t.test('after a crash only calls without an end are unfinished, oldest first', async (t) => {
    const calls = await openCalls(t);
    for (const [index, state] of CALL_STATES.entries()) {
      await calls.open({ ...receivedCall(`c${index}`, 1_000 - index), state });
    }
    const unfinished = await calls.unfinished();
    t.equal(unfinished.length, CALL_STATES.filter((state) => !isTerminal(state)).length);
    t.ok(unfinished.every(({ state }) => !isTerminal(state)));
    const starts = unfinished.map(({ startedAt }) => startedAt);
    t.same(
      starts,
      [...starts].sort((left, right) => left - right),
    );
  });
}

export async function callRepositoryContract(name: string, openCalls: OpenCalls): Promise<void> {
  await t.test(`calls in ${name}`, async (t) => {
    await checkRecord(t, openCalls);
    await checkEnds(t, openCalls);
    await checkRaces(t, openCalls);
    await checkLists(t, openCalls);
    await checkDials(t, openCalls);
  });
}
