/** What every store of shadows does with runs and choices. Run by the test of each store. */
import t, { type Test } from 'tap';
import type { CallRepository } from '../../src/application/ports/call-repository.js';
import type { ShadowRepository } from '../../src/application/ports/shadow-repository.js';
import type { Replay } from '../../src/domain/plans/replay-call.js';
import type { ShadowChoice, ShadowRun } from '../../src/domain/plans/shadow.js';
import { answeredCall, closingOf, endedCall, receivedCall, TRACE } from './call-samples.js';
import { PLAN } from './configuration-samples.js';

export interface ShadowStore {
  readonly calls: CallRepository;
  readonly shadows: ShadowRepository;
}

const RUN: ShadowRun = {
  ...{ id: 'run', plan: PLAN, campaignId: null, callsWanted: 100, startedAt: 1_000, startedBy: 'Ann' },
  ...{ stoppedAt: null, stoppedBy: null },
};
const REPLAY: Replay = {
  takers: [{ targetId: 'acme', buyerId: 'acme', amountMicros: 42_000_000, isKnown: false, isStatic: false }],
  ...{ neverAsked: 1, notTaken: 0, isDrawn: false },
};

function choice(callId: string, startedAt: number, changes: Partial<ShadowChoice> = {}): ShadowChoice {
  return {
    ...{ runId: 'run', callId, startedAt, from: null, to: { targetId: 'acme', buyerId: 'acme' } },
    ...{ replay: REPLAY, failed: ['best'], asked: 1, trace: TRACE, ...changes },
  };
}

export async function shadowContract(name: string, open: (test: Test) => Promise<ShadowStore>): Promise<void> {
  await t.test(
    `${name}: a run is kept with its plan, its calls are counted, and its end is written over it`,
    async (t) => {
      const { shadows } = await open(t);
      await shadows.saveRun(RUN);
      await shadows.saveRun({ ...RUN, id: 'later', startedAt: 2_000, campaignId: 'roofs' });
      await shadows.saveChoice(choice('c1', 10));
      const stopped = { ...RUN, stoppedAt: 3_000, stoppedBy: 'Bob' };
      await shadows.saveRun(stopped);
      t.strictSame(await shadows.runs(), [
        { run: { ...RUN, id: 'later', startedAt: 2_000, campaignId: 'roofs' }, calls: 0 },
        { run: stopped, calls: 1 },
      ]);
    },
  );

  await t.test(`${name}: choices come newest first, page by page, with the money of their calls`, async (t) => {
    const { calls, shadows } = await open(t);
    await shadows.saveRun(RUN);
    for (const [index, callId] of ['c1', 'c2', 'c3'].entries()) {
      const ended = endedCall(answeredCall(receivedCall(callId, 100 + index)));
      await calls.open(ended);
      await calls.close(closingOf(ended));
      await shadows.saveChoice(choice(callId, 100 + index));
    }
    await shadows.saveChoice(choice('c3', 102, { replay: null, trace: null }));
    const first = await shadows.compared('run', { limit: 2, after: null });
    t.same(
      first.choices.map(({ call, replay }) => [call.call.callId, call.call.priceMicros, call.failed, replay]),
      [
        ['c3', 42_000_001, ['best'], null],
        ['c2', 42_000_001, ['best'], REPLAY],
      ],
    );
    const second = await shadows.compared('run', { limit: 2, after: first.next });
    t.same([second.choices.length, second.choices[0]?.call.call.callId, second.next], [1, 'c1', null]);
    t.strictSame(await shadows.choicesOf('c1'), [choice('c1', 100)]);
    t.same(await shadows.choicesOf('nobody'), []);
    t.same((await shadows.compared('nobody', { limit: 2, after: null })).choices, []);
  });
}
