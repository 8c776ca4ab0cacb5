/** Databases and configurations that are broken: what the doctor finds in them, without any server. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import t, { type Test } from 'tap';
import { openSqliteStore } from '../../../src/adapters/sqlite/open-sqlite-store.js';
import { packageRoot } from '../../../src/config/package-root.js';
import type { ConfigurationDocument } from '../../../src/domain/campaigns/configuration.js';
import type { E164 } from '../../../src/domain/trunks/phone-number.js';
import type { Trunk } from '../../../src/domain/trunks/trunk.js';
import { buildConfiguration } from '../../e2e/campaign-builder.js';
import { FakeRecogniser } from '../../e2e/fake-recogniser.js';
import { flowOf, menuNode, SPEECH } from '../../support/flow-samples.js';
import { startSmtpServer } from '../../support/smtp-server.js';
import { type Diagnosis, type DoctorEnvironment, diagnose } from './diagnosis.js';

const PROMPTS = ['short-greeting', 'hold-music', 'ending-message', 'sorry-message'].map(
  (id) => ({ id, kind: 'file', path: `builtin:${id}` }) as const,
);
const GOOD = buildConfiguration([{ targets: [{ id: 'desk', uri: 'sip:desk@127.0.0.1:9' }] }], PROMPTS);
const MIGRATIONS = join(packageRoot(), 'migrations');

/** A database with this configuration, closed again. */
async function databaseWith(t: Test, document: ConfigurationDocument): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-doctor-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const store = await openSqliteStore({ file: join(folder, 'ringpost.db'), migrationsFolder: MIGRATIONS });
  await store.configuration.apply(document);
  await store.close();
  return folder;
}

/** Ports that nobody knows, so that whatever runs on this machine is left alone. */
const NOWHERE = {
  RINGPOST_TTS_ENGINES: 'flite-wasm',
  RINGPOST_MIN_FREE_DISK_MB: '1',
  RINGPOST_SIP_PORT: '0',
  DRACHTIO_PORT: '0',
  FREESWITCH_EVENT_SOCKET_PORT: '0',
  FREESWITCH_SIP_ADDRESS: '127.0.0.1:0',
};

const look = (t: Test, folder: string, settings: DoctorEnvironment = {}): Promise<Diagnosis> =>
  diagnose(t, { ...NOWHERE, ...settings, RINGPOST_DATA_FOLDER: folder });

async function foundIn(t: Test, changes: Partial<ConfigurationDocument>): Promise<Diagnosis> {
  return await look(t, await databaseWith(t, { ...GOOD, ...changes }));
}

function trunkWith(changes: Partial<Trunk>): readonly Trunk[] {
  return GOOD.trunks.map((trunk) => ({ ...trunk, ...changes }));
}

t.test('a trunk that lets in the whole internet is a fault', async (t) => {
  const diagnosis = await foundIn(t, { trunks: trunkWith({ sourceCidrs: ['0.0.0.0/0'] }) });
  t.same(diagnosis.faulty, ['trunks']);
  t.match(diagnosis.of('trunks').found, /trunk loopback has 0\.0\.0\.0\/0: everybody on the internet/);
  const wide = await foundIn(t, { trunks: trunkWith({ sourceCidrs: ['54.0.0.0/8'] }) });
  t.match(wide.of('trunks'), { state: 'warning', found: /wider than any carrier/ });
});

t.test('a trunk with half of what its carrier publishes is a warning with what is missing', async (t) => {
  const twilio = await foundIn(t, { trunks: trunkWith({ sourceCidrs: ['54.172.60.0/30', '54.244.51.0/30'] }) });
  t.match(twilio.of('trunks'), {
    state: 'warning',
    found: /lacks 177\.71\.206\.192\/30.*Twilio/,
    advice: /twilio\.com/,
  });
  const telnyx = await foundIn(t, { trunks: trunkWith({ sourceCidrs: ['192.76.120.10/32'] }) });
  t.match(telnyx.of('trunks'), { state: 'warning', found: /lacks 64\.16\.250\.10\/32 of Telnyx US/ });
  const whole = await foundIn(t, { trunks: trunkWith({ sourceCidrs: ['192.76.120.10/32', '64.16.250.10/32'] }) });
  t.equal(whole.of('trunks').state, 'ok', 'one region alone is enough');
  const named = await foundIn(t, { trunks: trunkWith({ name: 'Telnyx', sourceCidrs: ['198.51.100.0/24'] }) });
  t.match(named.of('trunks'), { state: 'warning', found: /none of the addresses that Telnyx publishes/ });
});

t.test('numbers, campaigns and targets that lead nowhere are named', async (t) => {
  const [target] = GOOD.targets;
  if (target === undefined) throw new Error('the configuration has a target');
  const number = { kind: 'number', number: '+13105550199' as E164 } as const;
  const diagnosis = await foundIn(t, {
    dids: GOOD.dids.map((did) => ({ ...did, campaignId: 'gone' })),
    campaigns: GOOD.campaigns.map((campaign) => ({ ...campaign, holdMusicPromptId: 'no-music' })),
    targets: [{ ...target, destination: number, trunkId: 'loopback' }],
  });
  t.match(diagnosis.of('dids'), { state: 'fault', found: /\+12025550100 names campaign gone/ });
  t.match(diagnosis.of('campaigns'), { state: 'fault', found: /names prompt no-music/ });
  t.match(diagnosis.of('targets'), { state: 'fault', found: /trunk loopback, which has no gateway/ });
  const unsold = await foundIn(t, { buyers: GOOD.buyers.map((buyer) => ({ ...buyer, isActive: false })) });
  t.match(unsold.of('campaigns'), { state: 'warning', found: /campaign-0 has no target that could take a call/ });
});

t.test('a bidder inside our own network is a fault unless it is let in', async (t) => {
  const plan = { targets: [{ id: 'desk', uri: 'sip:desk@127.0.0.1:9', bidderUrl: 'http://127.0.0.1:1/ping' }] };
  const folder = await databaseWith(t, buildConfiguration([plan], PROMPTS));
  const refused = await look(t, folder);
  t.match(refused.of('bidders'), { state: 'fault', found: /loopback/, advice: /RINGPOST_PING_ALLOW_PRIVATE/ });
  const allowed = await look(t, folder, { RINGPOST_PING_ALLOW_PRIVATE: '127.0.0.0/8' });
  t.equal(allowed.of('bidders').state, 'ok');
});

t.test('a database of a newer program is a fault that says so', async (t) => {
  const folder = await databaseWith(t, GOOD);
  const database = new BetterSqlite3(join(folder, 'ringpost.db'));
  database
    .prepare('INSERT INTO migrations (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)')
    .run(999, 'later', 'x', 1);
  database.close();
  const diagnosis = await look(t, folder);
  t.same(diagnosis.faulty, ['database']);
  t.match(diagnosis.of('database'), { found: /has migration 999 \(later\)/, advice: /start the newer program/ });
});

t.test('a database whose newest row lies in the future says that the clock was set back', async (t) => {
  const folder = await databaseWith(t, GOOD);
  const database = new BetterSqlite3(join(folder, 'ringpost.db'));
  database.prepare('UPDATE configuration_version SET changed_at = ?').run(Date.now() + 3_600_000);
  database.close();
  const diagnosis = await look(t, folder);
  t.same(diagnosis.faulty, ['clock']);
  t.match(diagnosis.of('clock').found, /s in the future/);
});

t.test('a database with a damaged page is a fault, and so is a file that is none', async (t) => {
  const folder = await databaseWith(t, GOOD);
  const file = openSync(join(folder, 'ringpost.db'), 'r+');
  const page = 4_096;
  for (let number = 3; number < 20; number += 1) writeSync(file, Buffer.alloc(64, 0xa5), 0, 64, number * page);
  closeSync(file);
  const diagnosis = await look(t, folder);
  t.ok(diagnosis.faulty.includes('database-integrity'));
  t.match(diagnosis.of('database-integrity').advice, /restore the last backup/);
  const foreign = openSync(join(folder, 'ringpost.db'), 'w');
  writeSync(foreign, 'this is a letter\n'.repeat(200));
  closeSync(foreign);
  t.match((await look(t, folder)).of('database'), { state: 'fault', found: /cannot be read/ });
});

t.test('a mail server that takes our password is ok, one that does not is a fault, and none is nothing', async (t) => {
  const folder = await databaseWith(t, GOOD);
  t.match((await look(t, folder)).of('mail'), { state: 'skipped', found: /no mail is sent/ });
  const server = await startSmtpServer(t, { login: { user: 'calls', password: 'right' } });
  const mail = {
    RINGPOST_SMTP_URL: `smtp://calls@127.0.0.1:${server.port}`,
    ...{ RINGPOST_SMTP_FROM: 'calls@example.com', RINGPOST_SMTP_TLS: 'none', RINGPOST_SMTP_PASSWORD: 'right' },
  };
  t.match((await look(t, folder, mail)).of('mail'), { state: 'ok', found: /without TLS takes mail from calls@/ });
  const wrong = await look(t, folder, { ...mail, RINGPOST_SMTP_PASSWORD: 'wrong-one' });
  t.match(wrong.of('mail'), { state: 'fault', found: /535/ });
  t.notMatch(JSON.stringify(wrong.findings), /wrong-one/);
  const plain = await look(t, folder, { ...mail, RINGPOST_SMTP_TLS: 'required' });
  t.match(plain.of('mail'), { state: 'fault', found: /STARTTLS/ });
});

t.test(
  'a recogniser that answers is ok, one that cannot be reached is a fault, and a flow that listens in vain is told',
  async (t) => {
    const folder = await databaseWith(t, GOOD);
    t.match((await look(t, folder)).of('recogniser'), { state: 'skipped', found: /keys alone/ });
    const menu = menuNode({ 1: 'sell' }, { speech: SPEECH, prompt: null, noInputPrompt: null, invalidPrompt: null });
    const listens = flowOf({ ask: { ...menu, onNoInput: 'sell', onInvalid: 'sell' } }, 'listens');
    const vain = await look(t, await databaseWith(t, { ...GOOD, flows: [listens] }));
    t.match(vain.of('recogniser'), { state: 'warning', found: /flows would listen: listens/ });
    const recogniser = await FakeRecogniser.start();
    t.teardown(() => recogniser.close());
    recogniser.willAnswer('', 401);
    const settings = { RINGPOST_ASR_URL: recogniser.url, RINGPOST_ASR_AUTHORIZATION: 'Bearer secret-words' };
    const refused = await look(t, folder, settings);
    t.match(refused.of('recogniser'), { state: 'fault', found: /address-refused/, advice: /PING_ALLOW_PRIVATE/ });
    const allowed = { ...settings, RINGPOST_PING_ALLOW_PRIVATE: '127.0.0.0/8' };
    t.match((await look(t, folder, allowed)).of('recogniser'), { state: 'ok', found: /answers a second of silence/ });
    t.equal(recogniser.sent[0]?.wav.length, 16_044);
    const wrong = await look(t, folder, allowed);
    t.match(wrong.of('recogniser'), { state: 'fault', found: /status 401/ });
    t.notMatch(JSON.stringify([refused.findings, wrong.findings]), /secret-words/);
  },
);
