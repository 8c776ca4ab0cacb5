// Pausing and resuming over the API: one verb for all that can be away, and the configuration keeps it.
import t from 'tap';
import { formatConfigurationFile } from '../../../src/adapters/config-file/format-configuration-file.js';
import { documentOf } from '../../../src/domain/campaigns/configuration.js';
import { startApi } from './api-under-test.js';

const NUMBER = '+12025550100';

const ROWS = [
  ['campaigns', { id: 'roofing', currency: 'USD', targetIds: [], holdMusicPromptId: 'builtin:hold-music' }],
  ['sources', { id: 'leads' }],
  ['buyers', { id: 'acme' }],
  ['targets', { id: 'desk', buyerId: 'acme', price: 30, destination: 'sip:desk@buyer.example' }],
  ['dids', { id: 'line', number: NUMBER, campaignId: 'roofing', sourceId: 'leads' }],
  ['agents', { id: 'ann', destination: 'sip:ann@desk.example' }],
] as const;

t.test(
  'whatever takes calls is paused with a reason and an end, and resumed with everything else as it was',
  async (t) => {
    const api = await startApi(t);
    for (const [section, body] of ROWS) t.equal((await api.ask(`/${section}`, { method: 'POST', body })).status, 201);
    for (const [section, { id }] of ROWS) {
      const before = await api.ask(`/${section}/${id}`);
      const body = { reason: 'lunch\u0007', until: '2099-01-01T12:00:00Z' };
      const paused = await api.ask(`/${section}/${id}/pause`, { method: 'POST', body });
      t.equal(paused.status, 200, paused.text);
      t.match(paused.json.pause, { reason: 'lunch', by: 'test', until: '2099-01-01T12:00:00.000Z' });
      t.same({ ...paused.json, pause: null }, before.json);
      t.not(paused.headers.etag, before.headers.etag);
      const again = await api.ask(`/${section}/${id}/pause`, { method: 'POST', body: {} });
      t.match(again.json.pause, { until: null }, 'the last word counts');
      const resumed = await api.ask(`/${section}/${id}/resume`, { method: 'POST' });
      t.same(resumed.json, before.json);
      t.equal(resumed.headers.etag, before.headers.etag);
      t.equal(
        (await api.ask(`/${section}/${id}/resume`, { method: 'POST' })).status,
        200,
        'resuming twice is resuming',
      );
    }
  },
);

t.test('the configuration file keeps a pause, and may bring one', async (t) => {
  const api = await startApi(t);
  await api.ask('/buyers', { method: 'POST', body: { id: 'acme', pause: { until: '2099-01-01T12:00:00+01:00' } } });
  const file = JSON.parse(formatConfigurationFile(documentOf(api.deps.configuration.current())));
  t.same(file.buyers[0].pause, { by: 'the configuration file', at: null, until: '2099-01-01T11:00:00.000Z' });
  const wrong = await api.ask('/buyers', { method: 'POST', body: { id: 'other', pause: { until: 'tomorrow' } } });
  t.equal(wrong.json.faults[0].field, 'pause.until');
});

t.test('a pause of nobody, with an end that is over or with unknown fields is refused', async (t) => {
  const api = await startApi(t);
  await api.ask('/buyers', { method: 'POST', body: { id: 'acme' } });
  t.equal((await api.ask('/buyers/nobody/pause', { method: 'POST', body: {} })).status, 404);
  t.equal((await api.ask('/buyers/nobody/resume', { method: 'POST' })).status, 404);
  const wrong = [
    [{ until: '2001-01-01T12:00:00Z' }, /until/],
    [{ until: 'tomorrow' }, /until/],
    [{ since: 'now' }, /since/],
    [{ reason: 'x'.repeat(201) }, /reason/],
  ] as const;
  for (const [body, place] of wrong) {
    const { status, json } = await api.ask('/buyers/acme/pause', { method: 'POST', body });
    t.ok(status === 400 || status === 422);
    t.match(json.faults[0].field, place);
  }
  t.equal(api.deps.configuration.current().buyers.get('acme')?.pause, null);
  const reader = await api.keyWith('configuration:read');
  t.equal((await api.ask('/buyers/acme/pause', { method: 'POST', body: {}, key: reader })).status, 403);
});

t.test('an agent goes away and comes back with the key that he works with, and can edit nothing else', async (t) => {
  const api = await startApi(t);
  await api.ask('/agents', { method: 'POST', body: { id: 'ann', destination: 'sip:ann@desk.example' } });
  await api.ask('/buyers', { method: 'POST', body: { id: 'acme' } });
  const desk = await api.keyWith('calls:agent');
  const away = await api.ask('/agents/ann/pause', { method: 'POST', body: { reason: 'lunch' }, key: desk });
  t.equal(away.status, 200, away.text);
  t.match(api.deps.configuration.current().agents.get('ann')?.pause, { reason: 'lunch', until: null });
  t.equal((await api.ask('/buyers/acme/pause', { method: 'POST', body: {}, key: desk })).status, 403);
  t.equal((await api.ask('/agents/ann', { method: 'PUT', body: {}, key: desk })).status, 403);
  t.equal((await api.ask('/agents/ann/resume', { method: 'POST', key: desk })).status, 200);
  t.equal(api.deps.configuration.current().agents.get('ann')?.pause, null);
  const writer = await api.keyWith('configuration:write');
  t.equal((await api.ask('/agents/ann/pause', { method: 'POST', body: {}, key: writer })).status, 403);
});
