/** FreeSWITCH servers that are there and set up otherwise: what the doctor finds in `sofia status` and in their configuration. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { packageRoot } from '../../../src/config/package-root.js';
import { type Diagnosis, diagnose } from './diagnosis.js';
import { FakeEventSocket } from './fake-event-socket.js';

const PASSWORD = 'fake-password';
const LINE = '='.repeat(97);
const SIP_PORT = 5_999;

const sofiaStatus = (rows: string): string =>
  `                     Name\t   Type\t                                      Data\tState\n${LINE}\n${rows}${LINE}\n`;
const RUNNING = sofiaStatus(
  `             drachtio_mrf\tprofile\t             sip:mod_sofia@127.0.0.1:${SIP_PORT}\tRUNNING (0)\n`,
);

function sofiaConf(parameters: Readonly<Record<string, string>>): string {
  const params = Object.entries(parameters).map(([name, value]) => `<param name="${name}" value="${value}"></param>`);
  return `<configuration name="sofia.conf"><profiles><profile name="drachtio_mrf"><settings>${params.join('')}</settings></profile></profiles></configuration>`;
}

const PROFILE = {
  'inbound-use-callid-as-uuid': 'true',
  'enable-3pcc': 'true',
  dialplan: 'XML',
  context: 'ringpost',
  'disable-hold': 'true',
  'enable-100rel': 'false',
  'enable-timer': 'false',
  'auth-calls': 'false',
  'apply-inbound-acl': 'ringpost_app',
  'rtp-timeout-sec': '60',
};

const switchConf = (first: number, last: number): string =>
  `<configuration name="switch.conf"><settings><param name="rtp-start-port" value="${first}"></param><param name="rtp-end-port" value="${last}"></param></settings></configuration>`;

const dialplan = readFileSync(join(packageRoot(), 'freeswitch-conf/dialplan/ringpost.xml'), 'utf8')
  .replaceAll(/<!--[\s\S]*?-->/g, '')
  .replaceAll(/<\/?include>/g, '');

const MODULES = [
  'commands',
  'dptools',
  'dialplan_xml',
  'sofia',
  'sndfile',
  'tone_stream',
  'shout',
  'native_file',
  'conference',
];

/** The answers of a server that is as it should be. */
const GOOD: Readonly<Record<string, string>> = {
  version: 'FreeSWITCH Version 1.11.3-dev (64bit)\n',
  'sofia status': RUNNING,
  'sofia status profile drachtio_mrf': 'CODECS IN        \tPCMU,PCMA\nCODECS OUT       \tPCMU,PCMA\n',
  'global_getvar rtp_secure_media': 'forbidden',
  'fsctl max_sessions': '+OK max sessions: 5000\n',
  'fsctl sps': '+OK sessions per second: 500\n',
  'xml_locate configuration configuration name sofia.conf': sofiaConf(PROFILE),
  'xml_locate configuration configuration name switch.conf': switchConf(16_384, 32_767),
  'xml_locate dialplan context name ringpost': dialplan,
  ...Object.fromEntries(MODULES.map((name) => [`module_exists mod_${name}`, 'true'])),
};

const OF_THE_SERVER = [
  'event-socket',
  'profile',
  'profile-settings',
  'codecs',
  'secure-media',
  'session-limits',
  'dialplan',
  'modules',
];

/** What is found of a server with these answers in place of the good ones. */
async function found(t: Test, changes: Readonly<Record<string, string>>): Promise<Diagnosis> {
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-doctor-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const fake = await FakeEventSocket.start(PASSWORD, { ...GOOD, ...changes });
  t.teardown(() => fake.close());
  return await diagnose(t, {
    RINGPOST_ENGINE: 'servers',
    RINGPOST_DATA_FOLDER: folder,
    RINGPOST_TTS_ENGINES: 'flite-wasm',
    DRACHTIO_PORT: String(fake.port),
    DRACHTIO_SECRET: 'fake-secret',
    FREESWITCH_EVENT_SOCKET_PORT: String(fake.port),
    FREESWITCH_EVENT_SOCKET_PASSWORD: PASSWORD,
    FREESWITCH_SIP_ADDRESS: `127.0.0.1:${SIP_PORT}`,
  });
}

t.test('a FreeSWITCH that is set up as ours has nothing to mend', async (t) => {
  const diagnosis = await found(t, {});
  for (const name of OF_THE_SERVER) t.equal(diagnosis.of(name).state, 'ok', `${name}: ${diagnosis.of(name).found}`);
});

t.test('an event socket where drachtio is expected is no drachtio', async (t) => {
  const diagnosis = await found(t, {});
  t.match(diagnosis.of('drachtio'), { state: 'fault', found: /does not speak the control protocol/ });
});

t.test('the profile is missing, or runs elsewhere than drachtio sends to', async (t) => {
  const missing = await found(t, {
    'sofia status': sofiaStatus(''),
    'sofia status profile drachtio_mrf': 'Invalid Profile!\n',
  });
  t.match(missing.of('profile'), { state: 'fault', found: /no SIP profile drachtio_mrf/, advice: /freeswitch-conf/ });
  t.equal(missing.of('codecs').state, 'skipped');
  const elsewhere = await found(t, { 'sofia status': RUNNING.replace(`:${SIP_PORT}`, ':5080') });
  t.match(elsewhere.of('profile'), { state: 'fault', advice: /FREESWITCH_SIP_ADDRESS to 127\.0\.0\.1:5080/ });
});

t.test('the profile is that of the sample configuration: what breaks calls is named', async (t) => {
  const { 'inbound-use-callid-as-uuid': _uuid, ...rest } = PROFILE;
  const conf = sofiaConf({ ...rest, 'enable-3pcc': 'proxy', context: 'public' });
  const diagnosis = await found(t, { 'xml_locate configuration configuration name sofia.conf': conf });
  const { state, found: sentence } = diagnosis.of('profile-settings');
  t.equal(state, 'fault');
  for (const part of ['inbound-use-callid-as-uuid is not set', 'enable-3pcc is "proxy"', 'context is "public"'])
    t.ok(sentence.includes(part), part);
});

t.test('codecs, SRTP, RTP ports, limits, dialplan and modules that differ are named', async (t) => {
  const diagnosis = await found(t, {
    'sofia status profile drachtio_mrf': 'CODECS IN        \tOPUS,PCMU\nCODECS OUT       \tOPUS,PCMU\n',
    'global_getvar rtp_secure_media': '',
    'fsctl max_sessions': '+OK max sessions: 1000\n',
    'fsctl sps': '+OK sessions per second: 30\n',
    'xml_locate configuration configuration name switch.conf': switchConf(16_384, 16_484),
    'xml_locate dialplan context name ringpost': dialplan.replace('name="buyer"', 'name="purchaser"'),
    'module_exists mod_sndfile': 'false',
  });
  t.match(diagnosis.of('codecs'), { state: 'fault', found: /does not speak PCMA/ });
  t.match(diagnosis.of('secure-media'), { state: 'fault', found: /not set/ });
  t.match(diagnosis.of('session-limits'), { state: 'warning', found: /30 new channels a second, which is 15 calls/ });
  t.match(diagnosis.of('rtp-ports'), { state: 'warning', found: /room for 25 calls, and RINGPOST_MAX_CALLS is 500/ });
  t.match(diagnosis.of('dialplan'), { state: 'fault', found: /no extension buyer/ });
  t.match(diagnosis.of('modules'), { state: 'fault', found: /mod_sndfile/ });
});

t.test('a dialplan of another version is a warning that names the extensions', async (t) => {
  const changed = dialplan.replace('RECORD_STEREO=true', 'RECORD_STEREO=false');
  const diagnosis = await found(t, { 'xml_locate dialplan context name ringpost': changed });
  t.match(diagnosis.of('dialplan'), { state: 'warning', found: /differs from the one of this version in caller/ });
});

t.test('a server that answers nonsense makes findings and no exception', async (t) => {
  const nonsense = Object.fromEntries(Object.keys(GOOD).map((line) => [line, '\u0000<<>>\n\n']));
  const diagnosis = await found(t, nonsense);
  t.equal(diagnosis.status, 1);
  const sentences = diagnosis.findings.map(({ found: sentence }) => sentence).join('');
  t.notOk(
    [...sentences].some((character) => character < ' '),
    'nothing that a terminal would obey',
  );
});
