/** What is wrong with a request: each has its status, its sentence and its fields; none reaches the store or shows a stack. */
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { MemoryApiKeyRepository } from '../../../src/adapters/memory/memory-api-key-repository.js';
import { type Answer, startApi } from './api-under-test.js';

function isProblem({ status, headers, json, text }: Answer): boolean {
  const isTyped = headers['content-type']?.startsWith('application/problem+json') === true;
  return isTyped && json.status === status && json.detail !== '' && !/ at .*\.[jt]s:\d|node_modules/.test(text);
}

t.test('a route that does not exist is 404, a method that a route does not have 405 with Allow', async (t) => {
  const { ask } = await startApi(t);
  for (const path of ['/api/v1/nothing', '/', '/api/v2/buyers', '/api/v1/buyers/a/b', '/api/v1/%zz', '//x']) {
    const answer = await ask(path.startsWith('/api') ? path : `/api/../${path}`, { key: null });
    t.ok(answer.status === 404 || answer.status === 400, `${path}: ${answer.status}`);
    t.ok(isProblem(answer), path);
  }
  const patched = await ask('/buyers/acme', { method: 'PATCH', body: {} });
  t.equal(patched.status, 405);
  t.equal(patched.headers.allow, 'DELETE, GET, PUT');
});

t.test('all wrong fields of a row are named at once, unknown ones too, and nothing is stored', async (t) => {
  const { ask, deps } = await startApi(t);
  const body = {
    id: 'roofing',
    currency: 'US dollars',
    targetIds: ['nobody'],
    holdMusicPromptId: 'builtin:hold-music',
    maxHoldMs: '1 minute',
    colour: 'red',
    fallback: [{ kind: 'dial', destination: 'nowhere' }],
  };
  const answer = await ask('/campaigns', { method: 'POST', body });
  t.equal(answer.status, 422);
  t.ok(isProblem(answer));
  t.same(answer.json.faults.map(({ field }: { field: string }) => field).sort(), [
    ...['colour', 'currency', 'fallback[0].destination', 'maxHoldMs', 'targetIds[0]'],
  ]);
  t.match(answer.json.faults, [{ found: String, expected: String }]);
  t.equal(deps.configuration.current().campaigns.size, 0);
  for (const wrong of [[], null, 'text', 7, true]) {
    const { status } = await ask('/buyers', {
      method: 'POST',
      body: JSON.stringify(wrong),
      headers: { 'content-type': 'application/json' },
    });
    t.equal(status, 422, JSON.stringify(wrong));
  }
  const key = await ask('/keys', { method: 'POST', body: { name: '', scopes: ['everything'], admin: true } });
  t.equal(key.status, 422);
  t.same(key.json.faults.map(({ field }: { field: string }) => field).sort(), ['admin', 'name', 'scopes[0]']);
});

t.test('a body that is no JSON, none at all, of another type or nested without end is refused', async (t) => {
  const { ask } = await startApi(t);
  const json = { 'content-type': 'application/json' };
  const post = (body: string, headers: Readonly<Record<string, string>>) =>
    ask('/buyers', { method: 'POST', body, headers });
  const broken = await post('{"id": "acme",', json);
  t.equal(broken.status, 400);
  t.ok(isProblem(broken));
  t.equal((await post('', json)).status, 400);
  t.equal((await post('{"id":"x","__proto__":{"isActive":false}}', json)).status, 400);
  t.equal((await post('id=acme', { 'content-type': 'application/x-www-form-urlencoded' })).status, 415);
  t.equal((await post('<id/>', { 'content-type': 'text/xml' })).status, 415);
  const deep = `{"id":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
  t.equal((await post(deep, json)).status, 422);
  const once = await post(deep, { ...json, 'idempotency-key': 'deep' });
  t.ok([400, 422].includes(once.status), `nested without end under an idempotency key: ${once.status}`);
});

t.test('a body of 50 MB is refused before it is read', async (t) => {
  const { app, keyWith } = await startApi(t);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const headers = {
    authorization: `Bearer ${await keyWith('configuration:write')}`,
    'content-type': 'application/json',
    'content-length': '50000000',
  };
  const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const asking = httpRequest({ host: '127.0.0.1', port, path: '/api/v1/buyers', method: 'POST', headers });
    asking.on('error', reject);
    asking.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text });
        asking.destroy();
      });
    });
    asking.write(' '.repeat(60_000));
  });
  t.equal(answer.status, 413);
  t.match(answer.text, /larger than 1 MB/);
});

t.test('a repeated Idempotency-Key gets the first answer; with another body it is refused', async (t) => {
  const { ask, deps, keyWith } = await startApi(t);
  const headers = { 'idempotency-key': 'order-7' };
  const body = { id: 'acme', name: 'Acme' };
  const first = await ask('/buyers', { method: 'POST', body, headers });
  const again = await ask('/buyers', { method: 'POST', body, headers });
  t.same([first.status, again.status], [201, 201]);
  t.same(again.json, first.json);
  t.equal(again.headers.etag, first.headers.etag);
  t.equal(again.headers.location, first.headers.location);
  t.equal(again.headers['idempotency-replayed'], 'true');
  const other = await ask('/buyers', { method: 'POST', body: { id: 'best' }, headers });
  t.equal(other.status, 422);
  t.match(other.json.detail, /another request/);
  t.equal(deps.configuration.current().buyers.size, 1);
  const key = await keyWith('configuration:write');
  t.equal((await ask('/buyers', { method: 'POST', body: { id: 'best' }, headers, key })).status, 201);
  t.equal((await ask('/buyers', { method: 'POST', body, headers: { 'idempotency-key': 'a b' } })).status, 400);
  const refused = { ...headers, 'idempotency-key': 'order-8' };
  t.equal((await ask('/buyers', { method: 'POST', body: { id: '' }, headers: refused })).status, 422);
  const mended = await ask('/buyers', { method: 'POST', body: { id: 'mended' }, headers: refused });
  t.equal(mended.status, 201, 'what was refused had no effect and may be sent anew');
  t.equal((await ask('/buyers', { method: 'POST', body })).status, 409, 'without a key a second one is a conflict');
});

t.test('while the first request is under way its repetition is told to wait', async (t) => {
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const prompts = { prepare: async () => held.then(() => []), find: () => null, speak: async () => null };
  const { ask } = await startApi(t, { prompts });
  const post = () =>
    ask('/prompts', { method: 'POST', body: { id: 'g', text: 'Hello' }, headers: { 'idempotency-key': 'once' } });
  const first = post();
  const second = await post();
  t.equal(second.status, 409);
  t.equal(second.headers['retry-after'], '1');
  letGo();
  t.equal((await first).status, 201);
  t.equal((await post()).headers['idempotency-replayed'], 'true');
});

t.test('whoever asks too often is answered 429, by key and by address', async (t) => {
  const { ask, keyWith } = await startApi(t, { requestsPerMinute: 10 });
  const key = await keyWith('configuration:read');
  const statuses: number[] = [];
  for (let count = 0; count < 12; count += 1) statuses.push((await ask('/buyers', { key })).status);
  t.same([...new Set(statuses)], [200, 429]);
  t.equal(statuses.indexOf(429), 10);
  t.equal((await ask('/buyers')).status, 200, 'another key is not held up');
  const strangers: number[] = [];
  for (let count = 0; count < 12; count += 1) strangers.push((await ask('/buyers', { key: null })).status);
  t.same([...new Set(strangers)], [401, 429]);
});

t.test('a fault of ours is a problem without a word about its inside', async (t) => {
  class Broken extends MemoryApiKeyRepository {
    override async list(): Promise<never> {
      throw new Error('SQLITE_IOERR: disk I/O error at /var/lib/ringpost.db');
    }
  }
  const { ask } = await startApi(t, { keys: new Broken() });
  const answer = await ask('/keys');
  t.equal(answer.status, 500);
  t.ok(isProblem(answer));
  t.notMatch(answer.text, /SQLITE|var/);
  for (const header of ['x-content-type-options', 'content-security-policy', 'x-frame-options']) {
    t.ok(answer.headers[header], header);
  }
});
