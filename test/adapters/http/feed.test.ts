// The live feed over a WebSocket: order, resuming, filters, and what becomes of followers who are slow, late or no longer allowed.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import t from 'tap';
import { FOLLOWER_BUFFER_BYTES, HEARTBEAT_MS } from '../../../src/adapters/http/feed-follower.js';
import type { LiveFeed } from '../../../src/application/operation/live-feed.js';
import { receivedCall } from '../../contract/call-samples.js';
import { CallFixture } from '../../support/call-fixture.js';
import { CallApi } from './call-api.js';
import { ReadingFollower, SilentFollower } from './feed-clients.js';

const ENTRY = { atMs: 5, step: 'answered', text: '200 OK', data: { wavPath: '/secret/place.wav', n: 1 } } as const;
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

function publish(feed: LiveFeed, events: number, text = 'x'): void {
  const call = receivedCall('c1');
  for (let index = 0; index < events; index += 1) feed.stepped(call, { ...ENTRY, text });
}

/** Fifty calls at once, from INVITE to settled record, on the fixture's own clock. */
async function placeFifty(fixture: CallFixture): Promise<void> {
  const invited = Array.from({ length: 50 }, () => fixture.invite());
  const callers = await Promise.all(invited.map(({ call }) => call.answeredLeg.promise));
  for (const caller of callers) caller.greet();
  await fixture.clock.advance(5_000);
  for (const caller of callers) caller.end();
  await fixture.clock.advance(1_000);
  await Promise.all(invited.map(({ done }) => done));
}

t.test('200 calls: who drops and resumes loses and doubles nothing, who reads nothing slows nobody', async (t) => {
  const api = await CallApi.start(t, { feedEvents: 6_000 });
  const key = await api.key('calls:read');
  const fixture = new CallFixture();
  fixture.listeners.push(api.feed);
  const first = await ReadingFollower.open(t, api, key);
  const silent = await SilentFollower.open(t, api, key);
  await placeFifty(fixture);
  await first.has(api.feed.newest);
  await placeFifty(fixture);
  first.drop();
  await first.closed;
  const had = first.sequences.at(-1) ?? 0;
  await placeFifty(fixture);
  const second = await ReadingFollower.open(t, api, key, `?after=${had}&epoch=${api.feed.epoch}`);
  await placeFifty(fixture);
  await second.has(api.feed.newest);
  t.same([...first.sequences, ...second.sequences], upTo(api.feed.newest));
  const closed = [...first.messages, ...second.messages].filter(({ type }) => type === 'closed');
  t.equal(new Set(closed.map(({ call }) => call?.id)).size, 200);
  t.same(fixture.leftovers(), []);

  const buffered = (): readonly number[] => api.sockets().map(({ bufferedAmount }) => bufferedAmount);
  for (let turn = 0; turn < 200 && api.sockets().length === 2; turn += 1) {
    const before = buffered();
    publish(api.feed, 1_000, 'x'.repeat(1_000));
    t.same(buffered(), before, 'to publish touches no socket');
    await second.has(api.feed.newest);
    t.ok(
      buffered().every((bytes) => bytes < FOLLOWER_BUFFER_BYTES + 4_096),
      'what waits for a follower is bounded',
    );
    if ((await api.metrics.render()).includes('ringpost_feed_too_slow_total 1')) break;
  }
  const end = await silent.readToEnd();
  t.match(end, { code: 4008, reason: /too slow/ });
  t.ok(end.texts < api.feed.newest, 'he did not get everything');
  t.same(second.sequences.slice(-1), [api.feed.newest], 'the other one did');
});

t.test('a follower who does not answer a ping is closed as too slow, one who does stays', async (t) => {
  const api = await CallApi.start(t);
  const key = await api.key('calls:read');
  const reading = await ReadingFollower.open(t, api, key);
  const [served] = api.sockets();
  const silent = await SilentFollower.open(t, api, key);
  for (const isFirst of [true, false]) {
    const answered = served === undefined ? Promise.reject(new Error('nobody follows')) : once(served, 'pong');
    await api.clock.advance(HEARTBEAT_MS);
    await answered;
    publish(api.feed, 1);
    await reading.has(api.feed.newest);
    t.equal(reading.messages.length, isFirst ? 2 : 3);
  }
  t.match(await silent.readToEnd(), { code: 4008, reason: /no answer to a ping/ });
});

t.test('a key that is revoked ends its feeds at the next heartbeat', async (t) => {
  const api = await CallApi.start(t);
  const follower = await ReadingFollower.open(t, api, await api.key('calls:read'));
  const [key] = await api.keys.list();
  await api.keys.revoke(key?.id ?? '', api.clock.wallMs());
  await api.clock.advance(HEARTBEAT_MS);
  t.same(await follower.closed, { code: 4001, reason: 'the key was revoked' });
});

t.test('who comes back too late, or after a restart, is told the oldest number and the epoch', async (t) => {
  const api = await CallApi.start(t, { feedEvents: 100 });
  const key = await api.key('calls:read');
  publish(api.feed, 250);
  for (const [query, why] of [
    ['?after=149', /oldest is 151/],
    ['?after=200&epoch=epoch-0', /epoch epoch-1/],
    ['?after=251', /began anew/],
  ] as const) {
    const late = await ReadingFollower.open(t, api, key, query);
    t.match(late.messages, [{ type: 'resume-impossible', oldest: 151, newest: 250, epoch: 'epoch-1', detail: why }]);
    t.match(await late.closed, { code: 4010, reason: /oldest is 151/ });
  }
  const inTime = await ReadingFollower.open(t, api, key, '?after=150');
  await inTime.has(250);
  t.match(inTime.messages[0], { type: 'hello', epoch: 'epoch-1', next: 151 });
  t.equal(inTime.sequences.length, 100);
});

t.test('a filter sends the events of one campaign or of one call alone', async (t) => {
  const api = await CallApi.start(t);
  const key = await api.key('calls:read');
  const campaign = await ReadingFollower.open(t, api, key, '?campaign=roofing');
  const call = await ReadingFollower.open(t, api, key, '?call=c2');
  api.feed.stepped(receivedCall('c1'), ENTRY);
  api.feed.stepped({ ...receivedCall('c2'), campaignId: 'roofing' }, ENTRY);
  api.feed.closed({ ...receivedCall('c3'), campaignId: 'roofing' });
  await campaign.has(3);
  await call.has(2);
  t.same(campaign.sequences, [2, 3]);
  t.same(call.sequences, [2]);
});

t.test("caller numbers are masked in the feed unless the key may read them, and paths are in nobody's", async (t) => {
  const api = await CallApi.start(t);
  const masked = await ReadingFollower.open(t, api, await api.key('calls:read'));
  const whole = await ReadingFollower.open(t, api, await api.key('calls:read', 'calls:read-numbers'));
  api.feed.stepped(receivedCall('c1'), { ...ENTRY, text: 'the bidder says 2125550101' });
  await masked.has(1);
  await whole.has(1);
  t.notMatch(JSON.stringify(masked.messages), /2125550101/);
  t.match(whole.messages[1], { call: { callerNumber: '+12125550101' }, text: /2125550101/, data: { n: 1 } });
  t.notMatch(JSON.stringify(whole.messages), /secret/);
});

t.test('a node that stops sends what there is and closes with 1001', async (t) => {
  const api = await CallApi.start(t);
  const follower = await ReadingFollower.open(t, api, await api.key('calls:read'));
  publish(api.feed, 3);
  api.feed.close();
  t.same(await follower.closed, { code: 1001, reason: 'the node is stopping' });
  t.same(follower.sequences, [1, 2, 3]);
});

t.test('the feed is for keys that may read calls, and for WebSockets', async (t) => {
  const api = await CallApi.start(t);
  const key = await api.key('calls:read');
  const plain = await api.ask('/api/v1/feed', key);
  t.equal(plain.status, 426);
  t.equal(plain.headers.get('upgrade'), 'websocket');
  t.equal((await api.ask('/api/v1/feed', null)).status, 401);
  t.equal((await api.ask('/api/v1/feed', await api.key('recordings:read'))).status, 403);
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  const refused = request(`${api.url}/api/v1/feed`, { headers: { ...upgrade, 'sec-websocket-key': 'A'.repeat(22) } });
  refused.end();
  const [response] = (await once(refused, 'response')) as [IncomingMessage];
  t.equal(response.statusCode, 401, 'nor is a WebSocket opened without a key');
  response.destroy();
});
