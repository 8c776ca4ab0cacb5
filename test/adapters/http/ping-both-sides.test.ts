/** Two Ringposts trade with each other: our bidders' dialects of two networks ask our own routes of the same shapes. */
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { BUILT_IN_DIALECTS } from '../../../src/adapters/bidders/built-in-dialects.js';
import { fillDialect } from '../../../src/adapters/bidders/fill-dialect.js';
import { MemoryPublisherKeyRepository } from '../../../src/adapters/memory/memory-publisher-key-repository.js';
import { createSecretSource } from '../../../src/adapters/system/secret-source.js';
import { createSystemClock } from '../../../src/adapters/system/system-clock.js';
import type { PingAnswer } from '../../../src/application/pings/answer-ping.js';
import type { SentPing } from '../../../src/application/pings/read-ping.js';
import { formatPublisherKey } from '../../../src/domain/bidding/publisher-key.js';
import { bidderAt, startBidders } from '../bidders/stub-bidder.js';
import { startApi } from './api-under-test.js';

const KEY = formatPublisherKey('abcd1234', 'x'.repeat(32));
const PATHS = { ringba: `/rtb/ringba/${KEY}.json`, retreaver: '/rtb/retreaver/rtbs.json' } as const;

function bid(): PingAnswer {
  const reservation = {
    ...{ reference: 'e983e428-edc9-46a3-863b-cc912b828927', keyId: 'k', sourceId: 's', campaignId: 'c', didId: 'd' },
    ...{ callerNumber: null, signature: null, tags: {}, bidMicros: 21_500_000, currency: 'USD', payoutAfterMs: 45_000 },
    ...{ madeAt: 0, expiresAt: Date.now() + 40_000, offers: [], bids: [], callId: null },
  };
  const phoneNumber = '+12025550100';
  const sipAddress = `${phoneNumber}@sip.example.com`;
  return { kind: 'bid', reservation, phoneNumber, sipAddress, isDuplicate: false, expiresInMs: 40_000 };
}

async function trade(t: Test, name: keyof typeof PATHS, answer: PingAnswer) {
  const publisherKeys = new MemoryPublisherKeyRepository();
  await publisherKeys.add({
    ...{ id: 'key', name: 'Publisher', prefix: 'abcd1234', sha256: createSecretSource().sha256(KEY) },
    ...{ sourceId: 's', campaignId: 'c', pingsPerMinute: 600, createdAt: 0, revokedAt: null },
  });
  const sent: SentPing[] = [];
  const pings = {
    answer: async (_key: unknown, ping: SentPing): Promise<PingAnswer> => {
      sent.push(ping);
      return answer;
    },
  };
  const { app } = await startApi(t, { publisherKeys, pings });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}${PATHS[name]}`;
  const dialect = BUILT_IN_DIALECTS.get(name);
  if (dialect === undefined) throw new Error(`no dialect ${name}`);
  const bidder = bidderAt(url, { dialect: fillDialect(dialect, { url, settings: { key: KEY, publisher_id: 'us' } }) });
  const tokens = { caller_number: '+15125550123' };
  // Retreaver names the moment of the end, which the bidder compares with the time of day.
  const { bidders } = startBidders(t, { clock: createSystemClock() });
  const outcome = await bidders.ping({ bidder, tokens, timeoutMs: 2_000, signal: new AbortController().signal });
  return { outcome, sent };
}

for (const [name, destination] of [
  ['ringba', { kind: 'sip', uri: 'sip:+12025550100@sip.example.com' }],
  ['retreaver', { kind: 'number', number: '+12025550100' }],
] as const) {
  t.test(`${name}: our own bidder reads our bid with its number, its terms and its end, and our refusal`, async (t) => {
    const { outcome, sent } = await trade(t, name, bid());
    t.match(sent, [{ callerNumber: '+15125550123', tags: {} }]);
    t.match(outcome, { kind: 'bid', amountMicros: 21_500_000, destination, billAfterMs: 45_000 });
    const lifetimeMs = outcome.kind === 'bid' ? outcome.lifetimeMs : 0;
    t.ok(lifetimeMs > 30_000 && lifetimeMs <= 40_000, `${lifetimeMs} ms are left`);
    const refused = await trade(t, name, { kind: 'no-bid', reason: 'no-capacity' });
    t.match(refused.outcome, { kind: 'no-bid', reason: 'refused' });
  });
}
