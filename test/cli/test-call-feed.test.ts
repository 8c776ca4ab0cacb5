/** `ringpost test-call` from a machine that has no database of the app: the steps come over the live feed while they happen. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import t from 'tap';
import { CallScope } from '../../src/application/calls/call-scope.js';
import { applyConfiguration } from '../../src/application/configuration/apply-configuration.js';
import { makeKey } from '../../src/cli/run-key.js';
import { runTestCall } from '../../src/cli/run-test-call.js';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { TonePhone } from '../../src/embedded/phone/tone-phone.js';
import { startControlApp } from '../../src/main.js';
import { buildConfiguration, didOf } from '../e2e/campaign-builder.js';
import { LOOPBACK_API, settingsBeside } from '../e2e/settings-beside.js';
import { startSwitchUnderTest } from '../e2e/switch-under-test.js';
import { writeTonePrompts } from '../e2e/tone-prompts.js';

const scope = new CallScope((error) => process.stderr.write(`while stopping: ${String(error)}\n`));
t.teardown(() => scope[Symbol.asyncDispose]());
const folder = mkdtempSync(join(tmpdir(), 'ringpost-feed-'));
scope.defer(() => rmSync(folder, { recursive: true, force: true }));
const tones = join(folder, 'tones');
mkdirSync(tones);
const underTest = await startSwitchUnderTest();
scope.defer(() => underTest.stop());
const settings = settingsBeside(underTest, folder, { http: LOOPBACK_API });
const app = await startControlApp(settings, pino({ level: 'silent' }));
scope.defer(() => app.close());
const buyer = await TonePhone.start({
  name: 'buyer',
  address: '127.0.0.1',
  port: 0,
  transport: 'udp',
  manner: { kind: 'answer', afterMs: 50 },
  media: () => TonePhoneMedia.open({ address: '127.0.0.1', toneHz: 1_000 }),
});
scope.defer(() => buyer.close());
const plan = { targets: [{ id: 'desk', uri: buyer.uri }] };
await applyConfiguration(
  { configuration: app.store.configuration, prompts: app.prompts },
  buildConfiguration([plan], writeTonePrompts(tones)),
);
const { text: key } = await makeKey(app.store.keys, 'test call', ['calls:read']);

async function call(apiKey: string): Promise<{ readonly status: number; readonly lines: readonly string[] }> {
  const lines: string[] = [];
  const status = await runTestCall({
    env: { RINGPOST_DATA_FOLDER: join(folder, 'elsewhere'), RINGPOST_URL: app.apiUrl ?? '', RINGPOST_API_KEY: apiKey },
    did: didOf(0),
    from: '+13105550123',
    talkMs: 600,
    sip: { host: underTest.sip.address, port: underTest.sip.port },
    answerMs: 10_000,
    isJson: false,
    print: (line) => lines.push(line),
    stop: new Promise(() => undefined),
  });
  return { status, lines };
}

t.test('the feed brings every step while the call goes on, and what it ended as', async (t) => {
  const { status, lines } = await call(key);
  const said = lines.join('\n');
  t.equal(status, 0, said);
  const bridged = lines.findIndex((line) => /\d ms {2}bridged /.test(line));
  const unbridged = lines.findIndex((line) => /\d ms {2}unbridged /.test(line));
  t.ok(bridged > 0 && unbridged > bridged);
  t.equal(lines.filter((line) => / received /.test(line)).length, 1, 'no step stands twice');
  t.match(said, /the buyer was heard for \d\.\d s at/);
  t.match(said, /call record \S+: sold, ended by the caller/);
});

t.test('a key that is not accepted costs the steps, not the call', async (t) => {
  const { status, lines } = await call('rp_wrong');
  t.equal(status, 0);
  t.match(lines.join('\n'), /NOTE: the live feed is not followed: .* key and its scope calls:read/);
  t.match(lines.join('\n'), /the other side was heard/);
});
