/** Keys of publishers through the API: for a source and a campaign that a number joins, shown once, kept as a hash. */
import t from 'tap';
import { documentOf, pingingSource } from '../../support/call-configuration.js';
import { startApi } from './api-under-test.js';

t.test('a publisher key is shown once, listed by its beginning, and refused once it is revoked', async (t) => {
  const { ask, deps } = await startApi(t, { pings: { answer: async () => ({ kind: 'no-bid', reason: 'disabled' }) } });
  await deps.configuration.apply(documentOf({ document: { sources: [pingingSource()] } }));
  const body = { name: 'Search & Co', sourceId: 'source', campaignId: 'campaign' };
  const created = await ask('/publisher-keys', { method: 'POST', body });
  t.equal(created.status, 201);
  const { key, id } = created.json;
  t.match(key, /^rpp_[a-z0-9]{8}_[A-Za-z0-9]{32}$/);
  t.match(created.json, { ...body, pingsPerMinute: 600, revokedAt: null });
  const list = await ask('/publisher-keys');
  t.match(list.json.items, [{ id, name: 'Search & Co' }]);
  t.notOk(list.text.includes(key) || list.text.includes('sha256'));
  t.notOk(JSON.stringify(await deps.publisherKeys.list()).includes(key));
  const ping = (): ReturnType<typeof ask> => ask(`/rtb/${key}`, { method: 'POST', key: null, body: {} });
  t.equal((await ping()).status, 200);
  t.match(await ask(`/publisher-keys/${id}`, { method: 'DELETE' }), { status: 200, json: { revokedAt: String } });
  t.equal((await ping()).status, 401);
  t.equal((await ask('/publisher-keys/nobody', { method: 'DELETE' })).status, 404);
});

t.test('a key for nobody, for a source that does not ping, or without a number names what is wrong', async (t) => {
  const { ask, deps } = await startApi(t);
  await deps.configuration.apply(documentOf({}));
  const faultsOf = async (sourceId: string, campaignId: string) => {
    const { status, json } = await ask('/publisher-keys', {
      method: 'POST',
      body: { name: 'x', sourceId, campaignId },
    });
    t.equal(status, 422);
    return json.faults.map(({ field, expected }: { field: string; expected: string }) => `${field}: ${expected}`);
  };
  t.same(await faultsOf('nobody', 'nothing'), ['sourceId: the id of a source', 'campaignId: the id of a campaign']);
  t.same(await faultsOf('source', 'campaign'), ['sourceId: a source that has terms for pings']);
});

t.test(
  'the terms of a source come back as they were sent, with what was left out, and wrong ones are named',
  async (t) => {
    const { ask } = await startApi(t);
    const source = { id: 'search', pings: { isRequired: true, sipHost: '[2001:db8::1]:5060' } };
    t.equal((await ask('/sources', { method: 'POST', body: source })).status, 201);
    const pings = {
      ...source.pings,
      allowsUnknownCaller: false,
      lifetimeMs: 60_000,
      tags: ['zip', 'state', 'service'],
    };
    t.strictSame((await ask('/sources/search')).json.pings, pings);
    const wrong = { isRequired: 'yes', lifetimeMs: 1, tags: ['Zip!'], sipHost: 'sip.example.com/x', number: '+1' };
    const refused = await ask('/sources', { method: 'POST', body: { id: 'other', pings: wrong } });
    t.equal(refused.status, 422);
    t.same(
      refused.json.faults.map(({ field }: { field: string }) => field).sort(),
      ['isRequired', 'lifetimeMs', 'number', 'sipHost', 'tags[0]'].map((field) => `pings.${field}`),
    );
  },
);
