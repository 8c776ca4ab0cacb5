/** Pings of publishers over HTTP: our own shape with every wrong field named, and the documented exchanges of two networks. */
import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { MemoryPublisherKeyRepository } from '../../../src/adapters/memory/memory-publisher-key-repository.js';
import { createSecretSource } from '../../../src/adapters/system/secret-source.js';
import type { PingAnswer } from '../../../src/application/pings/answer-ping.js';
import type { SentPing } from '../../../src/application/pings/read-ping.js';
import { formatPublisherKey } from '../../../src/domain/bidding/publisher-key.js';
import { type Answer, type ApiUnderTest, startApi } from './api-under-test.js';

interface Exchange {
  readonly source: string;
  readonly method?: 'GET' | 'POST';
  readonly query: string;
  readonly contentType?: string;
  readonly body?: string;
  readonly means: Partial<SentPing>;
}

interface Documented {
  readonly requests: readonly Exchange[];
  readonly bid: { readonly answer: Readonly<Record<string, unknown>> };
  readonly refusal: { readonly answer: Readonly<Record<string, unknown>> };
}

const documented = (name: string): Documented =>
  JSON.parse(readFileSync(`test/fixtures/publisher-pings/${name}.json`, 'utf8')) as Documented;

const KEY = formatPublisherKey('abcd1234', 'x'.repeat(32));

const NO_CAPACITY: PingAnswer = { kind: 'no-bid', reason: 'no-capacity' };

function bidOf(
  reference: string,
  bidMicros: number,
  phoneNumber: string,
  more: { expiresAt: number; seconds: number },
) {
  const { expiresAt, seconds } = more;
  const reservation = {
    ...{ reference, keyId: 'key', sourceId: 'source', campaignId: 'campaign', didId: 'did', callerNumber: null },
    ...{ signature: null, tags: {}, bidMicros, currency: 'USD', payoutAfterMs: seconds * 1_000, madeAt: 0, expiresAt },
    ...{ offers: [], bids: [], callId: null },
  };
  const sipAddress = `${phoneNumber}@sip.example.com`;
  return { kind: 'bid', reservation, phoneNumber, sipAddress, isDuplicate: true, expiresInMs: 39_900 } as const;
}

interface Desk {
  readonly api: ApiUnderTest;
  readonly sent: SentPing[];
  answer: PingAnswer | Error;
}

async function startDesk(t: Test, changes: Parameters<typeof startApi>[1] = {}): Promise<Desk> {
  const publisherKeys = new MemoryPublisherKeyRepository();
  await publisherKeys.add({
    ...{ id: 'key', name: 'Publisher', prefix: 'abcd1234', sha256: createSecretSource().sha256(KEY) },
    ...{ sourceId: 'source', campaignId: 'campaign', pingsPerMinute: 600, createdAt: 0, revokedAt: null },
  });
  const sent: SentPing[] = [];
  const answer = async (_key: unknown, ping: SentPing): Promise<PingAnswer> => {
    sent.push(ping);
    if (desk.answer instanceof Error) throw desk.answer;
    return desk.answer;
  };
  const api = await startApi(t, { publisherKeys, pings: { answer }, ...changes });
  const desk: Desk = { api, sent, answer: NO_CAPACITY };
  return desk;
}

function send(
  { api }: Desk,
  path: string,
  { method = 'POST', query, contentType, body }: Omit<Exchange, 'source' | 'means'>,
): Promise<Answer> {
  const headers = contentType === undefined ? {} : { 'content-type': contentType };
  const text = body?.replace('KEY', KEY);
  return api.ask(`${path}${query.replace('KEY', KEY)}`, {
    ...{ method, headers, key: null },
    ...(text === undefined ? {} : { body: text }),
  });
}

t.test('in the shape of Ringba: the documented requests are understood and answered as documented', async (t) => {
  const desk = await startDesk(t);
  const { requests, bid, refusal } = documented('ringba');
  const reference = 'e983e428-edc9-46a3-863b-cc912b828927';
  for (const request of requests) {
    desk.answer = bidOf(reference, 4_200_000, '+17733408913', { expiresAt: 1_755_015_176_448, seconds: 30 });
    const answer = await send(desk, `/rtb/ringba/${KEY}.json`, request);
    t.equal(answer.status, 200, request.source);
    t.match(desk.sent.at(-1), { ...request.means, isStrict: false }, request.source);
    const { sipAddress, ...withoutSip } = bid.answer;
    t.strictSame(answer.json, request.body?.includes('sipOk') ? { ...withoutSip, sipAddress } : withoutSip);
  }
  desk.answer = NO_CAPACITY;
  const refused = await send(desk, `/rtb/ringba/${KEY}.json`, requests[0] ?? { query: '' });
  t.equal(refused.status, 200);
  t.strictSame({ ...refused.json, bidId: '' }, { ...refusal.answer, bidId: '' });
  t.match(refused.json.bidId, /^[0-9a-f]{32}$/);
});

t.test('in the shape of Retreaver: the documented requests are understood and answered as documented', async (t) => {
  const desk = await startDesk(t);
  const { requests, bid, refusal } = documented('retreaver');
  const expiresAt = Date.parse('2024-10-28T12:29:04.397Z');
  for (const request of requests) {
    desk.answer = bidOf('4454ffc8-c1b4-4420-81d2-4bbd1a1e132e', 5_000_000, '+18778955221', { expiresAt, seconds: 10 });
    const answer = await send(desk, '/rtb/retreaver/rtbs.json', request);
    t.equal(answer.status, 200, request.source);
    t.match(desk.sent.at(-1), { ...request.means, isStrict: false }, request.source);
    t.strictSame(answer.json, bid.answer);
  }
  desk.answer = NO_CAPACITY;
  const refused = await send(desk, '/rtb/retreaver/rtbs.json', requests[0] ?? { query: '' });
  t.equal(refused.status, 200);
  t.strictSame({ ...refused.json, uuid: '' }, { ...refusal.answer, uuid: '' });
});

t.test(
  'other networks hear of an unknown key, of a fault and of a wrong number what they would hear there',
  async (t) => {
    const desk = await startDesk(t);
    const ringba = (key: string) => send(desk, `/rtb/ringba/${key}.json`, { method: 'GET', query: '?CID=nobody' });
    const retreaver = (key: string) => send(desk, '/rtb/retreaver/rtbs.json', { query: `?key=${key}&caller_number=x` });
    t.match(await ringba('nonsense'), { status: 200, json: { bidAmount: 0, rejectReason: '1001 - Disabled' } });
    t.match(await retreaver(`${KEY.slice(0, -1)}y`), {
      status: 200,
      json: { status: 'rejected', error: 'not enabled' },
    });
    t.equal(desk.sent.length, 0);
    desk.answer = new Error('SQLITE_FULL: /var/lib/secret.db');
    const failed = [await ringba(KEY), await retreaver(KEY)];
    t.match(failed, [
      { status: 200, json: { bidAmount: 0 } },
      { status: 200, json: { status: 'no_target' } },
    ]);
    t.notOk(
      failed.some(({ text }) => text.includes('SQLITE')),
      'nothing of ours leaks',
    );
    desk.answer = { kind: 'wrong', faults: [{ field: 'callerNumber', expected: 'a number' }] };
    t.match(await ringba(KEY), { status: 200, json: { rejectReason: '1004 - Caller ID' } });
    t.match(await retreaver(KEY), { status: 200, json: { status: 'rejected' } });
    t.equal(
      (
        await send(desk, '/rtb/retreaver/rtbs.json', {
          query: '',
          contentType: 'application/x-www-form-urlencoded',
          body: '{"key":',
        })
      ).status,
      400,
    );
  },
);

t.test('in our own shape a bid carries everything that the call needs', async (t) => {
  const desk = await startDesk(t);
  desk.answer = bidOf('ref-1', 21_000_000, '+12025550100', { expiresAt: Date.UTC(2026, 10, 21), seconds: 30 });
  const body = { callerNumber: '+15125550123', tags: { zip: '73301' } };
  const { status, json } = await desk.api.ask(`/rtb/${KEY}`, { method: 'POST', key: null, body });
  t.equal(status, 200);
  t.strictSame(json, {
    ...{ status: 'bid', reference: 'ref-1', bid: { amount: 21, currency: 'USD' }, payoutAfterSeconds: 30 },
    ...{ phoneNumber: '+12025550100', sipAddress: 'sip:+12025550100@sip.example.com' },
    ...{ expiresAt: '2026-11-21T00:00:00.000Z', expiresInSeconds: 39, isDuplicate: true },
  });
  t.strictSame(desk.sent, [{ ...body, inboundNumber: null, isStrict: true }]);
  desk.answer = { kind: 'no-bid', reason: 'closed-or-capped' };
  const refused = await desk.api.ask(`/rtb/${KEY}`, { method: 'POST', key: null, body });
  t.match(refused, { status: 200, json: { status: 'no-bid', reason: 'closed-or-capped' } });
});

t.test('in our own shape every wrong field is named, and an unknown key is told first', async (t) => {
  const desk = await startDesk(t);
  const ask = (key: string, body: unknown) => desk.api.ask(`/rtb/${key}`, { method: 'POST', key: null, body });
  t.equal((await ask('rpp_nonsense', { caller: 1 })).status, 401);
  const shape = await ask(KEY, { callerNumber: 5, inboundNumber: [], tags: { zip: 7 }, caller: 'x' });
  t.equal(shape.status, 422);
  const fields = (answer: Answer): string[] => answer.json.faults.map(({ field }: { field: string }) => field).sort();
  t.same(fields(shape), ['caller', 'callerNumber', 'inboundNumber', 'tags.zip']);
  desk.answer = {
    kind: 'wrong',
    faults: [
      { field: 'callerNumber', expected: 'a telephone number' },
      { field: 'tags.age', expected: 'one of zip' },
    ],
  };
  const meaning = await ask(KEY, { callerNumber: 'me', tags: { age: '7' } });
  t.equal(meaning.status, 422);
  t.match(meaning.json.faults, [
    { field: 'callerNumber', found: '"me"' },
    { field: 'tags.age', found: '"7"' },
  ]);
  t.equal((await ask(KEY, { tags: { zip: 'x'.repeat(20_000) } })).status, 413);
});

t.test('whoever guesses keys is stopped by his address, and a publisher by nothing but his own limit', async (t) => {
  const desk = await startDesk(t, { requestsPerMinute: 3 });
  const ask = (key: string) => desk.api.ask(`/rtb/${key}`, { method: 'POST', key: null, body: {} });
  for (let count = 0; count < 6; count += 1) t.equal((await ask(KEY)).status, 200);
  const statuses: number[] = [];
  for (let count = 0; count < 5; count += 1) statuses.push((await ask(`${KEY.slice(0, -1)}${count}`)).status);
  t.same(statuses, [401, 401, 401, 429, 429]);
  const asRingba = await send(desk, '/rtb/ringba/guess.json', { method: 'GET', query: '?CID=1' });
  t.match(asRingba, { status: 200, json: { rejectReason: '1024 - Rate-limited' } });
  t.equal((await ask(KEY)).status, 200);
});
