// Whether the node lives, whether it can take a call, and its figures: what an orchestrator and Prometheus read.
import t from 'tap';
import { isFromThisMachine } from '../../../src/adapters/http/routes/metrics.js';
import { receivedCall } from '../../contract/call-samples.js';
import { CallApi } from './call-api.js';

t.test(
  '/readyz is 503 with the part that failed while drachtio, every media server or the database is away',
  async (t) => {
    const api = await CallApi.start(t);
    t.match(await api.ask('/livez', null), { status: 200, json: { isAlive: true } });
    t.match(await api.ask('/readyz', null), { status: 200, json: { isReady: true } });
    const up = api.links;
    const down = (name: string) =>
      up.map((link) => (link.name === name ? { ...link, isUp: false, detail: 'gone' } : link));
    const failed = async (): Promise<unknown> => {
      const { status, json } = await api.ask('/readyz', null);
      t.equal(status, 503);
      return (json as { parts: { isUp: boolean }[] }).parts.filter(({ isUp }) => !isUp);
    };
    api.links = down('drachtio');
    t.match(await failed(), [{ name: 'drachtio', detail: 'gone' }]);
    api.links = down('fs1');
    t.match(await failed(), [{ name: 'media', detail: 'no media server is up (fs1: gone)' }]);
    api.links = [...down('fs1'), { name: 'fs2', isUp: true, detail: '' }];
    t.equal((await api.ask('/readyz', null)).status, 200, 'one media server is enough');
    api.links = up;
    api.storeFault = 'the disk of the database is full';
    t.match(await failed(), [{ name: 'database', detail: /disk .* full/ }]);
    api.storeFault = null;
    api.live.stopIntake();
    t.match(await failed(), [{ name: 'intake', detail: /stopping/ }]);
    t.equal((await api.ask('/livez', null)).status, 200, 'it lives all the same');
  },
);

t.test('/metrics counts calls and times their stages, with labels from closed lists alone', async (t) => {
  const api = await CallApi.start(t);
  const call = { ...receivedCall('call-1'), outcome: 'sold' as const };
  const { events } = api.metrics;
  events.stepped(call, { atMs: 0, step: 'received', text: '', data: {} });
  events.stepped(call, { atMs: 40, step: 'answered', text: '', data: {} });
  events.stepped(call, { atMs: 90, step: 'auction-closed', text: '', data: { durationMs: 30 } });
  events.stepped(call, { atMs: 90, step: 'ping', text: '', data: { amountMicros: 5, bidderId: 'bidder-x' } });
  events.stepped(call, { atMs: 4_000, step: 'buyer-answered', text: '', data: { ringMs: 3_000 } });
  events.stepped(call, { atMs: 9_000, step: 'unbridged', text: '', data: { talkMs: 5_000 } });
  events.closed(call);
  events.unknownSource('198.51.100.7');
  events.alarm('store', 'call call-1 could not be written');
  events.alarm(`made up ${call.callerNumber}`, 'x');
  const { status, headers, text } = await api.ask('/metrics', null);
  t.equal(status, 200);
  t.match(headers.get('content-type'), /^text\/plain/);
  for (const line of [
    'ringpost_calls_received_total 1',
    'ringpost_calls_ended_total{outcome="sold"} 1',
    'ringpost_pings_total{result="bid"} 1',
    'ringpost_unknown_source_invites_total 1',
    'ringpost_alarms_total{kind="store"} 1',
    'ringpost_alarms_total{kind="other"} 1',
    'ringpost_setup_seconds_sum 0.04',
    'ringpost_auction_seconds_sum 0.03',
    'ringpost_ring_seconds_sum 3',
    'ringpost_talk_seconds_sum 5',
    'ringpost_live_calls 0',
    'ringpost_pending_writes 0',
    'ringpost_ready 1',
    'ringpost_event_loop_lag_seconds{quantile="0.99"}',
  ]) {
    t.ok(text.includes(line), line);
  }
  t.notMatch(text, /call-1|2125550101|198\.51|bidder-x/, 'no id, no number, no address');
});

t.test('/metrics needs a key from another machine, and through a proxy on this one', async (t) => {
  const api = await CallApi.start(t);
  const forwarded = { headers: { 'x-forwarded-for': '198.51.100.7' } };
  t.equal((await api.ask('/metrics', null, forwarded)).status, 401);
  t.equal((await api.ask('/metrics', await api.key('calls:read'), forwarded)).status, 403);
  t.equal((await api.ask('/metrics', await api.key('metrics:read'), forwarded)).status, 200);
  const from = (remoteAddress: string) => isFromThisMachine({ socket: { remoteAddress } as never, headers: {} });
  t.same(['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '::ffff:10.0.0.1', '127.0.0.1.evil'].map(from), [
    ...[true, true, true],
    ...[false, false, false],
  ]);
});
