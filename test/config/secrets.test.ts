/** Secrets: where they may come from, which are refused, and that they never show. */
import { join } from 'node:path';
import { inspect } from 'node:util';
import t from 'tap';
import { passwordOf, readSecrets, Secret } from '../../src/config/secrets.js';

const GOOD = { DRACHTIO_SECRET: 'good-one', FREESWITCH_EVENT_SOCKET_PASSWORD: 'good-two' };

function faultsOf(env: Record<string, string>): string[] {
  const faults: string[] = [];
  const secrets = readSecrets(env, false, faults);
  return secrets === null || faults.length > 0 ? faults : [];
}

t.test('a secret shows in no text, no JSON and no inspection', async (t) => {
  const secret = new Secret('tell-nobody', 'environment');
  const shown = [`${secret}`, JSON.stringify({ secret }), inspect({ secret }, { depth: 9, showHidden: true })];
  for (const text of shown) t.notMatch(text, /tell-nobody/);
  t.equal(secret.reveal(), 'tell-nobody');
});

t.test('a secret is read from a file, without the line break at its end', async (t) => {
  const folder = t.testdir({ secret: 'from-a-file\n' });
  const env = { FREESWITCH_EVENT_SOCKET_PASSWORD: 'good', DRACHTIO_SECRET_FILE: join(folder, 'secret') };
  const faults: string[] = [];
  const secrets = readSecrets(env, false, faults);
  t.same(faults, []);
  t.equal(secrets?.drachtio.reveal(), 'from-a-file');
  t.equal(secrets?.drachtio.origin, 'file');
});

t.test('a missing, doubled, unreadable or unprintable secret is refused', async (t) => {
  t.match(faultsOf({ FREESWITCH_EVENT_SOCKET_PASSWORD: 'good' }), [/^DRACHTIO_SECRET is not set/]);
  t.match(faultsOf({ ...GOOD, DRACHTIO_SECRET_FILE: 'x' }), [/keep one of them/]);
  const unreadable = { FREESWITCH_EVENT_SOCKET_PASSWORD: 'good', DRACHTIO_SECRET_FILE: join(t.testdirName, 'none') };
  t.match(faultsOf(unreadable), [/cannot be read \(ENOENT\)/]);
  const [fault = ''] = faultsOf({ ...GOOD, DRACHTIO_SECRET: 'two\nlines' });
  t.match(fault, /printable ASCII/);
  t.notMatch(fault, /two/, 'and the sentence does not give it away');
});

t.test(
  'the secrets of the sample configurations are refused unless the operator says in words that he accepts them',
  async (t) => {
    const samples = { DRACHTIO_SECRET: 'cymru', FREESWITCH_EVENT_SOCKET_PASSWORD: 'ClueCon' };
    t.equal(faultsOf(samples).length, 2);
    t.equal(faultsOf({ ...samples, RINGPOST_ALLOW_DEFAULT_SECRETS: 'yes' }).length, 3, 'a yes is not enough');
    t.same(faultsOf({ ...samples, RINGPOST_ALLOW_DEFAULT_SECRETS: 'anybody-may-place-calls' }), []);
  },
);

t.test('each media server may have its own password, in the order of the list', async (t) => {
  const folder = t.testdir({ passwords: 'first\nsecond\n' });
  const files = { FREESWITCH_EVENT_SOCKET_PASSWORD_FILE: join(folder, 'passwords') };
  for (const given of [{ FREESWITCH_EVENT_SOCKET_PASSWORD: 'first second' }, files]) {
    const faults: string[] = [];
    const secrets = readSecrets({ DRACHTIO_SECRET: 'good', ...given }, false, faults, 2);
    if (secrets === null) throw new Error(faults.join());
    t.same([passwordOf(secrets.eventSocket, 0), passwordOf(secrets.eventSocket, 1)], ['first', 'second']);
  }
  const shared = new Secret('one-for-all', 'environment');
  t.equal(passwordOf(shared, 1), 'one-for-all');
});

t.test('passwords that are more or fewer than the servers, or one of them a default, are refused unseen', async (t) => {
  const read = (password: string, servers: number): string => {
    const faults: string[] = [];
    t.equal(readSecrets({ ...GOOD, FREESWITCH_EVENT_SOCKET_PASSWORD: password }, false, faults, servers), null);
    return faults.join();
  };
  t.match(read('abc def', 3), /has 2 passwords for 3 media servers/);
  t.match(read('abc def', 1), /has 2 passwords for 1 media servers/);
  t.match(read('abc ClueCon', 2), /the default that everybody knows/);
  t.notMatch(read('abc def', 3), /abc/);
});
