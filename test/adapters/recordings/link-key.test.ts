// The key of the links: made once, whoever asks first, and never made anew in silence.
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readOrMakeLinkKey } from '../../../src/adapters/recordings/link-key.js';

t.test('ten starts at once get the same key, and only their user can read it', async (t) => {
  const file = join(t.testdir({}), 'recording-link.key');
  const keys = await Promise.all(Array.from({ length: 10 }, () => readOrMakeLinkKey(file)));
  t.equal(new Set(keys.map((key) => key.toString('hex'))).size, 1);
  t.equal(keys[0]?.length, 32);
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.same(readdirSync(join(file, '..')), ['recording-link.key']);
  t.same(await readOrMakeLinkKey(file), keys[0], 'the next start has it again');
});

t.test('a file that holds no key is left alone and said', async (t) => {
  const file = join(t.testdir({}), 'recording-link.key');
  writeFileSync(file, 'short');
  await t.rejects(readOrMakeLinkKey(file), { message: /holds no key of 32 bytes; remove it/ });
});
