/** Two processes share a database for a while, as in an upgrade: what the one that leaves uses of a cap until it is gone is used for the other. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import pino from 'pino';
import t from 'tap';
import { CallScope } from '../../src/application/calls/call-scope.js';
import { applyConfiguration } from '../../src/application/configuration/apply-configuration.js';
import { makeKey } from '../../src/cli/run-key.js';
import { startControlApp } from '../../src/main.js';
import { closingOf, endedCall, receivedCall } from '../contract/call-samples.js';
import { buildConfiguration } from './campaign-builder.js';
import { LOOPBACK_API, settingsBeside } from './settings-beside.js';
import { startSwitchUnderTest } from './switch-under-test.js';
import { writeTonePrompts } from './tone-prompts.js';

const scope = new CallScope((error) => process.stderr.write(`while stopping: ${String(error)}\n`));
t.teardown(() => scope[Symbol.asyncDispose]());
const folder = mkdtempSync(join(tmpdir(), 'ringpost-caps-'));
scope.defer(() => rmSync(folder, { recursive: true, force: true }));
const tones = join(folder, 'tones');
mkdirSync(tones);
const underTest = await startSwitchUnderTest();
scope.defer(() => underTest.stop());
const settings = settingsBeside(underTest, folder, { http: LOOPBACK_API });

/** Starts the process, which waits for the one before it. */
async function startBehind(): Promise<{ readonly starting: ReturnType<typeof startControlApp> }> {
  let tellWaiting = (): void => undefined;
  const waits = new Promise<void>((resolve) => {
    tellWaiting = resolve;
  });
  const lines = new Writable({
    write(line, _encoding, done) {
      if (String(line).includes('waiting for it to leave')) tellWaiting();
      done();
    },
  });
  const starting = startControlApp(settings, pino({ level: 'warn' }, lines));
  await waits;
  return { starting };
}

t.test('a call that ends while the next process waits counts against its caps', async (t) => {
  const leaving = await startControlApp(settings, pino({ level: 'silent' }));
  scope.defer(() => leaving.close());
  const { configuration, calls, keys } = leaving.store;
  const document = buildConfiguration(
    [{ targets: [{ id: 'desk', uri: 'sip:desk@127.0.0.1' }] }],
    writeTonePrompts(tones),
  );
  const cap = { dimension: 'attempts', window: 'total', limit: 9, timeZone: 'UTC', kind: 'hard' } as const;
  const capped = { ...document, targets: document.targets.map((target) => ({ ...target, caps: [cap] })) };
  await applyConfiguration({ configuration, prompts: leaving.prompts }, capped);
  const [id = ''] = configuration.current().targets.keys();
  const { text: key } = await makeKey(keys, 'caps', ['configuration:read']);
  const { starting } = await startBehind();
  const use = { key: `target:${id}:attempts:total:UTC`, window: 0, amount: 1 };
  await calls.close({ ...closingOf(endedCall(receivedCall('c1'))), capUses: [use] });
  await leaving.close();
  const next = await starting;
  scope.defer(() => next.close());
  const answer = await fetch(`${next.apiUrl}/api/v1/caps`, { headers: { authorization: `Bearer ${key}` } });
  t.match(await answer.json(), { items: [{ subject: 'target', id, used: 1 }] });
});
