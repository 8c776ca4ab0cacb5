/** What every repository of idempotent requests does, whatever lies behind it. Run by the test of each store. */
import t, { type Test } from 'tap';
import type { IdempotencyRepository, IdempotentRequest } from '../../src/application/ports/idempotency-repository.js';

/** An empty repository whose release is registered with the test. */
export type OpenIdempotency = (test: Test) => Promise<IdempotencyRepository>;

const DAY_MS = 24 * 3_600_000;
const REQUEST: IdempotentRequest = { apiKeyId: 'key-1', key: 'order "7"', requestHash: 'aa' };
const ANSWER = { status: 201, body: '{"id":"acme"}', headers: { etag: '"1"' } };

export async function idempotencyRepositoryContract(name: string, open: OpenIdempotency): Promise<void> {
  await t.test(`idempotent requests in ${name}`, async (t) => {
    await t.test('of twenty that come at once one begins, and later ones get its answer', async (t) => {
      const requests = await open(t);
      const states = await Promise.all(Array.from({ length: 20 }, () => requests.begin(REQUEST, 1_000)));
      t.equal(states.filter(({ kind }) => kind === 'begun').length, 1);
      t.equal(states.filter(({ kind }) => kind === 'in-progress').length, 19);
      await requests.finish(REQUEST, ANSWER);
      const again = await requests.begin({ ...REQUEST, requestHash: 'bb' }, 2_000);
      t.strictSame(again, { kind: 'answered', requestHash: 'aa', answer: ANSWER }, 'with the hash of the first one');
    });

    await t.test('the same word of another API key is another request', async (t) => {
      const requests = await open(t);
      await requests.begin(REQUEST, 1_000);
      t.same(await requests.begin({ ...REQUEST, apiKeyId: 'key-2' }, 1_000), { kind: 'begun' });
    });

    await t.test('what was abandoned may begin again, what was answered stays', async (t) => {
      const requests = await open(t);
      await requests.begin(REQUEST, 1_000);
      await requests.abandon(REQUEST);
      t.equal((await requests.begin(REQUEST, 1_000)).kind, 'begun');
      await requests.abandonAll();
      t.equal((await requests.begin(REQUEST, 1_000)).kind, 'begun');
      await requests.finish(REQUEST, ANSWER);
      await requests.abandon(REQUEST);
      await requests.abandonAll();
      t.equal((await requests.begin(REQUEST, 1_000)).kind, 'answered');
    });

    await t.test('an answer is kept for 24 hours', async (t) => {
      const requests = await open(t);
      await requests.begin(REQUEST, 1_000);
      await requests.finish(REQUEST, ANSWER);
      t.equal((await requests.begin(REQUEST, 1_000 + DAY_MS - 1)).kind, 'answered');
      t.equal((await requests.begin(REQUEST, 1_000 + DAY_MS)).kind, 'begun');
    });
  });
}
