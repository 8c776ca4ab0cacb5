/** What every repository of API keys does, whatever lies behind it. Run by the test of each store. */
import t, { type Test } from 'tap';
import type { ApiKeyRepository } from '../../src/application/ports/api-key-repository.js';
import type { ApiKey } from '../../src/domain/campaigns/api-key.js';

/** An empty repository whose release is registered with the test. */
export type OpenApiKeys = (test: Test) => Promise<ApiKeyRepository>;

function keyOf(id: string, createdAt: number): ApiKey {
  return {
    id,
    name: `Key "${id}"`,
    prefix: id.padEnd(8, '0'),
    sha256: 'ab'.repeat(32),
    scopes: ['configuration:read', 'keys:manage'],
    createdAt,
    lastUsedAt: null,
    revokedAt: null,
  };
}

export async function apiKeyRepositoryContract(name: string, openKeys: OpenApiKeys): Promise<void> {
  await t.test(`API keys in ${name}`, async (t) => {
    await t.test('keys are listed oldest first and found by their prefix, unchanged', async (t) => {
      const keys = await openKeys(t);
      await keys.add(keyOf('b', 200));
      await keys.add(keyOf('a', 300));
      await keys.add(keyOf('c', 200));
      t.strictSame(await keys.list(), [keyOf('b', 200), keyOf('c', 200), keyOf('a', 300)]);
      t.strictSame(await keys.findByPrefix('a0000000'), keyOf('a', 300));
      t.equal(await keys.findByPrefix('nobody00'), null);
    });

    await t.test('a prefix and an id stand once', async (t) => {
      const keys = await openKeys(t);
      await keys.add(keyOf('a', 1));
      await t.rejects(keys.add({ ...keyOf('b', 2), prefix: 'a0000000' }));
      await t.rejects(keys.add({ ...keyOf('a', 2), prefix: 'b0000000' }));
      t.equal((await keys.list()).length, 1);
    });

    await t.test('a key is revoked once, its use is noted, and what nobody knows changes nothing', async (t) => {
      const keys = await openKeys(t);
      await keys.add(keyOf('a', 1));
      await keys.touch('a', 50);
      t.strictSame(await keys.revoke('a', 100), { ...keyOf('a', 1), lastUsedAt: 50, revokedAt: 100 });
      t.equal((await keys.revoke('a', 200))?.revokedAt, 100, 'the first time stays');
      t.equal(await keys.revoke('nobody', 200), null);
      await keys.touch('nobody', 200);
      t.strictSame(await keys.list(), [{ ...keyOf('a', 1), lastUsedAt: 50, revokedAt: 100 }]);
    });
  });
}
