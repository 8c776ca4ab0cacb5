/** Bidders over the API: a network by its name, its response rules edited one by one, and what of it is never shown. */
import t from 'tap';
import { startApi } from './api-under-test.js';

const SIGNED = {
  ...{ id: 'sd', dialect: 'service-direct-signed', url: 'https://api.servicedirect.com/partners/request' },
  settings: { provider_key: 'hunter-key', provider_secret: 'hunter-secret', service_category: 24 },
};

t.test('response rules of a bidder are edited over the API; a wrong one is refused with its place', async (t) => {
  const api = await startApi(t);
  const created = await api.ask('/bidders', {
    method: 'POST',
    body: { id: 'rtb', dialect: 'ringba', url: 'https://rtb.ringba.com/v1/production/RTB_ID.json' },
  });
  t.equal(created.status, 201);
  const { dialect } = created.json;
  t.match(dialect.pingResponse.accept, [{ path: 'bidAmount', operator: 'greater-than', value: 0 }]);
  const accept = [...dialect.pingResponse.accept, { path: 'warnings.0.code', operator: 'not-equals', value: 230 }];
  const edited = {
    ...created.json,
    dialect: { ...dialect, pingResponse: { ...dialect.pingResponse, accept, refusalStatuses: [404] } },
  };
  const headers = { 'if-match': created.headers.etag ?? '' };
  const put = await api.ask('/bidders/rtb', { method: 'PUT', body: edited, headers });
  t.equal(put.status, 200);
  const stored = api.deps.configuration.current().bidders.get('rtb');
  t.same(stored?.dialect.pingResponse.accept, accept);
  t.same(stored?.dialect.pingResponse.refusalStatuses, [404]);
  const broken = structuredClone(edited);
  broken.dialect.pingResponse.accept[1].operator = 'like';
  const again = { 'if-match': put.headers.etag ?? '' };
  const refused = await api.ask('/bidders/rtb', { method: 'PUT', body: broken, headers: again });
  t.equal(refused.status, 422);
  t.match(refused.json.faults[0].field, /^dialect.*accept\[1\]\.operator$/);
});

t.test('a bidder has fields of its own beside those of its dialect, and before them', async (t) => {
  const api = await startApi(t);
  const fields = { service_category: '{{service|number}}', source: 'desk' };
  const settings = { provider_key: 'hunter-key' };
  const body = { ...SIGNED, dialect: 'service-direct', settings, fields };
  t.equal(
    (await api.ask('/bidders', { method: 'POST', body })).status,
    201,
    'and needs no setting for what they bring',
  );
  t.same(api.deps.configuration.current().bidders.get('sd')?.dialect.ping.fields, {
    ...{ sd_api_key: 'hunter-key', zip_code: '{{zip_code}}' },
    ...fields,
  });
  const nested = await api.ask('/bidders', {
    method: 'POST',
    body: { ...body, id: 'other', fields: { a: { b: 'c' } } },
  });
  t.equal(nested.status, 422);
  t.match(nested.json.faults[0].field, /^fields/);
});

t.test('the key and the secret of a signature are kept and never shown', async (t) => {
  const api = await startApi(t);
  t.equal((await api.ask('/bidders', { method: 'POST', body: SIGNED })).status, 201);
  const { text, json, headers } = await api.ask('/bidders/sd');
  t.notMatch(text, /hunter/);
  const tag = { 'if-match': headers.etag ?? '' };
  t.equal((await api.ask('/bidders/sd', { method: 'PUT', body: { ...json, name: 'SD' }, headers: tag })).status, 200);
  const stored = api.deps.configuration.current().bidders.get('sd');
  t.match(stored?.dialect.ping.signature, { key: 'hunter-key', secret: 'hunter-secret' });
  t.match(stored?.dialect.post?.signature, { key: 'hunter-key', secret: 'hunter-secret' });
  t.equal(stored?.dialect.ping.headers['SD-API-Provider'], 'hunter-key');
});

t.test('how often each bidder answered in time is read over the API, for so many hours', async (t) => {
  const asked: number[] = [];
  const counts = { asked: 4, bids: 2, refused: 1, timeouts: 1, faults: 0, givenUp: 7, unasked: 0 };
  const figures = (hours: number) => {
    asked.push(hours);
    return [{ bidderId: 'acme', ...counts, meanMs: 80, slowestMs: 200 }];
  };
  const api = await startApi(t, { bidderFigures: { figures } });
  const { status, json } = await api.ask('/bidder-figures?hours=24');
  t.equal(status, 200);
  t.same(json.items, [{ bidderId: 'acme', ...counts, inTimeShare: 0.75, meanMs: 80, slowestMs: 200 }]);
  await api.ask('/bidder-figures');
  t.same(asked, [24, 1]);
  t.equal((await api.ask('/bidder-figures?hours=25')).status, 400);
});
