/** What every store keeps of deliveries. Run by the test of each store. */
import t, { type Test } from 'tap';
import type { CallRepository } from '../../src/application/ports/call-repository.js';
import type { Deliveries } from '../../src/application/ports/deliveries.js';
import type { Delivery } from '../../src/domain/calls/delivery.js';
import { answeredCall, closingOf, endedCall, receivedCall } from './call-samples.js';

interface CallStore {
  readonly calls: CallRepository;
  readonly deliveries: Deliveries;
}

function deliveryOf(callId: string, dueAt: number): Delivery {
  const common = { campaignId: 'roofing', state: 'waiting', attempts: 0, detail: null } as const;
  return { itemId: `recording-${callId}`, item: 'voicemail', way: 'webhook', callId, dueAt, ...common };
}

export async function deliveriesContract(name: string, openStore: (t: Test) => Promise<CallStore>): Promise<void> {
  await t.test(
    `deliveries in ${name}: written with the end of the call, due in their order, settled once`,
    async (t) => {
      const { calls, deliveries } = await openStore(t);
      for (const [callId, dueAt] of [
        ['c1', 2_000],
        ['c2', 1_000],
      ] as const) {
        const answered = answeredCall(receivedCall(callId));
        await calls.open(answered);
        const both = [deliveryOf(callId, dueAt), { ...deliveryOf(callId, dueAt + 100_000), way: 'mail' as const }];
        const closing = { ...closingOf(endedCall(answered)), ledger: [], deliveries: both };
        await calls.close(closing);
        await calls.close({ ...closing, deliveries: [deliveryOf(callId, 1)] });
      }
      t.same(await deliveries.due(999, 10), [], 'the second end of a call changes nothing');
      t.same(await deliveries.due(1_000, 10), [deliveryOf('c2', 1_000)]);
      t.same(await deliveries.due(5_000, 10), [deliveryOf('c2', 1_000), deliveryOf('c1', 2_000)]);
      t.same(await deliveries.due(5_000, 1), [deliveryOf('c2', 1_000)]);
      const later = { ...deliveryOf('c2', 9_000), attempts: 1, detail: 'it answers 500' };
      await deliveries.settle(later);
      t.same(await deliveries.due(9_000, 10), [deliveryOf('c1', 2_000), later]);
      await deliveries.settle({ ...later, state: 'delivered', detail: null });
      await deliveries.settle(later);
      t.same(await deliveries.due(9_000, 10), [deliveryOf('c1', 2_000)], 'what is delivered stays so');
      const mailed = (await deliveries.due(200_000, 10)).filter(({ way }) => way === 'mail');
      t.same(
        mailed.map(({ callId }) => callId),
        ['c2', 'c1'],
        'each way is owed by itself',
      );
    },
  );
}
