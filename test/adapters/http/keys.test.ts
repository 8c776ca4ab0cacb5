/** Keys of the API through the API: shown once, kept as a hash, refused from the moment they are revoked. */
import t from 'tap';
import { startApi } from './api-under-test.js';

t.test('a key is shown once, works, is listed by its beginning, and is refused once it is revoked', async (t) => {
  const { ask, deps } = await startApi(t);
  const body = { name: 'dashboard', scopes: ['configuration:read'] };
  const created = await ask('/keys', { method: 'POST', body });
  t.equal(created.status, 201);
  const { key, id, prefix } = created.json;
  t.match(key, /^rp_[a-z0-9]{8}_[A-Za-z0-9]{32}$/);
  t.ok(key.startsWith(`rp_${prefix}_`));
  t.equal((await ask('/buyers', { key })).status, 200);
  t.equal((await ask('/keys', { key })).status, 403, 'and does what it may, no more');
  const list = await ask('/keys');
  t.notOk(list.text.includes(key) || list.text.includes('sha256'));
  const listed = list.json.items.find((each: { id: string }) => each.id === id);
  t.match(listed, { name: 'dashboard', prefix, scopes: ['configuration:read'], revokedAt: null });
  t.type(listed.lastUsedAt, 'string', 'its use is noted');
  const [stored] = (await deps.keys.list()).filter((each) => each.id === id);
  t.notOk(JSON.stringify(stored).includes(key));
  t.equal((await ask(`/keys/${id}`, { method: 'DELETE' })).status, 200);
  t.equal((await ask('/buyers', { key })).status, 401);
  t.equal((await ask('/keys/nobody', { method: 'DELETE' })).status, 404);
});

t.test('a repeated creation makes one key and does not show it again', async (t) => {
  const { ask, deps } = await startApi(t);
  const asked = {
    method: 'POST',
    body: { name: 'x', scopes: ['calls:read'] },
    headers: { 'idempotency-key': 'k' },
  } as const;
  const before = (await deps.keys.list()).length;
  const first = await ask('/keys', asked);
  const again = await ask('/keys', asked);
  t.equal(again.json.id, first.json.id);
  t.equal(again.json.key, null);
  t.equal((await deps.keys.list()).length, before + 1);
});
