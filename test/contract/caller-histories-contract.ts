/** What every store of calls knows of a caller. Run by the test of each store. */
import t, { type Test } from 'tap';
import type { CallRepository } from '../../src/application/ports/call-repository.js';
import type { CallerHistories } from '../../src/application/ports/caller-histories.js';
import { advance, type Call } from '../../src/domain/calls/call.js';
import { answeredCall, closingOf, endedCall, receivedCall } from './call-samples.js';

interface CallStore {
  readonly calls: CallRepository;
  readonly callerHistories: CallerHistories;
}

const QUESTION = {
  callId: null,
  callerNumber: '+12125550101',
  calledNumber: '+18005550100',
  campaignId: 'roofing',
  countedSince: null,
} as const;

const START = Date.UTC(2026, 10, 21, 15);
const DAY = 86_400_000;

function talking(call: Call, bridgedAt: number, changes: Partial<Call> = {}): Call {
  const dialing = advance(answeredCall(call), 'dialing');
  return advance(dialing, 'bridged', { bridgedAt, targetId: 'acme-east', buyerId: 'acme', ...changes });
}

async function sell({ calls }: CallStore, callId: string, day: number, changes: Partial<Call> = {}): Promise<void> {
  const call = receivedCall(callId, START + day * DAY);
  await calls.open(call);
  const ended = { ...endedCall(talking(call, call.startedAt + 10_000)), ...changes };
  await calls.close({ ...closingOf(ended), ledger: [], capUses: [] });
}

async function checkOpening(t: Test, open: (t: Test) => Promise<CallStore>): Promise<void> {
  await t.test('a call that is written down is told of the calls before it, and not of itself', async (t) => {
    const store = await open(t);
    const asked = { ...QUESTION, countedSince: START };
    const opened = (callId: string, day: number): ReturnType<CallRepository['open']> =>
      store.calls.open(receivedCall(callId, START + day * DAY), { ...asked, callId });
    t.same(await opened('c1', 0), { isKnown: true, contacts: [], lastCalledAt: null, recentCalls: 0 });
    await sell(store, 'c2', 1);
    t.match(await opened('c3', 2), {
      isKnown: true,
      contacts: [{ targetId: 'acme-east', lastConvertedAt: START + DAY + 10_000 }],
      lastCalledAt: START + DAY,
    });
    t.equal(await store.calls.open(receivedCall('c4', START + 3 * DAY)), null, 'nothing was asked');
  });
}

export async function callerHistoriesContract(name: string, open: (t: Test) => Promise<CallStore>): Promise<void> {
  await t.test(`caller histories, ${name}`, async (t) => {
    await t.test('who has never called has no history', async (t) => {
      const { callerHistories } = await open(t);
      t.same(await callerHistories.of(QUESTION), { isKnown: true, contacts: [], lastCalledAt: null, recentCalls: 0 });
    });

    await checkOpening(t, open);

    await t.test('a contact is known from the bridge on, and converted once the call is billed', async (t) => {
      const { calls, callerHistories } = await open(t);
      const call = receivedCall('c1', START);
      await calls.open(call);
      t.same((await callerHistories.of(QUESTION)).contacts, []);
      const bridged = talking(call, START + 10_000);
      await calls.save(bridged);
      const at = { firstConnectedAt: START + 10_000, lastConnectedAt: START + 10_000 };
      const contact = { targetId: 'acme-east', buyerId: 'acme', ...at, lastConvertedAt: null };
      t.same((await callerHistories.of(QUESTION)).contacts, [contact]);
      await calls.close({ ...closingOf(endedCall(bridged)), ledger: [], capUses: [] });
      const { contacts, lastCalledAt } = await callerHistories.of(QUESTION);
      t.same(contacts, [{ ...contact, lastConvertedAt: START + 10_000 }]);
      t.equal(lastCalledAt, START);
    });

    await t.test(
      'many calls with one target are one contact; a later one that is not billed leaves the conversion',
      async (t) => {
        const store = await open(t);
        await sell(store, 'c1', 0);
        await sell(store, 'c2', 2, { outcome: 'connected-unbilled' });
        await sell(store, 'c3', 1);
        await sell(store, 'c4', 1, { targetId: 'best', buyerId: 'other' });
        const { contacts } = await store.callerHistories.of(QUESTION);
        const bridge = (day: number): number => START + day * DAY + 10_000;
        t.match(contacts, [
          {
            targetId: 'acme-east',
            firstConnectedAt: bridge(0),
            lastConnectedAt: bridge(2),
            lastConvertedAt: bridge(1),
          },
          { targetId: 'best', buyerId: 'other', firstConnectedAt: bridge(1) },
        ]);
      },
    );

    await checkOthers(t, open);
  });
}

async function checkOthers(t: Test, open: (t: Test) => Promise<CallStore>): Promise<void> {
  await t.test(
    'other callers, other campaigns and callers who withhold their number stand for themselves',
    async (t) => {
      const store = await open(t);
      await sell(store, 'c1', 0, { callerNumber: '+12125550199' });
      await sell(store, 'c2', 0, { campaignId: 'windows' });
      await sell(store, 'c3', 0, { isCallerPrivate: true });
      await sell(store, 'c4', 0, { callerNumber: 'anonymous' });
      t.same((await store.callerHistories.of(QUESTION)).contacts, []);
      t.equal((await store.callerHistories.of({ ...QUESTION, campaignId: 'windows' })).contacts.length, 1);
    },
  );

  await t.test('the same number again is told from another number of ours, and from the call that asks', async (t) => {
    const store = await open(t);
    await sell(store, 'c1', 0);
    await sell(store, 'c2', 3);
    const lastOf = async (changes: object): Promise<number | null> =>
      (await store.callerHistories.of({ ...QUESTION, ...changes })).lastCalledAt;
    t.equal(await lastOf({}), START + 3 * DAY);
    t.equal(await lastOf({ callId: 'c2' }), START);
    t.equal(await lastOf({ calledNumber: '+18005550199' }), null);
  });

  await t.test(
    'calls of the campaign are counted from an instant on, refused ones too, the one that asks not',
    async (t) => {
      const store = await open(t);
      await sell(store, 'c1', 0);
      await sell(store, 'c2', 2);
      await sell(store, 'c3', 3, { outcome: 'refused', targetId: null });
      await sell(store, 'c4', 3, { campaignId: 'windows' });
      await sell(store, 'c5', 3, { callerNumber: '+12125550199' });
      const recentOf = async (changes: object): Promise<number> =>
        (await store.callerHistories.of({ ...QUESTION, ...changes })).recentCalls;
      t.equal(await recentOf({ countedSince: START + DAY }), 2);
      t.equal(await recentOf({ countedSince: START }), 3);
      t.equal(await recentOf({ countedSince: START, callId: 'c2' }), 2);
      t.equal(await recentOf({}), 0, 'nobody asks');
    },
  );
}
