/** What holds for every route that there is, generated from the route table: who may call it, and that it is described. */
import t from 'tap';
import { SCOPES, type Scope } from '../../../src/domain/campaigns/api-key.js';
import { startApi } from './api-under-test.js';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Pages and health that hold nothing of the operator's, recordings whose link is the key, and pings that carry a publisher's key. */
const PUBLIC = [
  /^\/api\/docs(\/|$)/,
  /^\/api\/v1\/openapi\.json$/,
  /^\/(livez|readyz|metrics)$/,
  /^\/(recordings?|faxes)\//,
  /^\/rtb\//,
];

t.test('every route refuses a missing key, a wrong key, a revoked key and a key without its scope', async (t) => {
  const api = await startApi(t);
  const { keys } = api.deps;
  const revoked = await api.keyWith(...SCOPES);
  const last = (await keys.list()).find(({ prefix }) => revoked.includes(prefix));
  await keys.revoke(last?.id ?? '', 1);
  const wrong = `${(await api.keyWith(...SCOPES)).slice(0, -4)}AAAA`;
  const routes = api.app.routeTable.filter(({ scope }) => scope !== 'public');
  t.ok(routes.length > 40, `${routes.length} routes need a key`);
  for (const { method, url, scope } of routes) {
    const path = url.replaceAll(/:[A-Za-z]+/g, 'x');
    const others = SCOPES.filter((each) => each !== scope);
    const lacking = await api.keyWith(...(others as Scope[]));
    const ask = (key: string | null) => api.ask(path, { method: method as Method, key });
    const statuses = [await ask(null), await ask(wrong), await ask(revoked), await ask(lacking)];
    t.same(
      statuses.map(({ status }) => status),
      [401, 401, 401, 403],
      `${method} ${url}`,
    );
    t.ok(
      statuses.every(({ headers }) => headers['content-type']?.startsWith('application/problem+json')),
      `${method} ${url} answers with a problem`,
    );
  }
});

t.test('only pages without data of the operator are public', async (t) => {
  const { app } = await startApi(t);
  const open = app.routeTable.filter(({ scope }) => scope === 'public').map(({ url }) => url);
  t.same(
    open.filter((url) => !PUBLIC.some((pattern) => pattern.test(url))),
    [],
  );
});

t.test('a route that does not say who may call it stops the server from starting', async (t) => {
  const { createHttpServer } = await import('../../../src/adapters/http/server.js');
  const { deps } = await startApi(t);
  const app = createHttpServer(deps);
  t.teardown(() => app.close());
  t.throws(() => app.get('/api/v1/unguarded', async () => 'anything'), /unguarded declares no scope/);
});

t.test('two keys that differ are refused, and X-API-Key is as good as a bearer', async (t) => {
  const api = await startApi(t);
  const [one, two] = [await api.keyWith('keys:manage'), await api.keyWith('keys:manage')];
  t.equal((await api.ask('/keys', { key: null, headers: { 'x-api-key': one } })).status, 200);
  t.equal((await api.ask('/keys', { key: one, headers: { 'x-api-key': one } })).status, 200);
  t.equal((await api.ask('/keys', { key: one, headers: { 'x-api-key': two } })).status, 401);
});
