// Plans beside live calls over the API: started, looked at, stopped; refused with the field.
import t, { type Test } from 'tap';
import type { Replay } from '../../../src/domain/plans/replay-call.js';
import { answeredCall, closingOf, endedCall, receivedCall, TRACE } from '../../contract/call-samples.js';
import { type Answer, type ApiUnderTest, startApi } from './api-under-test.js';

const root = { id: 'all', strategy: 'sequential', members: ['alpha'] };

async function withDraft(t: Test): Promise<ApiUnderTest> {
  const api = await startApi(t);
  const post = async (path: string, body: object): Promise<void> => {
    const { status, text } = await api.ask(path, { method: 'POST', body });
    t.equal(status, 201, text);
  };
  await post('/buyers', { id: 'acme' });
  await post('/targets', { id: 'alpha', buyerId: 'acme', destination: 'sip:desk@buyer.example', price: 30 });
  await post('/plans', { id: 'main', root });
  await api.ask('/plans/main/draft', { method: 'PUT', body: { id: 'main', name: 'Beside', root } });
  return api;
}

const post = (api: ApiUnderTest, path: string, body?: object): Promise<Answer> =>
  api.ask(`/plans/main/${path}`, { method: 'POST', ...(body === undefined ? {} : { body }) });

t.test('a draft is started beside the calls, says how far it has come, and is stopped once', async (t) => {
  const api = await withDraft(t);
  t.equal((await api.ask('/plans/main/shadow')).status, 404, 'nothing has run yet');
  const started = await post(api, 'shadow', { calls: 50 });
  t.equal(started.status, 201, started.text);
  t.match(started.json, {
    planId: 'main',
    planVersion: 0,
    campaignId: null,
    isRunning: true,
    calls: 0,
    callsWanted: 50,
  });
  t.match(started.json, { startedBy: 'test', stoppedAt: null });
  t.equal((await post(api, 'shadow', {})).status, 409);
  const shown = await api.ask('/plans/main/shadow');
  t.match(shown.json, {
    plan: { name: 'Beside' },
    replayed: 0,
    same: 0,
    changed: 0,
    revenueChangeMicros: 0,
    notes: [],
  });
  t.match((await post(api, 'shadow/stop')).json, { isRunning: false, stoppedBy: 'test' });
  t.equal((await post(api, 'shadow/stop')).status, 404);
  t.equal((await post(api, 'shadow', { version: 1 })).status, 201, 'a version runs as well');
  const { json } = await api.ask('/plans/main/shadows');
  t.same(
    json.items.map((run: { isRunning: boolean; planVersion: number }) => [run.isRunning, run.planVersion]).sort(),
    [
      [false, 0],
      [true, 1],
    ],
  );
});

t.test('what was chosen stands with its call, and adds up in the report', async (t) => {
  const api = await withDraft(t);
  const { runId } = (await post(api, 'shadow', {})).json;
  const { shadows } = api.deps;
  const taker = { targetId: 'alpha', buyerId: 'acme', amountMicros: 30_000_000, isKnown: false, isStatic: true };
  const replay: Replay = { takers: [taker], neverAsked: 0, notTaken: 0, isDrawn: false };
  const ended = endedCall(answeredCall(receivedCall('c1', 100)));
  await api.deps.calls.close(closingOf(ended));
  const from = { targetId: ended.targetId ?? '', buyerId: ended.buyerId ?? '' };
  const to = { targetId: 'alpha', buyerId: 'acme' };
  const common = { runId, callId: 'c1', startedAt: 100, failed: [], asked: 0 };
  await shadows.write({ ...common, from, to, replay, trace: TRACE });
  const { json } = await api.ask('/calls/c1/shadow');
  t.match(json.items, [{ runId, from, to, isCompared: true, isEstimated: true, trace: { summary: TRACE.summary } }]);
  t.same((await api.ask('/calls/nobody/shadow')).json, { items: [] });
});

t.test('a run is refused with the field that is wrong', async (t) => {
  const api = await withDraft(t);
  t.match((await post(api, 'shadow', { campaignId: 'nobody' })).json, { faults: [{ field: 'campaignId' }] });
  t.equal((await post(api, 'shadow', { version: 7 })).status, 404);
  t.match((await post(api, 'shadow', { calls: 0 })).json, { faults: [{ field: 'calls' }] });
  t.equal((await api.ask('/plans/nobody/shadow', { method: 'POST', body: {} })).status, 404);
});
