/** How far a call has come, as every call repository keeps it for the process that carries the call on. */
import t, { type Test } from 'tap';
import type { CallProgress, CallRepository } from '../../src/application/ports/call-repository.js';
import type { Continuation } from '../../src/domain/calls/continuation.js';
import {
  answeredCall,
  BIDS,
  closingOf,
  endedCall,
  receivedCall,
  recordingOf,
  TIMELINE,
  TRACE,
} from './call-samples.js';

const NOTHING: CallProgress = {
  continuation: null,
  timeline: { from: 0, entries: [] },
  bids: { from: 0, entries: [] },
  trace: null,
};

const CONTINUATION: Continuation = {
  callId: 'c1',
  agreements: [
    {
      label: 'Acme east',
      sale: {
        targetId: 'acme-east',
        buyerId: 'acme',
        priceMicros: 42_000_001,
        currency: 'USD',
        billAfterMs: 30_000,
        unbilledFor: null,
        sourceId: 'publisher-1',
        payout: { kind: 'share', basisPoints: 7_000 },
        payoutAfterMs: 10_000,
      },
      slots: [{ key: 'target:acme-east', limit: 3 }],
      caps: [],
    },
  ],
  foreseen: null,
  pausedBy: 'key test (abcdefgh)',
  agent: { agentId: 'ann', legId: 'leg-2' },
  caps: [
    {
      counted: {
        key: 'campaign:roofing:attempts:day:UTC',
        label: 'campaign roofing',
        cap: { dimension: 'attempts', window: 'day', limit: 5, timeZone: 'UTC', kind: 'hard' },
      },
      amount: 1,
    },
  ],
};

async function checkRecordings(t: Test, openCalls: (t: Test) => Promise<CallRepository>): Promise<void> {
  await t.test('recordings that were never finished are found, also those of calls that have ended', async (t) => {
    const calls = await openCalls(t);
    const call = receivedCall('c1');
    await calls.open(call);
    const row = { ...recordingOf(call), state: 'recording' as const };
    await calls.saveRecording({ ...row, id: 'b', startedAt: 2_000 });
    await calls.saveRecording({ ...row, id: 'a', startedAt: 3_000 });
    await calls.saveRecording({ ...row, id: 'done', state: 'ready' });
    await calls.close(closingOf(endedCall(answeredCall(call))));
    t.same(
      (await calls.unfinishedRecordings()).map(({ id }) => id),
      ['b', 'a'],
    );
  });
}

async function checkContinuations(t: Test, openCalls: (t: Test) => Promise<CallRepository>): Promise<void> {
  await t.test('what a call needs to be carried on is kept until it is closed', async (t) => {
    const calls = await openCalls(t);
    const call = answeredCall(receivedCall('c1'));
    await calls.open(call);
    await calls.save(call, { ...NOTHING, continuation: { ...CONTINUATION, agreements: [] } });
    await calls.save(call, { ...NOTHING, continuation: CONTINUATION });
    await calls.save(call);
    t.strictSame(await calls.continuations(), [CONTINUATION]);
    const foreseen = { kind: 'message', outcome: 'message', talkMs: 0, release: null, detail: 'a message' } as const;
    await calls.save(call, { ...NOTHING, continuation: { ...CONTINUATION, foreseen } });
    t.strictSame(await calls.continuations(), [{ ...CONTINUATION, foreseen }]);
    await calls.close(closingOf(endedCall(call)));
    t.same(await calls.continuations(), []);
  });
}

/** `openCalls` as in the other contracts: an empty repository whose release is registered with the test. */
export async function callProgressContract(
  name: string,
  openCalls: (t: Test) => Promise<CallRepository>,
): Promise<void> {
  await t.test(`progress of calls in ${name}`, async (t) => {
    await t.test(
      'steps and bids come back in their order, whatever was written twice; the close adds what is missing',
      async (t) => {
        const calls = await openCalls(t);
        const call = answeredCall(receivedCall('c1'));
        await calls.open(call);
        await calls.save(call, { ...NOTHING, timeline: { from: 0, entries: TIMELINE.slice(0, 2) } });
        await calls.save(call, {
          ...NOTHING,
          timeline: { from: 1, entries: TIMELINE.slice(1, 2) },
          bids: { from: 0, entries: BIDS.slice(0, 1) },
          trace: TRACE,
        });
        const half = await calls.find('c1');
        t.same(half?.timeline, TIMELINE.slice(0, 2));
        t.same(half?.bids, BIDS.slice(0, 1));
        t.same(half?.trace, TRACE);
        await calls.close({ ...closingOf(endedCall(call)), trace: null });
        const whole = await calls.find('c1');
        t.same(whole?.timeline, TIMELINE);
        t.same(whole?.bids, BIDS);
        t.same(whole?.trace, TRACE, 'a trace that is there stays');
      },
    );

    await t.test('a close that knows what is stored adds the rest behind it, in order', async (t) => {
      const calls = await openCalls(t);
      const call = answeredCall(receivedCall('c1'));
      await calls.open(call);
      const stored = { timeline: 2, bids: 1 };
      await calls.save(call, {
        ...NOTHING,
        timeline: { from: 0, entries: TIMELINE.slice(0, stored.timeline) },
        bids: { from: 0, entries: BIDS.slice(0, stored.bids) },
      });
      await calls.close({ ...closingOf(endedCall(call)), stored });
      const whole = await calls.find('c1');
      t.same(whole?.timeline, TIMELINE);
      t.same(whole?.bids, BIDS);
    });

    await checkContinuations(t, openCalls);
    await checkRecordings(t, openCalls);
  });
}
