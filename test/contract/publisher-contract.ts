/** What every store of publishers' keys and of what they were promised does. Run by the test of each store. */
import t, { type Test } from 'tap';
import { type PingReservations, REMEMBERED_MS } from '../../src/application/ports/ping-reservations.js';
import type { PublisherKeyRepository } from '../../src/application/ports/publisher-key-repository.js';
import type { PingReservation } from '../../src/domain/bidding/ping-reservation.js';
import type { PublisherKey } from '../../src/domain/bidding/publisher-key.js';

export interface PublisherStore {
  readonly publisherKeys: PublisherKeyRepository;
  readonly reservations: PingReservations;
}

const CALLER = '+15125550123';

function keyOf(id: string, createdAt: number): PublisherKey {
  return {
    ...{ id, name: `Key "${id}"`, prefix: id.padEnd(8, '0'), sha256: 'ab'.repeat(32) },
    ...{ sourceId: 'source', campaignId: 'campaign', pingsPerMinute: 60, createdAt, revokedAt: null },
  };
}

function reservation(reference: string, changes: Partial<PingReservation> = {}): PingReservation {
  return {
    ...{ reference, keyId: 'key', sourceId: 'source', campaignId: 'campaign', didId: 'did', callerNumber: CALLER },
    ...{
      signature: 'signed',
      tags: { zip: `'"; DROP` },
      bidMicros: 21_000_000,
      currency: 'USD',
      payoutAfterMs: 30_000,
    },
    ...{ madeAt: 1_000, expiresAt: 61_000, callId: null },
    offers: [
      {
        ...{ targetId: 'acme', bidderId: null, amountMicros: 30_000_000, reference: 'r', billAfterMs: 0 },
        ...{ destination: { kind: 'sip', uri: 'sip:acme@example.com' }, expiresAt: 66_000 },
      },
    ],
    bids: [{ bidderId: 'b', targetId: 't', outcome: 'timeout', detail: '', amountMicros: null, latencyMs: 9, atMs: 1 }],
    ...changes,
  };
}

const callOf = (callId: string, callerNumber = CALLER) => ({ callId, didId: 'did', callerNumber });

async function keysContract(t: Test, { publisherKeys: keys }: PublisherStore): Promise<void> {
  await keys.add(keyOf('b', 200));
  await keys.add(keyOf('a', 300));
  t.strictSame(await keys.list(), [keyOf('b', 200), keyOf('a', 300)], 'oldest first');
  t.strictSame(await keys.findByPrefix('a0000000'), keyOf('a', 300));
  t.equal(await keys.findByPrefix('nobody00'), null);
  await t.rejects(keys.add({ ...keyOf('c', 1), prefix: 'a0000000' }));
  t.equal((await keys.revoke('a', 7))?.revokedAt, 7);
  t.equal((await keys.revoke('a', 9))?.revokedAt, 7, 'a key stays revoked since it was');
  t.equal(await keys.revoke('nobody', 9), null);
}

async function unknownCallers(t: Test, { reservations }: PublisherStore): Promise<void> {
  const anybody = { callerNumber: null, signature: null };
  t.equal(await reservations.add(reservation('first', anybody)), true);
  t.strictSame(await reservations.claimedDids(2_000), ['did']);
  t.equal(await reservations.add(reservation('second', anybody)), false, 'two could not be told apart');
  t.equal(await reservations.add(reservation('other', { ...anybody, didId: 'did-2' })), true);
  t.match(await reservations.take(callOf('call-1', 'anonymous'), 2_000), { reservation: { reference: 'first' } });
  t.strictSame(await reservations.claimedDids(2_000), ['did-2']);
  t.strictSame(await reservations.claimedDids(61_000), [], 'an expired one claims nothing');
  t.equal(await reservations.add(reservation('third', anybody)), true);
}

export async function publisherContract(name: string, open: (test: Test) => Promise<PublisherStore>): Promise<void> {
  await t.test(`publishers in ${name}`, async (t) => {
    await t.test('keys are found, listed and revoked', async (t) => keysContract(t, await open(t)));

    await t.test('of two calls at once for one promise one gets it, unchanged, and the other hears so', async (t) => {
      const { reservations } = await open(t);
      await reservations.add(reservation('one'));
      t.strictSame(await reservations.find('signed', 60_999), reservation('one'));
      const race = [1, 2].map((number) => reservations.take(callOf(`call-${number}`), 2_000));
      const [first, second] = await Promise.all(race);
      t.strictSame(first, { kind: 'matched', reservation: reservation('one', { callId: 'call-1' }) });
      t.strictSame(second, { kind: 'unmatched', reason: 'taken' });
      t.equal(await reservations.find('signed', 2_000), null, 'what is taken up is promised to nobody else');
      t.equal((await reservations.ofCall('call-1'))?.reference, 'one');
      t.equal(await reservations.ofCall('call-2'), null);
    });

    await t.test('an expired promise is nobody’s, and is remembered for an hour', async (t) => {
      const { reservations } = await open(t);
      await reservations.add(reservation('one'));
      t.equal(await reservations.find('signed', 61_000), null);
      t.strictSame(await reservations.take(callOf('call'), 61_000), { kind: 'unmatched', reason: 'late' });
      t.strictSame(await reservations.take(callOf('call', '+15125550199'), 2_000), {
        ...{ kind: 'unmatched', reason: 'other-caller' },
      });
      const madeAt = 61_000 + REMEMBERED_MS;
      await reservations.add(reservation('next', { didId: 'did-2', madeAt, expiresAt: madeAt + 1 }));
      t.strictSame(await reservations.take(callOf('call'), madeAt), { kind: 'unmatched', reason: 'none' });
    });

    await t.test('one promise without a caller stands for a number at a time', async (t) =>
      unknownCallers(t, await open(t)),
    );
  });
}
